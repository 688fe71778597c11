//! Compressed answers.

use crate::Adapter;
use crate::wire::client::{Conn, Polling, Response, request};
use crate::wire::server::Server;
use engineio_hyper::{Compression, Message, Outgoing};
use flate2::read::{GzDecoder, ZlibDecoder};
use std::io::Read;

fn get(session: &Polling, conn: &mut Conn, accept: &str) -> Response {
    conn.exchange(&request("GET", &session.target(), &[("Accept-Encoding", accept)], b""))
}

fn decode(response: &Response) -> String {
    let mut text = String::new();
    let read = match response.header("content-encoding") {
        Some("gzip") => GzDecoder::new(&*response.body).read_to_string(&mut text),
        Some("deflate") => ZlibDecoder::new(&*response.body).read_to_string(&mut text),
        None => (&*response.body).read_to_string(&mut text),
        other => panic!("{other:?} is not on offer"),
    };
    read.expect("it can be decoded");
    text
}

/// From the threshold on, in the coding that the peer prefers, whatever the size.
pub fn answers_are_compressed_as_the_peer_accepts<A: Adapter>() {
    let server = Server::<A>::with(|config| {
        config.compression(Compression::default().threshold(1000)).max_queue_bytes(4_000_000)
    });
    let session = Polling::open(server.addr());
    let socket = server.session(session.sid()).socket();
    let mut conn = Conn::open(server.addr());
    for (length, accept, coding) in [
        (998, "gzip", None),
        (999, "gzip", Some("gzip")),
        (999, "deflate", Some("deflate")),
        (999, "br;q=1, deflate;q=0.3, gzip;q=0.2", Some("deflate")),
        (5000, "br", None),
        (5000, "gzip;q=0", None),
        (700_000, "gzip, deflate, br", Some("gzip")),
        (700_000, "deflate", Some("deflate")),
    ] {
        let text: String = (0_u8..26).cycle().map(|number| char::from(b'a' + number)).take(length).collect();
        socket.try_send(&*text).expect("there is room");
        let answer = get(&session, &mut conn, accept);
        assert_eq!(answer.header("content-encoding"), coding, "{length} {accept}");
        assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let depends = (length >= 999).then_some("accept-encoding");
        assert_eq!(answer.header("vary"), depends, "{length} {accept}");
        assert_eq!(decode(&answer), format!("4{text}"));
        assert!(coding.is_none() || answer.body.len() < length / 2, "it is worth it");
    }
    let posted = conn.exchange(&request("POST", &session.target(), &[("Accept-Encoding", "gzip")], b"4hello"));
    posted.expect(200, "ok");
}

/// An answer is compressed if one of its messages may be. One whose messages all may not is left as it is, for any peer.
pub fn a_message_may_ask_not_to_be_compressed<A: Adapter>() {
    let server = Server::<A>::with(|config| config.compression(Compression::default().threshold(100)));
    let session = Polling::open(server.addr());
    let socket = server.session(session.sid()).socket();
    let mut conn = Conn::open(server.addr());
    let text = "text ".repeat(100);
    let plain = || Message::from(&*text).uncompressed();
    let binary = || Message::from(vec![0; 300]).uncompressed();
    for (messages, coding) in [
        (vec![plain()], None),
        (vec![plain(), binary(), plain()], None),
        (vec![plain(), Outgoing::from("short")], Some("gzip")),
        (vec![Outgoing::from(&*text), binary()], Some("gzip")),
    ] {
        let expected: Vec<_> = messages.iter().cloned().map(Outgoing::into_message).map(packet).collect();
        socket.try_send_many(messages).expect("there is room");
        let answer = get(&session, &mut conn, "gzip");
        assert_eq!(answer.header("content-encoding"), coding);
        assert_eq!(answer.header("vary"), coding.map(|_| "accept-encoding"));
        assert_eq!(decode(&answer), expected.join("\u{1e}"));
    }
}

fn packet(message: Message) -> String {
    match message {
        Message::Text(text) => format!("4{text}"),
        Message::Binary(zeros) => format!("b{}", "A".repeat(zeros.len() / 3 * 4)),
    }
}

/// Nothing is compressed by default.
pub fn compression_is_to_be_asked_for<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    server.session(session.sid()).socket().try_send("x".repeat(5000)).expect("there is room");
    let answer = get(&session, &mut Conn::open(server.addr()), "gzip, deflate");
    assert_eq!((answer.header("content-encoding"), answer.header("vary")), (None, None));
    assert_eq!(answer.packets().len(), 5001);
}

/// A peer that leaves while its answer is compressed, or soon after, loses it, and the session ends and says so; or the
/// answer had left before.
pub fn f02_peer_leaves_a_large_answer<A: Adapter>() {
    let server = Server::<A>::with(|config| config.compression(Compression::default().level(9)));
    for _ in 0..8 {
        let session = Polling::open(server.addr());
        let app = server.session(session.sid());
        let get = session.begin_get();
        let _ = app.socket().try_send("some text, again and again ".repeat(30_000));
        get.rst();
        app.expect_polling();
        // Either it was told at once, or the next poll finds the session as it was.
        if let Some(reason) = app.socket().close_reason() {
            assert_eq!(reason.to_string(), "transport error");
        }
    }
}
