//! Requests that arrived whole and whose connection ends right behind them: what they bring is delivered.

use super::client::{Conn, Ended, Polling, QUIET, request};
use super::server::{Server, ms};
use crate::Adapter;
use engineio_hyper::{CloseReason, Forbidden, Message, TransportFault};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often each way of leaving is tried.
const TIMES: usize = 50;

/// A few milliseconds are expected; this is for busy machines.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A POST whose body comes in chunks.
fn in_chunks(target: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = request("POST", target, &[("Transfer-Encoding", "chunked")], b"");
    for chunk in body.chunks(7) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Posts and leaves, from a new session each time: the message is delivered and the session goes on.
fn posts_and_leaves<A: Adapter>(leave: impl Fn(Conn)) {
    let server = Server::<A>::start();
    for n in 0..TIMES {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let (target, body) = (session.target(), format!("4{n}"));
        let mut conn = Conn::open(server.addr());
        conn.send(&match n % 2 {
            0 => request("POST", &target, &[], body.as_bytes()),
            _ => in_chunks(&target, body.as_bytes()),
        });
        leave(conn);
        app.expect_text(&n.to_string());
        // Not by another POST, as nothing tells when the first one's `ok` was written.
        app.send("still open");
        session.expect("4still open");
        assert!(app.is_read());
    }
}

/// A client that posts and leaves.
pub fn u03_complete_post_survives_close<A: Adapter>() {
    posts_and_leaves::<A>(drop);
}

/// A client that posts and resets its connection.
pub fn u03_complete_post_survives_reset<A: Adapter>() {
    posts_and_leaves::<A>(Conn::rst);
}

/// A client that posts, ends its half of the connection and reads: it gets its `ok`.
pub fn u03_complete_post_of_a_half_closed_peer_is_answered<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    for n in 0..TIMES {
        let mut conn = Conn::open(server.addr());
        conn.send(&request("POST", &session.target(), &[], format!("4{n}").as_bytes()));
        conn.fin();
        conn.response().expect(200, "ok");
        assert_eq!(conn.ended(), Ended::Fin);
        app.expect_text(&n.to_string());
    }
    session.accept("4echo still open");
    session.expect("4echo still open");
}

/// Bodies that take many reads, and arrive with the end of the connection.
pub fn u03_large_posts_survive_close<A: Adapter>() {
    let server = Server::<A>::start();
    let text = "x".repeat(900_000);
    for n in 0..6 {
        let session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let (target, body) = (session.target(), format!("4{text}"));
        Conn::open(server.addr()).send(&match n % 2 {
            0 => request("POST", &target, &[], body.as_bytes()),
            _ => in_chunks(&target, &body.as_bytes()[..100_000]),
        });
        app.expect_text(if n % 2 == 0 { &text } else { &text[1..100_000] });
    }
}

/// A client that says goodbye and leaves: its last message is delivered, and the session ends as it said.
pub fn u03_a_close_packet_survives_close<A: Adapter>() {
    let server = Server::<A>::start();
    for half_closed in [false, true].repeat(TIMES / 2) {
        let session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut conn = Conn::open(server.addr());
        conn.send(&request("POST", &session.target(), &[], b"4bye\x1e1"));
        if half_closed {
            conn.fin();
            conn.response().expect(200, "ok");
        }
        drop(conn);
        app.expect_text("bye");
        app.expect_close(CloseReason::TransportClose);
    }
}

/// Several requests in one segment with the end: all of them are answered.
pub fn u03_pipelined_requests_survive_fin<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    let mut conn = Conn::open(server.addr());
    let posts: Vec<_> = (0..5).map(|n| request("POST", &session.target(), &[], format!("4{n}").as_bytes())).collect();
    conn.send(&posts.concat());
    conn.fin();
    for n in 0..5 {
        conn.response().expect(200, "ok");
        app.expect_text(&n.to_string());
    }
    assert_eq!(conn.ended(), Ended::Fin);
    session.accept("4echo still open");
    session.expect("4echo still open");
}

/// A poll whose answer is ready gets it, although its peer has ended its half of the connection.
pub fn u03_a_ready_answer_is_written_after_fin<A: Adapter>() {
    const LARGE: usize = 700_000;
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    for text in ["short".to_owned(), "x".repeat(LARGE)] {
        app.send(&text);
        let conn = session.begin_get();
        conn.fin();
        let mut conn = conn;
        assert_eq!(conn.response().packets(), format!("4{text}"));
        assert_eq!(conn.ended(), Ended::Fin);
    }
    let mut conn = Conn::open(server.addr());
    conn.send(&request("GET", "/engine.io/?EIO=4&transport=polling", &[], b""));
    conn.fin();
    assert!(conn.response().packets().starts_with(r#"0{"sid":"#));
    session.accept("4echo still open");
    session.expect("4echo still open");
}

/// An application that is behind: what was posted is delivered, the connection is given up, and so is the session, as
/// its peer is never told `ok`.
pub fn u03_a_withheld_post_is_delivered<A: Adapter>() {
    let server = Server::<A>::accepting(|engine| engine.max_inbox_packets(1));
    for half_closed in [false, true] {
        let session = Polling::open(server.addr());
        let socket = server.accept();
        let mut conn = Conn::open(server.addr());
        conn.send(&request("POST", &session.target(), &[], b"4a\x1e4b\x1e4c"));
        if half_closed {
            conn.fin();
            conn.expect_end();
        }
        drop(conn);
        assert_eq!(server.closed(&socket), TransportFault::PostAborted.into());
        assert_eq!(server.recv_many(&socket, 3), ["a", "b", "c"].map(Message::from));
        server.expect_end(&socket);
    }
}

/// What waits for somebody else is given up at once, as nobody can tell a peer that listens from one that has left: a
/// poll that came with the end of its connection, and a handshake that the application has yet to decide.
pub fn u03_what_waits_is_given_up_at_fin<A: Adapter>() {
    let server = Server::<A>::start();
    for half_closed in [false, true].repeat(5) {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let begun = Instant::now();
        let conn = session.begin_get();
        let kept = half_closed.then(|| {
            conn.fin();
            conn
        });
        app.expect_close(TransportFault::GetAborted);
        assert!(begun.elapsed() < AT_ONCE, "noticed after {:?}", begun.elapsed());
        if let Some(mut conn) = kept {
            conn.expect_end();
        }
        session.expect_gone();
    }

    struct Waiting(Arc<AtomicUsize>);
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let given_up = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&given_up);
    let server = Server::<A>::with(move |engine| {
        engine.allow_request(move |request| {
            let waiting = request
                .uri()
                .query()
                .is_some_and(|query| query.contains("undecided"))
                .then(|| Waiting(Arc::clone(&counted)));
            async move {
                if waiting.is_some() {
                    core::future::pending::<()>().await;
                }
                Ok::<_, Forbidden>(())
            }
        })
    });
    for (n, half_closed) in [false, true].repeat(5).into_iter().enumerate() {
        let begun = Instant::now();
        let mut conn = Conn::open(server.addr());
        conn.send(&request("GET", "/engine.io/?EIO=4&transport=polling&undecided=1", &[], b""));
        if half_closed {
            conn.fin();
            conn.expect_end();
        }
        drop(conn);
        while given_up.load(Ordering::SeqCst) <= n {
            assert!(begun.elapsed() < AT_ONCE, "the handshake is given up");
            std::thread::sleep(ms(1));
        }
    }
}

/// A connection that ends without a request, or within one, ends at once.
pub fn u03_incomplete_requests_end_at_fin<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let post = request("POST", &session.target(), &[], b"4whole");
    for length in [0, 1, post.len() / 2, post.len() - 7, post.len() - 1] {
        let session = Polling::open(server.addr());
        let post = request("POST", &session.target(), &[], b"4whole");
        let app = server.session(session.sid());
        app.expect_polling();
        let mut conn = Conn::open(server.addr());
        conn.send(&post[..length]);
        conn.fin();
        let begun = Instant::now();
        assert_ne!(conn.ended(), Ended::Silence);
        assert!(begun.elapsed() < AT_ONCE, "ended after {:?}", begun.elapsed());
        if length >= post.len() - 6 {
            app.expect_close(TransportFault::PostAborted);
        } else {
            std::thread::sleep(QUIET);
            assert!(app.is_read(), "no request has begun");
        }
    }
}
