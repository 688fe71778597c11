//! The request that becomes a WebSocket: what it needs, and what it may look like.

use super::client::{Conn, KEY, Polling, Response, UPGRADE_HEADERS, WebSocket, request, target, upgrade_request};
use super::server::Server;
use crate::Adapter;

fn send<A: Adapter>(server: &Server<A>, target: &str, headers: &[(&str, &str)]) -> Response {
    Conn::open(server.addr()).exchange(&request("GET", target, headers, b""))
}

/// Each header is missed, and each pair of them.
pub fn c05_missing_headers<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    for target in [target("websocket", None), session.websocket_target()] {
        for first in 0..UPGRADE_HEADERS.len() {
            for second in 0..UPGRADE_HEADERS.len() {
                let kept = (0..).zip(UPGRADE_HEADERS).filter(|(at, _)| *at != first && *at != second);
                let headers: Vec<_> = kept.map(|(_, header)| header).collect();
                let response = send(&server, &target, &headers);
                assert!((400..500).contains(&response.status), "{headers:?}: {}", response.status);
            }
        }
    }
    // A request without `Host` is none of HTTP/1.1.
    let bare = String::from_utf8(upgrade_request(&target("websocket", None))).expect("a head is text");
    let mut conn = Conn::open(server.addr());
    conn.send(bare.replace("Host: localhost\r\n", "").as_bytes());
    let response = conn.response();
    assert!(response.status == 101 || (400..500).contains(&response.status), "{}", response.status);
}

/// Each header with a value that it cannot have.
pub fn c05_wrong_headers<A: Adapter>() {
    let server = Server::<A>::start();
    let wrong = [
        ("Connection", "keep-alive"),
        ("Connection", "upgraded"),
        ("Connection", ""),
        ("Upgrade", "h2c"),
        ("Upgrade", ""),
        ("Sec-WebSocket-Version", ""),
        ("Sec-WebSocket-Version", "0"),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Version", "14"),
        ("Sec-WebSocket-Version", "13.0"),
        ("Sec-WebSocket-Key", ""),
        ("Sec-WebSocket-Key", "short"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZSE="),
        ("Sec-WebSocket-Key", "!!!!!!!!!!!!!!!!!!!!!!=="),
    ];
    for (name, value) in wrong {
        let headers = UPGRADE_HEADERS.map(|header| if header.0 == name { (name, value) } else { header });
        let response = send(&server, &target("websocket", None), &headers);
        assert!((400..500).contains(&response.status), "{name}: {value}: {}", response.status);
        if name == "Sec-WebSocket-Version" {
            assert_eq!((response.status, response.header("sec-websocket-version")), (426, Some("13")), "{value}");
        }
    }
}

/// Headers may be written in more than one way.
pub fn headers_as_others_write_them<A: Adapter>() {
    let server = Server::<A>::start();
    let ways: [&[(&str, &str)]; 4] = [
        &[("connection", "upgrade"), ("upgrade", "WebSocket"), ("sec-websocket-version", "13")],
        &[("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")],
        &[
            ("Connection", "keep-alive"),
            ("Connection", "UPGRADE"),
            ("Upgrade", "WEBSOCKET"),
            ("Sec-WebSocket-Version", "13"),
        ],
        &[("Connection", "Upgrade , x"), ("Upgrade", "h2c, websocket"), ("Sec-WebSocket-Version", " 13 ")],
    ];
    for way in ways {
        let headers: Vec<_> = way.iter().copied().chain([("Sec-WebSocket-Key", KEY)]).collect();
        let mut conn = Conn::open(server.addr());
        conn.send(&request("GET", &target("websocket", None), &headers, b""));
        let mut socket = WebSocket::switched(conn);
        socket.opened();
        socket.text("4echo on");
        socket.expect("4echo on");
    }
}

/// Extensions are offered and not taken, whatever they look like; of subprotocols, the first is taken if it is a token.
pub fn c03_c04_h17_f16_extensions_are_not_taken<A: Adapter>() {
    let server = Server::<A>::start();
    let spaces = " ".repeat(4000);
    for (name, value, protocol) in [
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits", None),
        ("Sec-WebSocket-Extensions", "constructor", None),
        ("Sec-WebSocket-Extensions", "x;;;==\"\",", None),
        ("Sec-WebSocket-Protocol", "chat, superchat", Some("chat")),
        ("Sec-WebSocket-Protocol", ",,,", None),
        ("Sec-WebSocket-Protocol", &format!("a{spaces},{spaces}b"), Some("a")),
        ("Sec-WebSocket-Protocol", &format!("a{spaces}b"), None),
    ] {
        let headers: Vec<_> = UPGRADE_HEADERS.into_iter().chain([(name, value)]).collect();
        let mut conn = Conn::open(server.addr());
        conn.send(&request("GET", &target("websocket", None), &headers, b""));
        let response = conn.response();
        assert_eq!(response.status, 101, "{name}: {value}");
        assert_eq!(response.header("sec-websocket-extensions"), None);
        assert_eq!(response.header("sec-websocket-protocol"), protocol);
    }
}

/// An upgrade is a GET.
pub fn f34_upgrade_with_another_method<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    for method in ["POST", "PUT", "OPTIONS"] {
        for target in [target("websocket", None), session.websocket_target()] {
            let response = Conn::open(server.addr()).exchange(&request(method, &target, &UPGRADE_HEADERS, b""));
            assert!((400..500).contains(&response.status), "{method}: {}", response.status);
        }
    }
}

/// A WebSocket may be asked for on a connection that was used before.
pub fn upgrade_on_a_used_connection<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let mut conn = Conn::open(server.addr());
    conn.exchange(&request("POST", &session.target(), &[], b"4hi")).expect(200, "ok");
    let mut socket = WebSocket::upgrade(conn, &session.websocket_target(), b"");
    socket.probe_and_upgrade();
    socket.text("4echo on");
    socket.expect("4echo on");
}
