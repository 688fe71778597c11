//! The WebSocket opening handshake (RFC 6455, section 4.1), the client's part.

use super::{
    connector::Connector,
    link::Connection,
    plan::{Failure, Plan},
    redirect::{Location, REDIRECTS},
};
use crate::{
    handshake::{accept, lists, single},
    wire::Wire,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engineio_proto::CallFault;
use engineio_ws::{Negotiated, PerMessageDeflate};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::{client::conn::http1, upgrade::Upgraded};
use std::sync::Arc;

/// A WebSocket's connection, and what the server agreed to about compression.
pub(super) struct Dialed {
    pub(super) io: Upgraded,
    pub(super) deflate: Option<Negotiated>,
}

impl Dialed {
    /// The codec to go with it, for messages up to `max_message` bytes.
    pub(super) fn wire(&self, max_message: usize) -> Wire {
        Wire::client(max_message).deflating(self.deflate)
    }
}

/// Opens a WebSocket, on a connection of its own. Redirects that keep the method are followed on the same server.
pub(super) async fn dial<C: Connector>(plan: Arc<Plan<C>>, target: String) -> Result<Dialed, Failure> {
    let mut target = Uri::try_from(target).map_err(|_| CallFault::Protocol)?;
    let mut redirects = 0;
    loop {
        let (status, location) = match dial_once(&plan, target.clone()).await? {
            Dialing::Open(dialed) => return Ok(dialed),
            Dialing::Refused(status, location) => (status, location),
        };
        match location.as_ref().and_then(|to| to.target(&target, &plan.endpoint)) {
            Some(to) if redirects < REDIRECTS => target = to,
            _ => {
                let fault = CallFault::Refused(status.as_u16());
                return Err(Failure { fault, source: location.map(Location::into_error) });
            }
        }
        redirects += 1;
    }
}

/// What one request came to.
enum Dialing {
    Open(Dialed),
    Refused(StatusCode, Option<Location>),
}

async fn dial_once<C: Connector>(plan: &Plan<C>, target: Uri) -> Result<Dialing, Failure> {
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    let request = request(plan.headers(), target, &key, plan.deflate).map_err(|_| CallFault::Protocol)?;
    let io = plan.connect().await?;
    let (mut sender, connection) = http1::handshake(io).await?;
    let mut connection = Connection::new(async { drop(connection.with_upgrades().await) });
    let response = connection.beside(sender.send_request(request)).await?;
    plan.answered(response.headers());
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(Dialing::Refused(response.status(), Location::of(response.status(), response.headers())));
    }
    let deflate = agreed(response.headers(), key.as_bytes(), plan.deflate).ok_or(CallFault::Protocol)?;
    let io = connection.beside(hyper::upgrade::on(response)).await?;
    Ok(Dialing::Open(Dialed { io, deflate }))
}

fn request(
    headers: HeaderMap,
    target: Uri,
    key: &str,
    deflate: Option<PerMessageDeflate>,
) -> http::Result<Request<Empty<Bytes>>> {
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
    if let Some(deflate) = deflate {
        let offer = HeaderValue::from_static(deflate.offer());
        request.headers_mut().insert(header::SEC_WEBSOCKET_EXTENSIONS, offer);
    }
    Ok(request)
}

/// What the server agreed to about compression. `None` if it did not agree to what it was asked for, or to something
/// else.
fn agreed(headers: &HeaderMap, key: &[u8], offered: Option<PerMessageDeflate>) -> Option<Option<Negotiated>> {
    let agreed = lists(headers, &header::CONNECTION, "upgrade")
        && lists(headers, &header::UPGRADE, "websocket")
        && single(headers, &header::SEC_WEBSOCKET_ACCEPT) == accept(key).as_ref();
    let extensions = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS);
    match offered {
        _ if !agreed => None,
        Some(offered) => offered.conclude(extensions).ok(),
        None => extensions.iter().next().is_none().then_some(None),
    }
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

    fn agrees(headers: &HeaderMap) -> bool {
        let agreed = agreed(headers, KEY, None);
        assert!(agreed.flatten().is_none(), "nothing was offered");
        agreed.is_some()
    }

    #[test]
    fn the_rfc_example_agrees() {
        assert!(agrees(&answer()));
    }

    #[test]
    fn an_answer_that_lacks_anything_does_not() {
        for missing in [header::CONNECTION, header::UPGRADE, header::SEC_WEBSOCKET_ACCEPT] {
            let mut headers = answer();
            headers.remove(&missing);
            assert!(!agrees(&headers), "{missing}");
            headers.insert(missing, HeaderValue::from_static("x"));
            assert!(!agrees(&headers));
        }
    }

    #[test]
    fn an_extension_that_was_not_asked_for_is_not_taken() {
        let answer = |extension| {
            let mut headers = answer();
            headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(extension));
            headers
        };
        let offered = Some(PerMessageDeflate::default());
        for (extension, agreed_to) in [
            ("permessage-deflate; server_no_context_takeover", true),
            ("permessage-deflate", false),
            ("foo", false),
            ("permessage-deflate; server_no_context_takeover; foo", false),
        ] {
            assert!(!agrees(&answer(extension)));
            assert_eq!(agreed(&answer(extension), KEY, offered).flatten().is_some(), agreed_to, "{extension}");
        }
        assert_eq!(agreed(&self::answer(), KEY, offered), Some(None), "it need not be taken");
    }
}
