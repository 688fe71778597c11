//! WebSocket itself: fragments, control frames, and what breaks RFC 6455.

use super::app::Seen;
use super::client::{Ended, Frame, WebSocket};
use super::server::Server;
use crate::Adapter;
use engineio_hyper::{TransportFault, WsFault};

/// A message may come in fragments, even empty ones, with control frames between them.
pub fn fragments_are_joined<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    let crab = "🦀".as_bytes();
    socket.send(&[
        Frame::text("4").more(),
        Frame::new(0x0, b"").more(),
        Frame::new(0x9, b"between"),
        // A character may be cut in two.
        Frame::new(0x0, &crab[..1]).more(),
        Frame::new(0x0, &crab[1..]).more(),
        Frame::new(0x0, b"!"),
        Frame::binary(b"").more(),
        Frame::new(0x0, b"\x00\xff").more(),
        Frame::new(0x0, b""),
    ]);
    assert_eq!(socket.frame(), Frame::new(0xa, b"between").unmasked());
    app.expect_text("🦀!");
    app.expect_binary(b"\x00\xff");
}

/// Pings of WebSocket are answered with what they carry; its pongs mean nothing.
pub fn c02_websocket_pings_are_answered<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    for payload in [&b""[..], b"are you there", &[0xff; 125]] {
        socket.send(&[Frame::new(0x9, payload)]);
        assert_eq!(socket.frame(), Frame::new(0xa, payload).unmasked());
    }
    socket.send(&[Frame::new(0xa, b"unasked")]);
    socket.text("4echo on");
    socket.expect("4echo on");
}

/// Everything that a frame's head can have wrong ends the session with 1002.
pub fn f18_broken_frames<A: Adapter>() {
    let server = Server::<A>::start();
    let broken = [
        ("unmasked text", Frame::text("4hi").unmasked()),
        ("unmasked binary", Frame::binary(b"hi").unmasked()),
        ("unmasked ping", Frame::new(0x9, b"").unmasked()),
        ("RSV1", Frame::text("4hi").first(0xc1)),
        ("RSV2", Frame::text("4hi").first(0xa1)),
        ("RSV3", Frame::text("4hi").first(0x91)),
        ("opcode 3", Frame::new(0x3, b"4hi")),
        ("opcode 7", Frame::new(0x7, b"4hi")),
        ("opcode 11", Frame::new(0xb, b"")),
        ("opcode 15", Frame::new(0xf, b"")),
        ("a ping of 126 bytes", Frame::new(0x9, &[0; 126])),
        ("a fragmented ping", Frame::new(0x9, b"").more()),
        ("a continuation of nothing", Frame::new(0x0, b"4hi")),
        ("a close with one byte", Frame::new(0x8, b"\x03")),
    ];
    for (what, frame) in broken {
        ends(&server, what, &[Frame::text("4before"), frame, Frame::text("4after")], 1002, WsFault::Protocol);
    }
    let unfinished = [Frame::text("4before"), Frame::text("4a").more(), Frame::text("4b")];
    ends(&server, "a message within a message", &unfinished, 1002, WsFault::Protocol);
}

/// A Close frame with a code that none may carry is answered with 1002; the session is over either way.
pub fn f18_close_codes_that_do_not_exist<A: Adapter>() {
    let server = Server::<A>::start();
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
        let (mut socket, sid) = WebSocket::handshake(server.addr());
        socket.send(&[Frame::new(0x8, &code.to_be_bytes())]);
        assert_eq!(socket.frame().close_code(), Some(1002), "{code}");
        assert_ne!(socket.into_conn().ended(), Ended::Silence, "{code}");
        let app = server.session(&sid);
        app.expect_websocket();
        assert!(matches!(app.next(), Seen::Close(_)), "{code}");
    }
}

/// Text that is not UTF-8 ends the session with 1007, in one frame or in fragments.
pub fn f11_text_that_is_not_utf8<A: Adapter>() {
    let server = Server::<A>::start();
    for bytes in [&b"4\xff"[..], b"4\xc3", b"4\xed\xa0\x80", b"4\xf4\x90\x80\x80"] {
        let before = Frame::text("4before");
        ends(&server, "bad text", &[before.clone(), Frame::new(0x1, bytes)], 1007, WsFault::Utf8);
        let fragments = [before, Frame::new(0x1, &bytes[..1]).more(), Frame::new(0x0, &bytes[1..])];
        ends(&server, "bad text in fragments", &fragments, 1007, WsFault::Utf8);
    }
}

/// The limit itself is allowed; one byte more ends the session with 1009, in one frame or in fragments.
pub fn p12_b07_messages_up_to_the_limit<A: Adapter>() {
    const LIMIT: usize = 10_000;
    let server = Server::<A>::with(|config| config.max_payload(LIMIT));
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    let (fits, large) = (vec![b'4'; LIMIT], vec![b'4'; LIMIT + 1]);
    socket.send(&[Frame::binary(&fits), Frame::new(0x1, &fits)]);
    app.expect_binary(&fits);
    app.expect_text(&"4".repeat(LIMIT - 1));
    socket.send(&[Frame::binary(&fits[..LIMIT / 2]).more(), Frame::new(0x0, &fits[LIMIT / 2..])]);
    app.expect_binary(&fits);

    let before = Frame::text("4before");
    ends(&server, "one frame", &[before.clone(), Frame::binary(&large)], 1009, WsFault::TooLarge);
    let fragments = [before, Frame::binary(&fits).more(), Frame::new(0x0, b"4")];
    ends(&server, "fragments", &fragments, 1009, WsFault::TooLarge);
}

/// However many fragments a message comes in, and however small they are, it is as large as what they hold.
pub fn c06_f19_tiny_fragments<A: Adapter>() {
    const LIMIT: usize = 5_000;
    let server = Server::<A>::with(|config| config.max_payload(LIMIT));
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    let (one, none) = (Frame::new(0x0, b"x").more(), Frame::new(0x0, b"").more());
    let mut frames = vec![Frame::binary(b"").more()];
    for _ in 0..LIMIT {
        frames.extend([one.clone(), none.clone()]);
    }
    socket.send(&frames);
    socket.send(&[Frame::new(0x0, b"")]);
    app.expect_binary(&[b'x'; LIMIT]);

    frames.push(one);
    ends(&server, "endless fragments", &[&[Frame::text("4before")], &frames[..]].concat(), 1009, WsFault::TooLarge);
}

/// A frame that only claims to be enormous is refused by its head.
pub fn c01_claimed_lengths<A: Adapter>() {
    let server = Server::<A>::start();
    for length in [1_000_001_u64, u64::from(u32::MAX), 1 << 62, (1 << 63) - 1, u64::MAX] {
        let (mut socket, sid) = WebSocket::handshake(server.addr());
        let mut head = vec![0x82, 0xff];
        head.extend(length.to_be_bytes());
        head.extend([0; 4]);
        socket.raw(&head);
        let code = socket.frame().close_code();
        assert!(matches!(code, Some(1009 | 1002)), "{length}: {code:?}");
        let app = server.session(&sid);
        app.expect_websocket();
        let fault = if code == Some(1009) { WsFault::TooLarge } else { WsFault::Protocol };
        app.expect_close(TransportFault::WebSocket(fault));
    }
}

/// Bytes that are no frames at all end the session, in the segment of the request too.
pub fn a02_no_frames_at_all<A: Adapter>() {
    let server = Server::<A>::start();
    for bytes in [&b"test"[..], b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x00\x00\x00", &[0xff; 14]] {
        for early in [false, true] {
            let target = super::client::target("websocket", None);
            let conn = super::client::Conn::open(server.addr());
            let mut socket = WebSocket::upgrade(conn, &target, if early { bytes } else { b"" });
            let first = socket.frame();
            let sid = if first.first == 0x81 {
                Some(String::from_utf8_lossy(&first.payload).split('"').nth(3).expect("a session id").to_owned())
            } else {
                assert_eq!(first.close_code(), Some(1002));
                None
            };
            if !early {
                socket.raw(bytes);
            }
            if let Some(sid) = sid {
                assert_eq!(socket.frame().close_code(), Some(1002));
                let app = server.session(&sid);
                app.expect_websocket();
                app.expect_close(TransportFault::WebSocket(WsFault::Protocol));
            }
            assert_ne!(socket.into_conn().ended(), Ended::Silence);
        }
    }
}

/// Sends frames that end a session and checks how: what came before them counts, what comes after does not.
fn ends<A: Adapter>(server: &Server<A>, what: &str, frames: &[Frame], code: u16, fault: WsFault) {
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    socket.send(frames);
    let frame = socket.frame();
    assert_eq!(frame.close_code(), Some(code), "{what}");
    assert_ne!(socket.into_conn().ended(), Ended::Silence, "{what}");
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_text("before");
    app.expect_close(TransportFault::WebSocket(fault));
    assert!(app.is_read(), "{what}");
}
