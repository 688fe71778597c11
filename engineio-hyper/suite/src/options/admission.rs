//! The application's say about handshakes.

use crate::Adapter;
use crate::wire::client::{Conn, LIMIT, UPGRADE_HEADERS, WebSocket, request, target};
use crate::wire::server::{Server, ms};
use core::future::pending;
use engineio_hyper::{Forbidden, Runtime, Sid};
use std::sync::mpsc;

/// The application sees method, target, headers and address.
pub fn allowed_by_its_request<A: Adapter>() {
    let server = Server::<A>::with(|config| {
        config.allow_request(async |request| {
            assert_eq!(request.head().method, "GET");
            assert!(request.remote_addr().is_some_and(|addr| addr.ip().is_loopback()));
            let asked = request.uri().query().is_some_and(|query| query.contains("token"));
            let known = request.headers().get("token").is_some_and(|token| token == "good");
            if asked && !known { Err(Forbidden::default()) } else { Ok(()) }
        })
    });
    let target = format!("{}&token", target("polling", None));
    let ask = |headers: &[_]| Conn::open(server.addr()).exchange(&request("GET", &target, headers, b""));
    ask(&[]).expect(403, r#"{"code":4,"message":"Forbidden"}"#);
    ask(&[("Token", "bad")]).expect(403, r#"{"code":4,"message":"Forbidden"}"#);
    assert!(ask(&[("Token", "good")]).packets().starts_with("0{"));
}

/// The refusal comes before the 101, and the session is not there.
pub fn forbidden_on_either_transport<A: Adapter>() {
    let server = Server::<A>::with(|config| {
        config.allow_request(async |request| match request.headers().get("why") {
            Some(why) => Err(Forbidden::new(why.to_str().unwrap_or_default().to_owned())),
            None => Ok(()),
        })
    });
    let why = ("Why", r#"it says "no""#);
    let body = r#"{"code":4,"message":"it says \"no\""}"#;
    let mut conn = Conn::open(server.addr());
    conn.exchange(&request("GET", &target("polling", None), &[why], b"")).expect(403, body);
    let mut headers = UPGRADE_HEADERS.to_vec();
    headers.push(why);
    conn.exchange(&request("GET", &target("websocket", None), &headers, b"")).expect(400, body);
    conn.expect_end();
    server.expect_sessions(0);
}

/// A peer that leaves while the application decides leaves nothing behind, and its decision is not waited for.
pub fn f03_peer_leaves_while_it_is_decided<A: Adapter>() {
    struct Dropped(mpsc::Sender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (dropped, was_dropped) = mpsc::channel();
    let (asked, was_asked) = mpsc::channel();
    let server = Server::<A>::with(|config| {
        config.allow_request(move |request| {
            let held = Dropped(dropped.clone());
            let asked = asked.clone();
            async move {
                if request.headers().contains_key("wait") {
                    let _ = asked.send(());
                    pending::<()>().await;
                }
                drop(held);
                Ok(())
            }
        })
    });
    for (body, reset) in [(&b""[..], false), (b"", true), (b"half a bo", false)] {
        let mut headers = vec![("Wait", "1")];
        if !body.is_empty() {
            headers.push(("Content-Length", "100"));
        }
        let mut conn = Conn::open(server.addr());
        conn.send(&request("GET", &target("polling", None), &headers, body));
        was_asked.recv_timeout(LIMIT).expect("the application is asked");
        if reset {
            conn.rst();
        } else {
            conn.fin();
        }
        was_dropped.recv_timeout(LIMIT).expect("the decision is dropped");
        server.expect_sessions(0);
    }
}

/// The application makes ids, and takes its time for them.
pub fn ids_of_the_application<A: Adapter>() {
    let server = Server::<A>::with(|config| {
        let made = std::sync::atomic::AtomicU32::new(0);
        config.generate_id(move |_| {
            let number = made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async move {
                let runtime = A::runtime();
                runtime.sleep_until(runtime.now() + ms(1)).await;
                format!("session-{number}").parse::<Sid>()
            }
        })
    });
    for number in 0..3 {
        let (mut socket, sid) = WebSocket::handshake(server.addr());
        assert_eq!(sid, format!("session-{number}"));
        socket.text("4echo it");
        socket.expect("4echo it");
    }
}
