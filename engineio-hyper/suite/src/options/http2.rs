//! HTTP/2: polling by streams, and WebSockets as streams (RFC 8441).

use super::websocket_compression::{deflate, inflate};
use crate::Adapter;
use crate::wire::client::http2::{Http2, request, run, text};
use crate::wire::client::{Conn, Ended, Frame, Polling};
use crate::wire::server::Server;
use engineio_hyper::{CloseReason, PerMessageDeflate, TransportFault};
use http::{HeaderValue, Method, StatusCode};

/// The session's id, from the handshake.
fn sid(handshake: &str) -> &str {
    handshake.split('"').nth(3).expect("a handshake tells the session's id")
}

/// All of a session's requests go over one connection, a parked one too; a stream that is reset is a request that is
/// given up.
pub fn polling_over_http2<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    run(async {
        let mut client = Http2::open(server.addr()).await;
        let (status, handshake) = client.exchange(Method::GET, "transport=polling", "").await;
        assert_eq!(status, 200, "{handshake}");
        let socket = server.accept();
        let query = format!("transport=polling&sid={}", sid(&handshake));
        let mut parking = client.clone();
        let parked = parking.exchange(Method::GET, &query, "");
        let posting = async {
            assert_eq!(client.exchange(Method::POST, &query, "4in").await, (StatusCode::OK, "ok".to_owned()));
            assert_eq!(server.recv(&socket), "in".into());
            socket.try_send("out").expect("there is room");
        };
        let (answer, ()) = futures_lite::future::zip(parked, posting).await;
        assert_eq!(answer, (StatusCode::OK, "4out".to_owned()));

        let mut abandoning = client.clone();
        let mut abandoned = Box::pin(abandoning.send(request(Method::GET, &query, "")));
        assert!(futures_lite::future::poll_once(&mut abandoned).await.is_none());
        // Requests of one connection are taken in their order, so when this is answered the other is there.
        let refused = client.clone().exchange(Method::GET, "transport=pigeon", "").await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, r#"{"code":0,"message":"Transport unknown"}"#.to_owned()));
        assert_eq!(socket.close_reason(), None);
        drop(abandoned);
        let reason = server.closed(&socket);
        assert_eq!(reason, CloseReason::TransportError(TransportFault::GetAborted));
    });
}

/// A session begins on a WebSocket that is a stream, and one goes over to it.
pub fn websocket_over_http2<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    run(async {
        let mut client = Http2::open(server.addr()).await;
        let mut websocket = client.websocket("transport=websocket").await;
        assert!(websocket.receive().await.starts_with("0{"));
        let socket = server.accept();
        websocket.send(Frame::text("4in")).await;
        assert_eq!(server.recv(&socket), "in".into());
        socket.try_send("out").expect("there is room");
        assert_eq!(websocket.receive().await, "4out");
        drop(websocket);
        assert!(matches!(server.closed(&socket), CloseReason::TransportClose | CloseReason::TransportError(_)));

        let (_, handshake) = client.exchange(Method::GET, "transport=polling", "").await;
        let socket = server.accept();
        let mut upgrading = client.websocket(&format!("transport=websocket&sid={}", sid(&handshake))).await;
        upgrading.send(Frame::text("2probe")).await;
        assert_eq!(upgrading.receive().await, "3probe");
        upgrading.send(Frame::text("5")).await;
        upgrading.send(Frame::text("4over")).await;
        assert_eq!(server.recv(&socket), "over".into());
        assert_eq!(socket.transport(), engineio_hyper::Transport::WebSocket);
    });
}

/// What is agreed to on a connection of its own is agreed to on a stream.
pub fn messages_over_http2_are_compressed<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config.websocket_compression(PerMessageDeflate::default()));
    run(async {
        let mut client = Http2::open(server.addr()).await;
        let (mut websocket, chosen) = client.extended("transport=websocket", "permessage-deflate").await;
        let expected = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        assert_eq!(chosen.as_deref(), Some(expected));
        assert!(websocket.receive().await.starts_with("0{"));
        let socket = server.accept();
        let text = "again and ".repeat(1000);
        socket.try_send(&*text).expect("there is room");
        assert_eq!(inflate(&websocket.frame(0xc1).await), format!("4{text}"));
        websocket.send(Frame::new(0x1, &deflate(b"4in")).first(0xc1)).await;
        assert_eq!(server.recv(&socket), "in".into());
    });
}

/// A refusal is an answer like others; what is no WebSocket of this version is told the right one.
pub fn websocket_over_http2_is_refused<A: Adapter>() {
    let server = Server::<A>::start();
    run(async {
        let mut client = Http2::open(server.addr()).await;
        let refused = client.connect("transport=pigeon", "13").await;
        assert_eq!(refused.status(), 400);
        assert_eq!(text(refused).await, r#"{"code":0,"message":"Transport unknown"}"#);
        let refused = client.connect("transport=websocket", "8").await;
        assert_eq!(refused.status(), 426);
        assert_eq!(refused.headers()["sec-websocket-version"], "13");
        server.expect_sessions(0);
    });
}

/// Over HTTP/2 the host is in `:authority`.
pub fn u02_other_authorities_are_refused<A: Adapter>() {
    let server = Server::<A>::with(|config| config.allowed_hosts(["localhost"]));
    run(async {
        let mut client = Http2::open(server.addr()).await;
        let mut get = request(Method::GET, "transport=polling", "");
        let mut connect = request(Method::CONNECT, "transport=websocket", "");
        connect.extensions_mut().insert(hyper::ext::Protocol::from_static("websocket"));
        connect.headers_mut().insert("sec-websocket-version", HeaderValue::from_static("13"));
        for request in [&mut get, &mut connect] {
            let elsewhere = request.uri().to_string().replace("localhost", "evil.test");
            *request.uri_mut() = elsewhere.parse().expect("it is a URI");
        }
        let refused = client.send(get).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert_eq!(text(refused).await, r#"{"code":4,"message":"Host not allowed"}"#);
        assert_eq!(client.send(connect).await.status(), StatusCode::FORBIDDEN);
        server.expect_sessions(0);
    });
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("it is short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A request of HTTP/2, as the first of its connection.
fn first_request(method: u8, query: &str, body: &[u8]) -> Vec<u8> {
    const SETTINGS: u8 = 4;
    const HEADERS: u8 = 1;
    const DATA: u8 = 0;
    let path = format!("/engine.io/?EIO=4&{query}");
    let length = u8::try_from(path.len()).ok().filter(|length| *length < 127).expect("it is short");
    // The scheme, the path and the authority, by the static table.
    let head = [&[method, 0x86, 0x04, length], path.as_bytes(), &[0x01, 1, b'x']].concat();
    let last = u8::from(body.is_empty());
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    bytes.extend(frame(HEADERS, 0x4 | last, 1, &head));
    if !body.is_empty() {
        bytes.extend(frame(DATA, 0x1, 1, body));
    }
    bytes
}

/// A stream that came whole, with the end of its connection, is a request; one that waits is given up then.
pub fn u03_complete_streams_survive_close<A: Adapter>() {
    const GET: u8 = 0x82;
    const POST: u8 = 0x83;
    let server = Server::<A>::accepting(|config| config);
    for half_closed in [false, true].repeat(10) {
        let session = Polling::open(server.addr());
        let socket = server.accept();
        let query = format!("transport=polling&sid={}", session.sid());
        let mut conn = Conn::open(server.addr());
        conn.send(&first_request(POST, &query, b"4message"));
        if half_closed {
            conn.fin();
            assert_ne!(conn.ended(), Ended::Silence);
        }
        drop(conn);
        assert_eq!(server.recv(&socket), "message".into());

        let mut conn = Conn::open(server.addr());
        conn.send(&first_request(GET, &query, b""));
        if half_closed {
            conn.fin();
            assert_ne!(conn.ended(), Ended::Silence);
        }
        drop(conn);
        assert!(matches!(server.closed(&socket), CloseReason::TransportError(_)));
    }
}
