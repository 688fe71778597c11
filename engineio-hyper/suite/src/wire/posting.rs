//! What a POST may carry and what becomes of it.

use super::client::{Conn, Polling, request};
use super::server::Server;
use crate::Adapter;
use core::fmt::Write as _;
use engineio_hyper::{CloseReason, PacketError, TransportFault};

/// Base64 as any encoder writes it.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = char::from(ALPHABET[bits >> (18 - 6 * at) & 63]);
            text.push(if at <= group.len() { digit } else { '=' });
        }
    }
    text
}

/// Text and bytes arrive as they were sent, in order, however many are in a body.
pub fn packets_arrive_in_order<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let all: Vec<u8> = (0..=255).collect();
    session.accept("4plain");
    session.accept("4");
    session.accept("b");
    session.accept(format!("4€ 🦀\x1eb{}\x1e4\u{0}\x1eb{}\x1e4last", base64(&all), base64(b"\x00")));
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_text("plain");
    app.expect_text("");
    app.expect_binary(b"");
    app.expect_text("€ 🦀");
    app.expect_binary(&all);
    app.expect_text("\u{0}");
    app.expect_binary(b"\x00");
    app.expect_text("last");
}

/// Messages go out as they came in, in one answer, binary ones as base64.
pub fn messages_go_out_in_order<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    let all: Vec<u8> = (0..=255).collect();
    app.send("€ 🦀");
    app.send_binary(&all);
    app.send("");
    app.send_binary(b"");
    app.send("last");
    session.expect(format!("4€ 🦀\x1eb{}\x1e4\x1eb\x1e4last", base64(&all)));

    let mut parked = session.park();
    app.send("wakes it");
    assert_eq!(parked.response().packets(), "4wakes it");
}

/// Base64 with line breaks, as the Java client writes it, with spaces or tabs, or without padding, is base64.
pub fn f12_base64_in_lines<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let bytes: Vec<u8> = (0..1000_u32).map(|n| n.to_le_bytes()[0].wrapping_mul(7)).collect();
    let flat = base64(&bytes);
    let mut lines = String::new();
    for line in flat.as_bytes().chunks(76) {
        let _ = write!(lines, "{}\r\n", line.escape_ascii());
    }
    session.accept(format!("b{lines}"));
    session.accept(format!("4before\x1eb{lines}\x1e4after"));
    session.accept("b A\tQ\nI D\r");
    session.accept("bAQ");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_binary(&bytes);
    app.expect_text("before");
    app.expect_binary(&bytes);
    app.expect_text("after");
    app.expect_binary(&[1, 2, 3]);
    app.expect_binary(&[1]);
}

/// A body that holds something that is no packet is refused, what came before it counts, and the session is over.
pub fn p07_h32_undecodable_packets<A: Adapter>() {
    let server = Server::<A>::start();
    let empty = PacketError::Empty;
    let cases: [(&[u8], &[&str], PacketError); 15] = [
        (b"", &[], empty),
        (b"\x1e", &[], empty),
        (b"\x1e\x1e\x1e", &[], empty),
        (b"4a\x1e", &["a"], empty),
        (b"4a\x1e\x1e4b", &["a"], empty),
        (b"9", &[], PacketError::UnknownType(b'9')),
        (b"x", &[], PacketError::UnknownType(b'x')),
        (b"\x00", &[], PacketError::UnknownType(0)),
        (b"4a\x1e4b\x1e7\x1e4c", &["a", "b"], PacketError::UnknownType(b'7')),
        (b"b!!!AQ=ID", &[], PacketError::Base64),
        (b"bAQ-_", &[], PacketError::Base64),
        (b"4a\x1ebA", &["a"], PacketError::Base64),
        (b"4a\x1ebAQ=ID", &["a"], PacketError::Base64),
        (b"4a\x1e4\xff", &["a"], PacketError::Utf8),
        (b"4\xe2\x82", &[], PacketError::Utf8),
    ];
    for (body, delivered, error) in cases {
        let mut session = Polling::open(server.addr());
        let mut parked = session.park();
        session.post(body).expect_refusal(3);
        assert_eq!(parked.response().packets(), "1", "{}", body.escape_ascii());
        let app = server.session(session.sid());
        app.expect_polling();
        delivered.iter().for_each(|text| app.expect_text(text));
        app.expect_close(CloseReason::ParseError(error));
        session.expect_gone();
    }
}

/// Packets that are not a client's to send, and an unasked-for pong, change nothing.
pub fn f14_packets_without_effect<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    session.accept("0{}\x1e5\x1e6\x1e3\x1e3probe\x1e6x\x1e4echo still here");
    session.expect("4echo still here");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_text("echo still here");
    assert!(app.is_read());
}

/// After the packet that closes the session nothing counts.
pub fn f14_nothing_counts_after_close<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    session.accept("4first\x1e1\x1e4late\x1e9");
    assert_eq!(parked.response().packets(), "6");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_text("first");
    app.expect_close(CloseReason::TransportClose);
    session.expect_gone();
    assert!(app.is_read());
}

/// A body that calls itself binary is refused and the session is over: protocol 4 has none.
pub fn a06_p02_octet_stream<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let headers = [("Content-Type", "application/octet-stream")];
    session.exchange(&request("POST", &session.target(), &headers, b"4hi")).expect(400, "");
    assert_eq!(parked.response().packets(), "1");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_close(TransportFault::InvalidContent);
    session.expect_gone();
}

/// Whatever other type a body claims, it is read as text.
pub fn other_content_types_are_text<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    for content_type in
        ["text/plain;charset=UTF-8", "text/plain", "application/json", "application/octet-stream;x=y", ""]
    {
        let headers = [("Content-Type", content_type)];
        session.exchange(&request("POST", &session.target(), &headers, b"4hi")).expect(200, "ok");
    }
    let app = server.session(session.sid());
    app.expect_polling();
    (0..5).for_each(|_| app.expect_text("hi"));
}

/// A body in a content encoding is refused and is not decoded.
pub fn f17_content_encoding<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    for encoding in ["gzip", "deflate", "br", "gzip, identity", "x"] {
        let headers = [("Content-Encoding", encoding)];
        let response = Conn::open(server.addr()).exchange(&request("POST", &session.target(), &headers, b"4hi"));
        response.expect(415, "");
    }
    let headers = [("Content-Encoding", "identity")];
    let response = Conn::open(server.addr()).exchange(&request("POST", &session.target(), &headers, b"4hi"));
    response.expect(200, "ok");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_text("hi");
}

/// The chunks that a body comes in mean nothing, not even when they cut packets and characters in two.
pub fn f10_a10_chunks_mean_nothing<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let body = format!("4€ 🦀\x1eb{}\x1e4last", base64(&[0xff; 100]));
    for size in [1, 2, 3, 7, 1000] {
        let mut upload = session.upload_as(&[("Transfer-Encoding", "chunked")]);
        for chunk in body.as_bytes().chunks(size) {
            upload.send(format!("{:x}\r\n", chunk.len()).as_bytes());
            upload.send(chunk);
            upload.send(b"\r\n");
        }
        upload.send(b"0\r\n\r\n");
        upload.into_conn().response().expect(200, "ok");
    }
    let app = server.session(session.sid());
    app.expect_polling();
    for _ in 0..5 {
        app.expect_text("€ 🦀");
        app.expect_binary(&[0xff; 100]);
        app.expect_text("last");
    }
}

/// As many packets as fit into a body are taken, each of them.
pub fn f15_half_a_million_packets<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let body = ["4"; 500_000].join("\x1e");
    session.accept(&body[..]);
    session.accept("4echo last");
    session.expect("4echo last");
    let app = server.session(session.sid());
    app.expect_polling();
    (0..500_000).for_each(|_| app.expect_text(""));
    app.expect_text("echo last");
}
