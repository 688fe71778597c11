//! What a new session is told, and what keeps one from beginning.

use super::client::{Conn, Ended, Polling, UPGRADE_HEADERS, WebSocket, request, target};
use super::server::{Server, ms};
use crate::Adapter;
use core::str;
use engineio_hyper::{CloseReason, Transport};
use std::collections::HashSet;

/// The handshake's JSON, key by key, on both transports.
pub fn handshake_is_exact<A: Adapter>() {
    let server =
        Server::<A>::with(|config| config.ping_interval(ms(25_500)).ping_timeout(ms(20_001)).max_payload(123_456));
    let response = Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b""));
    let body = response.packets();
    let sid = body.split('"').nth(3).expect("a session id");
    let rest = r#""pingInterval":25500,"pingTimeout":20001,"maxPayload":123456}"#;
    assert_eq!(body, format!(r#"0{{"sid":"{sid}","upgrades":["websocket"],{rest}"#));

    let mut socket = WebSocket::open(server.addr(), &target("websocket", None));
    let frame = socket.frame();
    assert_eq!(frame.first, 0x81, "one text frame");
    let body = str::from_utf8(&frame.payload).expect("text is UTF-8");
    let sid = body.split('"').nth(3).expect("a session id");
    assert_eq!(body, format!(r#"0{{"sid":"{sid}","upgrades":[],{rest}"#));
}

/// The defaults are the reference's.
pub fn handshake_defaults<A: Adapter>() {
    let server = Server::<A>::start();
    let response = Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b""));
    let rest = r#","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
    assert!(response.packets().ends_with(rest), "{}", response.text());
}

/// Session ids are long enough to be hard to guess, plain text, and never the same.
pub fn f27_b01_session_ids_differ<A: Adapter>() {
    let server = Server::<A>::start();
    let sessions: Vec<_> = (0..50).map(|_| Polling::open(server.addr())).collect();
    let sids: HashSet<_> = sessions.iter().map(Polling::sid).collect();
    assert_eq!(sids.len(), 50);
    for sid in sids {
        assert!(sid.len() >= 20 && sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }
}

/// Where upgrades are not allowed none is advertised and none is accepted; the session goes on.
pub fn p13_upgrades_not_allowed<A: Adapter>() {
    let server = Server::<A>::with(|config| config.allow_upgrades(false));
    let response = Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b""));
    assert!(response.packets().contains(r#","upgrades":[],"#), "{}", response.text());

    let mut session = Polling::open(server.addr());
    let attempt = request("GET", &session.websocket_target(), &UPGRADE_HEADERS, b"");
    Conn::open(server.addr()).exchange(&attempt).expect_refusal(3);
    session.accept("4echo hi");
    session.expect("4echo hi");

    let (mut socket, _) = WebSocket::handshake(server.addr());
    socket.text("4echo hi");
    socket.expect("4echo hi");
}

/// Without WebSocket, none is advertised and none is accepted.
pub fn p13_polling_only<A: Adapter>() {
    let server = Server::<A>::with(|config| config.transports([Transport::Polling]));
    let response = Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b""));
    assert!(response.packets().contains(r#","upgrades":[],"#), "{}", response.text());

    let mut session = Polling::open(server.addr());
    for target in [target("websocket", None), session.websocket_target()] {
        let attempt = request("GET", &target, &UPGRADE_HEADERS, b"");
        Conn::open(server.addr()).exchange(&attempt).expect_refusal(0);
    }
    session.accept("4echo hi");
    session.expect("4echo hi");
}

/// Without polling, a WebSocket is all there is.
pub fn p13_websocket_only<A: Adapter>() {
    let server = Server::<A>::with(|config| config.transports([Transport::WebSocket]));
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    for target in [target("polling", None), target("polling", Some(&sid))] {
        Conn::open(server.addr()).exchange(&request("GET", &target, &[], b"")).expect_refusal(0);
        Conn::open(server.addr()).exchange(&request("POST", &target, &[], b"4hi")).expect_refusal(0);
    }
    socket.text("4echo hi");
    socket.expect("4echo hi");
}

/// One connection serves many requests, of many sessions, and any may be the last.
pub fn connections_are_kept_alive<A: Adapter>() {
    let server = Server::<A>::start();
    let (first, second) = (Polling::open(server.addr()), Polling::open(server.addr()));
    let mut conn = Conn::open(server.addr());
    for round in 0..20 {
        for session in [&first, &second] {
            let message = format!("4echo {round} {}", session.sid());
            let post = request("POST", &session.target(), &[], message.as_bytes());
            conn.exchange(&post).expect(200, "ok");
            let get = request("GET", &session.target(), &[], b"");
            assert_eq!(conn.exchange(&get).packets(), message);
        }
    }
    let post = request("POST", &first.target(), &[("Connection", "close")], b"4hi");
    conn.exchange(&post).expect(200, "ok");
    conn.expect_end();
    let app = server.session(first.sid());
    app.expect_polling();
    (0..20).for_each(|round| app.expect_text(&format!("echo {round} {}", first.sid())));
    app.expect_text("hi");
}

/// Requests that come in one segment are answered in their order.
pub fn f35_requests_in_one_segment<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let mut conn = Conn::open(server.addr());
    let post = |body: &str| request("POST", &session.target(), &[], body.as_bytes());
    let get = request("GET", &session.target(), &[], b"");
    conn.send(&[post("4echo 1"), post("4echo 2"), get.clone(), post("4echo 3"), get].concat());
    conn.response().expect(200, "ok");
    conn.response().expect(200, "ok");
    assert_eq!(conn.response().packets(), "4echo 1\u{1e}4echo 2");
    conn.response().expect(200, "ok");
    assert_eq!(conn.response().packets(), "4echo 3");
}

/// A request's head may come byte by byte. One that does not end is refused at a bound, and keeps nobody.
pub fn c14_heads_are_bounded_and_read_however_they_are_cut<A: Adapter>() {
    let server = Server::<A>::start();
    let mut conn = Conn::open(server.addr());
    for byte in request("GET", &target("polling", None), &[("X-Long", &"x".repeat(4000))], b"") {
        conn.send(&[byte]);
    }
    assert!(conn.response().packets().starts_with("0{"));

    for line in ["x".repeat(64), format!("X-Header: {}\r\n", "x".repeat(64))] {
        let mut conn = Conn::open(server.addr());
        conn.send(format!("GET {} HTTP/1.1\r\nHost: localhost\r\n", target("polling", None)).as_bytes());
        let endless = line.repeat(2 * 1024 * 1024 / line.len());
        // The server need not read all of it.
        let _ = conn.try_send(endless.as_bytes());
        match conn.try_response() {
            Ok(response) => assert!(matches!(response.status, 400 | 431), "{}", response.status),
            Err(ended) => assert_ne!(ended, Ended::Silence, "the connection ends"),
        }
    }
    Polling::open(server.addr()).accept("4still here");
}

/// Beyond the number of sessions that are allowed a handshake is refused, on each transport, until one has ended.
pub fn f40_too_many_sessions<A: Adapter>() {
    let server = Server::<A>::with(|engine| engine.max_sessions(2));
    let mut session = Polling::open(server.addr());
    let (mut socket, _) = WebSocket::handshake(server.addr());
    for _ in 0..3 {
        Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b"")).expect(503, "");
        let upgrade = request("GET", &target("websocket", None), &UPGRADE_HEADERS, b"");
        Conn::open(server.addr()).exchange(&upgrade).expect(503, "");
    }
    session.accept("4echo on");
    session.expect("4echo on");
    socket.text("4echo on");
    socket.expect("4echo on");
    session.accept("1");
    let (next, _) = WebSocket::handshake(server.addr());
    drop((socket, next));
    server.expect_sessions(0);
}

/// A handshake that the peer gives up at once leaves at most a session that the heartbeat ends.
pub fn p11_handshake_given_up<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(50)).ping_timeout(ms(50)));
    for transport in ["polling", "websocket"] {
        for _ in 0..20 {
            let mut conn = Conn::open(server.addr());
            let headers: &[_] = if transport == "websocket" { &UPGRADE_HEADERS } else { &[] };
            conn.send(&request("GET", &target(transport, None), headers, b""));
            conn.rst();
        }
    }
    server.expect_sessions(0);
}

/// A session that is never heard of again after its handshake is ended by the heartbeat.
pub fn f38_abandoned_sessions_are_reaped<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(50)).ping_timeout(ms(50)));
    let sessions: Vec<_> = (0..50).map(|_| Polling::open(server.addr())).collect();
    for session in &sessions {
        let app = server.session(session.sid());
        app.expect_polling();
        app.expect_close(CloseReason::PingTimeout);
    }
    server.expect_sessions(0);
}
