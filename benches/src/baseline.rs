//! The baseline: both transports on hyper without Engine.IO. Over WebSocket it sends a constant open packet and echoes
//! each message. Over polling it sends the same response to all requests of one method.

use bytes::Bytes;
use engineio_ws::{Buf, Incoming as Received, Kind, Role, WebSocket};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    rt::{Read, ReadBuf, Write},
    upgrade::Upgraded,
};
use std::{
    future::{Future, poll_fn},
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tungstenite::handshake::derive_accept_key;

/// The open packet.
const OPEN: &str = r#"0{"sid":"bare","upgrades":[],"pingInterval":300000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// Answers a polling request. The response to a POST is `ok`, after its body is read. The response to a GET is
/// `payload`, or the open packet if the query has no `sid`.
pub async fn polling(request: Request<Incoming>, payload: Bytes) -> Response<Full<Bytes>> {
    let body = match *request.method() {
        Method::POST => {
            let _ = request.into_body().collect().await;
            Bytes::from_static(b"ok")
        }
        _ if request.uri().query().is_some_and(|query| query.contains("sid=")) => payload,
        _ => Bytes::from_static(OPEN.as_bytes()),
    };
    let mut response = Response::new(Full::new(body));
    let text = HeaderValue::from_static("text/plain; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

/// Answers a WebSocket upgrade request. Returns the response and the future that runs the WebSocket.
pub fn websocket(
    request: &mut Request<Incoming>,
    max_payload: usize,
) -> (Response<Full<Bytes>>, impl Future<Output = ()> + Send + 'static) {
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let upgrade = hyper::upgrade::on(request);
    let run = async move {
        if let Ok(io) = upgrade.await {
            let _ = echo(io, max_payload).await;
        }
    };
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    let accept = key.and_then(|key| HeaderValue::from_maybe_shared(Bytes::from(key)).ok());
    headers.extend(accept.map(|accept| (header::SEC_WEBSOCKET_ACCEPT, accept)));
    (response, run)
}

/// Echoes messages until the connection ends. The echoes of one read leave in one write.
async fn echo(mut io: Upgraded, max_payload: usize) -> io::Result<()> {
    let mut websocket = WebSocket::new(Role::Server, max_payload);
    websocket.send(Kind::Text, &[], &Bytes::from_static(OPEN.as_bytes()));
    poll_fn(|cx| poll_echo(&mut io, &mut websocket, cx)).await
}

fn poll_echo(io: &mut Upgraded, websocket: &mut WebSocket, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    let mut ended = false;
    loop {
        while websocket.output().has_remaining() {
            let written = ready!(poll_write(io, websocket, cx))?;
            websocket.written(written);
        }
        if ended {
            return Poll::Ready(Ok(()));
        }
        let mut buffer = [const { MaybeUninit::uninit() }; 64 * 1024];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        ready!(Pin::new(&mut *io).poll_read(cx, buffer.unfilled()))?;
        let mut input = buffer.filled();
        ended = input.is_empty();
        loop {
            match websocket.next(&mut input) {
                Ok(Some(Received::Message { kind, payload })) => websocket.send(kind, &[], &payload),
                Ok(None) => break,
                Ok(Some(Received::Close(_))) | Err(_) => {
                    ended = true;
                    break;
                }
            }
        }
    }
}

fn poll_write(io: &mut Upgraded, websocket: &WebSocket, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
    let output = websocket.output();
    if output.is_scattered() {
        let mut chunks = [IoSlice::new(&[]); 16];
        let count = output.chunks_vectored(&mut chunks);
        return Pin::new(io).poll_write_vectored(cx, &chunks[..count]);
    }
    Pin::new(io).poll_write(cx, output.chunk())
}
