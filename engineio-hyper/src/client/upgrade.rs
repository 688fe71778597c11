//! The WebSocket opening handshake (RFC 6455, section 4.1), the client's part.

use super::{
    connector::Connector,
    link::Connection,
    plan::{Failure, Plan},
};
use crate::handshake::{accept, lists, single};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engineio_proto::CallFault;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::Empty;
use hyper::{client::conn::http1, upgrade::Upgraded};
use std::sync::Arc;

/// Opens a WebSocket, on a connection of its own.
pub(super) async fn dial<C: Connector>(plan: Arc<Plan<C>>, target: String) -> Result<Upgraded, Failure> {
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    let request = request(plan.headers(), target, &key).map_err(|_| CallFault::Protocol)?;
    let io = plan.connector.connect(&plan.endpoint).await.map_err(Failure::unreachable)?;
    let (mut sender, connection) = http1::handshake(io).await?;
    let mut connection = Connection::new(async { drop(connection.with_upgrades().await) });
    let response = connection.beside(sender.send_request(request)).await?;
    plan.answered(response.headers());
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(CallFault::Refused(response.status().as_u16()).into());
    }
    if !agrees(response.headers(), key.as_bytes()) {
        return Err(CallFault::Protocol.into());
    }
    Ok(connection.beside(hyper::upgrade::on(response)).await?)
}

fn request(headers: HeaderMap, target: String, key: &str) -> http::Result<Request<Empty<Bytes>>> {
    let mut request = Request::get(target).body(Empty::new())?;
    *request.headers_mut() = headers;
    for (name, value) in [
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (header::SEC_WEBSOCKET_KEY, HeaderValue::from_str(key)?),
    ] {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

/// Whether the server agreed to what it was asked for, and to nothing else.
fn agrees(headers: &HeaderMap, key: &[u8]) -> bool {
    lists(headers, &header::CONNECTION, "upgrade")
        && lists(headers, &header::UPGRADE, "websocket")
        && single(headers, &header::SEC_WEBSOCKET_ACCEPT) == accept(key).as_ref()
        && !headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"dGhlIHNhbXBsZSBub25jZQ==";

    fn answer() -> HeaderMap {
        HeaderMap::from_iter([
            (header::CONNECTION, HeaderValue::from_static("keep-alive, Upgrade")),
            (header::UPGRADE, HeaderValue::from_static("WebSocket")),
            (header::SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        ])
    }

    #[test]
    fn the_rfc_example_agrees() {
        assert!(agrees(&answer(), KEY));
    }

    #[test]
    fn an_answer_that_lacks_anything_does_not() {
        for missing in [header::CONNECTION, header::UPGRADE, header::SEC_WEBSOCKET_ACCEPT] {
            let mut headers = answer();
            headers.remove(&missing);
            assert!(!agrees(&headers, KEY), "{missing}");
            headers.insert(missing, HeaderValue::from_static("x"));
            assert!(!agrees(&headers, KEY));
        }
    }

    #[test]
    fn an_extension_that_was_not_asked_for_is_not_taken() {
        let mut headers = answer();
        headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static("permessage-deflate"));
        assert!(!agrees(&headers, KEY));
    }
}
