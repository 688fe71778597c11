//! Requests that are refused: the protocol's error codes, and what is refused by its status alone.

use super::client::{Conn, Polling, Response, UPGRADE_HEADERS, WebSocket, request, target};
use super::server::Server;
use crate::Adapter;

/// Sends one request on a connection of its own.
fn send<A: Adapter>(server: &Server<A>, method: &str, target: &str) -> Response {
    Conn::open(server.addr()).exchange(&request(method, target, &[], b""))
}

/// Sends one request to become a WebSocket on a connection of its own; it must not become one.
fn upgrade<A: Adapter>(server: &Server<A>, target: &str) -> Response {
    let mut conn = Conn::open(server.addr());
    let response = conn.exchange(&request("GET", target, &UPGRADE_HEADERS, b""));
    assert_eq!(response.header("connection"), Some("close"), "the connection is of no further use");
    conn.expect_end();
    response
}

/// A transport that does not exist is code 0, whatever it is called and whatever else is in the request.
pub fn a04_unknown_transport<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    for name in ["", "abc", "__proto__", "constructor", "webtransport", "POLLING", "polling%00", "polling,websocket"] {
        let targets = [target(name, None), target(name, Some(session.sid())), target(name, Some("unknown"))];
        for target in targets {
            for method in ["GET", "POST", "PUT"] {
                send(&server, method, &target).expect_refusal(0);
            }
            upgrade(&server, &target).expect_refusal(0);
        }
    }
    for target in ["/engine.io/", "/engine.io/?", "/engine.io/?EIO=4", "/engine.io/?transport"] {
        send(&server, "GET", target).expect_refusal(0);
        upgrade(&server, target).expect_refusal(0);
    }
}

/// A session that does not exist is code 1, whatever its id looks like.
pub fn a05_a08_unknown_session<A: Adapter>() {
    let server = Server::<A>::start();
    let long = "a".repeat(7000);
    for sid in ["", "a", "__proto__", "constructor", "AAAAAAAAAAAAAAAAAAAA", "%00", "%ff%fe", "%", "a%20b", "é", &long]
    {
        let polling = target("polling", Some(sid));
        let websocket = target("websocket", Some(sid));
        if sid.is_ascii() {
            send(&server, "GET", &polling).expect_refusal(1);
            send(&server, "POST", &polling).expect_refusal(1);
            upgrade(&server, &websocket).expect_refusal(1);
        } else {
            // HTTP has no such targets; whoever notices it first refuses it.
            assert_eq!(send(&server, "GET", &polling).status, 400);
        }
    }
}

/// A handshake is a GET; with any other method it is code 2.
pub fn handshake_with_another_method_is_code_2<A: Adapter>() {
    let server = Server::<A>::start();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        send(&server, method, &target("polling", None)).expect_refusal(2);
    }
    let mut conn = Conn::open(server.addr());
    conn.send(&request("HEAD", &target("polling", None), &[("Connection", "close")], b""));
    assert_eq!(conn.head_only().status, 400);
    conn.expect_end();
}

/// A parameter that is given twice with different values is code 3; twice the same value is one value.
pub fn f33_duplicate_parameters<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let sid = session.sid().to_owned();
    for query in [
        "EIO=4&transport=polling&transport=websocket".to_owned(),
        "EIO=4&EIO=3&transport=polling".to_owned(),
        format!("EIO=4&transport=polling&sid={sid}&sid=other"),
        format!("EIO=4&transport=polling&sid=other&sid={sid}"),
        format!("EIO=4&EIO=3&transport=polling&sid={sid}"),
    ] {
        send(&server, "GET", &format!("/engine.io/?{query}")).expect_refusal(3);
        upgrade(&server, &format!("/engine.io/?{query}")).expect_refusal(3);
    }
    session.accept("4hi");

    let twice = "EIO=4&EIO=4&transport=polling&transport=polling";
    let response = send(&server, "GET", &format!("/engine.io/?{twice}"));
    assert!(response.packets().starts_with("0{"));
    let response = session.exchange(&request("POST", &format!("/engine.io/?{twice}&sid={sid}&sid={sid}"), &[], b"4yo"));
    response.expect(200, "ok");
}

/// A handshake without a version that the server speaks is code 5, before any 101.
pub fn handshake_of_another_version_is_code_5<A: Adapter>() {
    let server = Server::<A>::start();
    for eio in ["", "EIO=&", "EIO=2&", "EIO=3&", "EIO=5&", "EIO=44&", "EIO=abc&", "EIO=4,3&"] {
        send(&server, "GET", &format!("/engine.io/?{eio}transport=polling")).expect_refusal(5);
        upgrade(&server, &format!("/engine.io/?{eio}transport=websocket")).expect_refusal(5);
    }
}

/// A later request that names another version is code 3, and the session is none the worse; naming none is fine.
pub fn a07_another_version_within_a_session<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let sid = session.sid().to_owned();
    for eio in ["3", "5", "abc", "4,3"] {
        let polling = format!("/engine.io/?EIO={eio}&transport=polling&sid={sid}");
        send(&server, "GET", &polling).expect_refusal(3);
        send(&server, "POST", &polling).expect_refusal(3);
        upgrade(&server, &format!("/engine.io/?EIO={eio}&transport=websocket&sid={sid}")).expect_refusal(3);
    }
    let silent = format!("/engine.io/?transport=polling&sid={sid}");
    session.exchange(&request("POST", &silent, &[], b"4echo hi")).expect(200, "ok");
    assert_eq!(session.exchange(&request("GET", &silent, &[], b"")).packets(), "4echo hi");
    let mut socket = WebSocket::open(server.addr(), &format!("/engine.io/?transport=websocket&sid={sid}"));
    socket.probe_and_upgrade();
    socket.binary(b"\x00\xff");
    socket.text("4echo yo");
    socket.expect("4echo yo");
}

/// A plain request of a session that is on WebSocket is code 3, and the session is none the worse.
pub fn h20_p02_plain_request_of_a_websocket_session<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut direct, sid) = WebSocket::handshake(server.addr());
    let upgraded = Polling::open(server.addr());
    let mut socket = WebSocket::open(server.addr(), &upgraded.websocket_target());
    socket.probe_and_upgrade();
    socket.text("4echo up");
    socket.expect("4echo up");
    for sid in [sid.as_str(), upgraded.sid()] {
        for transport in ["polling", "websocket"] {
            send(&server, "GET", &target(transport, Some(sid))).expect_refusal(3);
            send(&server, "POST", &target(transport, Some(sid))).expect_refusal(3);
        }
    }
    for socket in [&mut direct, &mut socket] {
        socket.text("4echo on");
        socket.expect("4echo on");
    }
}

/// The transport that a request names and the way it comes must go together, or it is code 3.
pub fn h02_transport_and_upgrade_must_agree<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    send(&server, "GET", &target("websocket", None)).expect_refusal(3);
    send(&server, "GET", &session.websocket_target()).expect_refusal(3);
    send(&server, "POST", &session.websocket_target()).expect_refusal(3);
    upgrade(&server, &target("polling", None)).expect_refusal(3);
    upgrade(&server, &session.target()).expect_refusal(3);
    session.accept("4hi");
}

/// A session's requests are GET and POST; any other method is told so, and the session is none the worse.
pub fn f34_other_methods_within_a_session<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let response = send(&server, method, &session.target());
        response.expect(405, "");
        assert_eq!(response.header("allow"), Some("GET, POST"));
    }
    let mut conn = Conn::open(server.addr());
    conn.send(&request("HEAD", &session.target(), &[], b""));
    let response = conn.head_only();
    assert_eq!((response.status, response.header("allow")), (405, Some("GET, POST")));
    session.accept("4hi");
}

/// A query that is longer than can be of use is refused unread.
pub fn f33_long_query<A: Adapter>() {
    let server = Server::<A>::start();
    let short = target("polling", None);
    let fill = |length: usize| format!("{short}&t={}", "x".repeat(length + "/engine.io/?".len() - short.len() - 3));
    assert!(send(&server, "GET", &fill(8 * 1024)).packets().starts_with("0{"));
    send(&server, "GET", &fill(8 * 1024 + 1)).expect(414, "");
    send(&server, "GET", &fill(20_000)).expect(414, "");
    upgrade(&server, &fill(20_000)).expect(414, "");
}

/// Only the very path is Engine.IO's.
pub fn f33_other_paths<A: Adapter>() {
    let server = Server::<A>::start();
    let query = "?EIO=4&transport=polling";
    for path in ["/", "/engine.io", "/engine.iox/", "/engine.io/foo", "/engine.io//", "//engine.io/", "/x/engine.io/"] {
        assert_eq!(send(&server, "GET", &format!("{path}{query}")).status, 404, "{path}");
    }
}

/// Every request target is routed or refused.
pub fn h23_odd_request_targets<A: Adapter>() {
    let server = Server::<A>::start();
    let many = format!("/engine.io/?EIO=4&transport=polling{}", "&a=b".repeat(2000));
    let odd =
        ["//", "/%", "/engine.io/?%", "/engine.io/?%zz=%&&&=&", "/engine.io/?a=%ff&+=+&transport=%70olling", "/?"];
    for target in odd {
        assert!((400..500).contains(&send(&server, "GET", target).status), "{target}");
    }
    assert!(send(&server, "GET", &many).packets().starts_with("0{"));
    assert!(send(&server, "GET", "/engine.io/?E%49O=%34&transport=%70olling").packets().starts_with("0{"));
    let absolute = format!("http://{}{}", server.addr(), target("polling", None));
    assert!(send(&server, "GET", &absolute).packets().starts_with("0{"));
    assert!((400..500).contains(&send(&server, "OPTIONS", "*").status));
}

/// An `Origin` that is no text is taken as it is; it decides nothing unless the application says so.
pub fn f29_b02_c08_origins_decide_nothing_by_default<A: Adapter>() {
    let server = Server::<A>::start();
    for origin in ["https://example.org", "null", "", "http://ü.example"] {
        let response =
            Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[("Origin", origin)], b""));
        assert!(response.packets().starts_with("0{"));
        let foreign = |(name, _): &(String, String)| name.starts_with("access-control") || name == "set-cookie";
        assert!(!response.headers.iter().any(foreign), "{:?}", response.headers);
    }
}
