//! Headers of the application's, and the session's cookie.

use crate::Adapter;
use crate::wire::client::{Conn, Polling, UPGRADE_HEADERS, request, target};
use crate::wire::server::Server;
use engineio_hyper::{Cookie, EngineBuilder, SameSite};
use http::{HeaderValue, header};

fn settings<A: Adapter>(config: EngineBuilder<A::Runtime>) -> EngineBuilder<A::Runtime> {
    config
        .initial_headers(|headers, request| {
            headers.insert("x-first", HeaderValue::from_static("yes"));
            headers.insert("x-both", HeaderValue::from_static("initial"));
            headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
            if let Some(agent) = request.headers.get(header::USER_AGENT) {
                headers.insert("x-agent", agent.clone());
            }
        })
        .headers(|headers, _| {
            headers.insert("x-each", HeaderValue::from_static("yes"));
            headers.insert("x-both", HeaderValue::from_static("each"));
            // These frame the answer.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
            headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        })
}

/// One hook adds to a handshake's answer, the other to each.
pub fn headers_are_added<A: Adapter>() {
    let server = Server::<A>::with(settings::<A>);
    let get = request("GET", &target("polling", None), &[("User-Agent", "me")], b"");
    let opened = Conn::open(server.addr()).exchange(&get);
    assert!(opened.packets().starts_with("0{"));
    for (name, value) in [("x-first", "yes"), ("x-each", "yes"), ("x-both", "each"), ("x-agent", "me")] {
        assert_eq!(opened.header(name), Some(value));
    }
    assert_eq!(opened.header("set-cookie"), Some("a=1"));
    assert_eq!(opened.header("content-encoding"), None);

    let mut session = Polling::open(server.addr());
    let posted = session.post("4echo it");
    posted.expect(200, "ok");
    let polled = session.get();
    assert_eq!(polled.packets(), "4echo it");
    for answer in [posted, polled] {
        assert_eq!((answer.header("x-each"), answer.header("x-first")), (Some("yes"), None));
    }
    let refused = Conn::open(server.addr()).exchange(&request("GET", &target("pigeon", None), &[], b""));
    refused.expect_refusal(0);
    assert_eq!(refused.header("x-each"), None);
}

/// They are in the 101 as well: the first hook's only where it opens a session.
pub fn headers_are_added_to_the_101<A: Adapter>() {
    let server = Server::<A>::with(settings::<A>);
    let session = Polling::open(server.addr());
    for (target, first) in [(target("websocket", None), Some("yes")), (session.websocket_target(), None)] {
        let mut conn = Conn::open(server.addr());
        conn.send(&request("GET", &target, &UPGRADE_HEADERS, b""));
        let answer = conn.head_only();
        assert_eq!((answer.status, answer.header("x-each"), answer.header("x-first")), (101, Some("yes"), first));
    }
}

/// The cookie is in the answer to the handshake, over either transport, and in no other.
pub fn the_session_cookie_comes_with_the_handshake<A: Adapter>() {
    let cookie = || Cookie::builder("io").path("/x").same_site(SameSite::Strict).secure(true).build();
    let server = Server::<A>::with(|config| config.cookie(cookie().expect("a cookie")));
    let expected = |sid: &str| format!("io={sid}; Path=/x; HttpOnly; Secure; SameSite=Strict");

    let opened = Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b""));
    let sid = opened.packets().split('"').nth(3).expect("the sid is told");
    assert_eq!(opened.header("set-cookie"), Some(&*expected(sid)));
    let mut session = Polling::attach(server.addr(), sid);
    let posted = session.post("4echo it");
    let polled = session.get();
    let mut upgrading = Conn::open(server.addr());
    upgrading.send(&request("GET", &session.websocket_target(), &UPGRADE_HEADERS, b""));
    for answer in [posted, polled, upgrading.head_only()] {
        assert_eq!(answer.header("set-cookie"), None);
    }

    let mut conn = Conn::open(server.addr());
    conn.send(&request("GET", &target("websocket", None), &UPGRADE_HEADERS, b""));
    let switched = conn.head_only();
    let cookie = switched.header("set-cookie").expect("the 101 has the cookie");
    let sid = cookie.strip_prefix("io=").and_then(|rest| rest.split(';').next()).expect("it carries an id");
    assert_eq!((switched.status, cookie), (101, &*expected(sid)));
    // It is the session's: by polling it is refused for its transport, not for being unknown.
    Conn::open(server.addr()).exchange(&request("GET", &target("polling", Some(sid)), &[], b"")).expect_refusal(3);
}
