//! Headers of the application's.

use crate::Adapter;
use crate::wire::client::{Conn, Polling, UPGRADE_HEADERS, request, target};
use crate::wire::server::Server;
use engineio_hyper::EngineBuilder;
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
