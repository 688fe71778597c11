//! HTTP/2: polling by streams, and WebSockets as streams (RFC 8441).

use super::websocket_compression::{deflate, inflate};
use crate::Adapter;
use crate::wire::client::Frame;
use crate::wire::client::http2::{Http2, request, run, text};
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
