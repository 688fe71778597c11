//! Bodies that are too large or too slow, and answers that do not wait for the body.

use super::client::{Conn, Ended, Polling, request, target};
use super::server::{Server, ms};
use crate::Adapter;
use engineio_hyper::TransportFault;
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: usize = 10_000;

fn limited<A: Adapter>() -> Server<A> {
    Server::<A>::with(|config| config.max_payload(LIMIT))
}

/// A packet that makes a body of this length.
fn body(length: usize) -> String {
    format!("4{}", "x".repeat(length - 1))
}

/// A body that is declared to be too large is refused before it is sent, and the session is over.
pub fn f08_h12_h31_declared_too_large<A: Adapter>() {
    let server = limited::<A>();
    for length in [LIMIT as u64 + 1, u64::from(u32::MAX), i64::MAX as u64] {
        let mut session = Polling::open(server.addr());
        let mut parked = session.park();
        let mut conn = Conn::open(server.addr());
        let headers = [("Content-Length", length.to_string()), ("Expect", "100-continue".to_owned())];
        let headers = [(headers[0].0, headers[0].1.as_str()), (headers[1].0, headers[1].1.as_str())];
        conn.exchange(&request("POST", &session.target(), &headers, b"")).expect(413, "");
        assert_eq!(parked.response().packets(), "1");
        let app = server.session(session.sid());
        app.expect_polling();
        app.expect_close(TransportFault::PayloadTooLarge);
        session.expect_gone();
    }
}

/// A body that does not say its length is refused when it passes the limit, and the session is over.
pub fn f08_chunked_too_large<A: Adapter>() {
    let server = limited::<A>();
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let mut upload = session.upload_as(&[("Transfer-Encoding", "chunked")]);
    let body = body(LIMIT + 1);
    for chunk in body.as_bytes().chunks(1000) {
        upload.send(format!("{:x}\r\n", chunk.len()).as_bytes());
        upload.send(chunk);
        upload.send(b"\r\n");
    }
    // There might be more: the end of the body is not needed to know.
    upload.into_conn().response().expect(413, "");
    assert_eq!(parked.response().packets(), "1");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_close(TransportFault::PayloadTooLarge);
    session.expect_gone();
}

/// The limit itself is allowed, one byte more is not, however the body is framed.
pub fn f08_b07_exactly_the_limit<A: Adapter>() {
    let server = limited::<A>();
    let app_text = "x".repeat(LIMIT - 1);
    for chunked in [false, true] {
        for (length, status) in [(LIMIT - 1, 200), (LIMIT, 200), (LIMIT + 1, 413)] {
            let session = Polling::open(server.addr());
            let body = body(length);
            let post = if chunked {
                let body = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
                request("POST", &session.target(), &[("Transfer-Encoding", "chunked")], body.as_bytes())
            } else {
                request("POST", &session.target(), &[], body.as_bytes())
            };
            let response = Conn::open(server.addr()).exchange(&post);
            response.expect(status, if status == 200 { "ok" } else { "" });
            let app = server.session(session.sid());
            app.expect_polling();
            match status {
                200 => app.expect_text(&app_text[..length - 1]),
                _ => app.expect_close(TransportFault::PayloadTooLarge),
            }
        }
    }
}

/// A peer that sends the whole of a large body before it listens can do so, and then learns why it was refused.
pub fn c10_early_answers_are_not_lost<A: Adapter>() {
    let server = limited::<A>();
    let large = vec![b'4'; 6 * 1024 * 1024];
    let session = Polling::open(server.addr());
    let octets = [("Content-Type", "application/octet-stream")];
    let gzip = [("Content-Encoding", "gzip")];
    let cases = [
        ("too large", request("POST", &session.target(), &[], &large), 413),
        ("unknown session", request("POST", &target("polling", Some("unknown")), &[], &large), 400),
        ("no session", request("POST", &target("polling", None), &[], &large), 400),
        ("unknown transport", request("POST", &target("pigeon", None), &[], &large), 400),
        ("another method", request("PUT", &Polling::open(server.addr()).target(), &[], &large), 405),
        ("encoded", request("POST", &Polling::open(server.addr()).target(), &gzip, &large), 415),
        ("binary", request("POST", &Polling::open(server.addr()).target(), &octets, &large), 400),
    ];
    for (what, post, status) in cases {
        let mut conn = Conn::open(server.addr());
        let sent = conn.try_send(&post);
        assert!(sent.is_ok(), "{what}: {sent:?}");
        let status_seen = conn.try_response().map(|response| response.status);
        assert_eq!(status_seen, Ok(status), "{what}");
    }
}

/// A body that takes too long ends its session.
pub fn f09_slow_body<A: Adapter>() {
    let server = Server::<A>::with(|config| config.body_timeout(ms(300)));
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let mut upload = session.upload(1000);
    let app = server.session(session.sid());
    app.expect_polling();
    // One byte at a time keeps no one waiting for longer.
    while app.is_read() {
        upload.offer(b"4");
        thread::sleep(ms(5));
    }
    app.expect_close(TransportFault::BodyTimeout);
    assert_eq!(parked.response().packets(), "1");
    match upload.into_conn().try_response() {
        Ok(response) => assert_eq!(response.status, 408),
        Err(ended) => assert_ne!(ended, Ended::Silence, "the request does not hang"),
    }
    session.expect_gone();
}

/// A body that arrives steadily may take longer than the window in which it must make progress.
pub fn u05_a_steady_body<A: Adapter>() {
    const WINDOW: Duration = Duration::from_secs(2);
    let server = Server::<A>::with(|config| config.body_timeout(WINDOW));
    let session = Polling::open(server.addr());
    let mut upload = session.upload_as(&[("Transfer-Encoding", "chunked")]);
    let begun = Instant::now();
    let mut said = "4".to_owned();
    upload.send(b"1\r\n4\r\n");
    while begun.elapsed() < WINDOW * 5 / 2 {
        let piece = "x".repeat(1000);
        upload.send(format!("3e8\r\n{piece}\r\n").as_bytes());
        said.push_str(&piece);
        thread::sleep(ms(20));
    }
    upload.send(b"0\r\n\r\n");
    upload.into_conn().response().expect(200, "ok");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_text(&said[1..]);
}

/// A body that ends early never counts, not even the part that came, however it is framed.
pub fn f07_truncated_body<A: Adapter>() {
    let server = Server::<A>::start();
    for framing in [("Content-Length", "10"), ("Transfer-Encoding", "chunked")] {
        for reset in [false, true] {
            let mut session = Polling::open(server.addr());
            let mut parked = session.park();
            let mut upload = session.upload_as(&[framing]);
            upload.send(if framing.0 == "Content-Length" { b"4hi\x1e4" } else { b"5\r\n4hi\x1e4\r\n" });
            let mut conn = upload.into_conn();
            if reset {
                conn.rst();
            } else {
                conn.fin();
                assert_ne!(conn.ended(), Ended::Silence);
            }
            let app = server.session(session.sid());
            app.expect_polling();
            app.expect_close(TransportFault::PostAborted);
            assert_eq!(parked.response().packets(), "1");
            session.expect_gone();
        }
    }
}

/// An answer to a GET keeps to the limit as well: what does not fit waits for the next one. Only a message that is
/// too large by itself goes out all the same, alone.
pub fn p12_answers_keep_to_the_limit<A: Adapter>() {
    let server = limited::<A>();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    let large = "y".repeat(3 * LIMIT);
    for n in 0..30 {
        app.send(&format!("{n:02}{}", "x".repeat(LIMIT / 8)));
    }
    app.send(&large);
    app.send("last");
    let mut next = 0;
    while next < 30 {
        let response = session.get();
        assert!(response.body.len() <= LIMIT, "{} bytes", response.body.len());
        for packet in response.packets().split('\x1e') {
            assert_eq!(packet[1..3].parse(), Ok(next));
            next += 1;
        }
    }
    session.expect(format!("4{large}"));
    session.expect("4last");
}
