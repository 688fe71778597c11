//! Messages over a session's WebSocket.

use super::client::{Conn, Frame, Polling, WebSocket, target};
use super::server::Server;
use crate::Adapter;
use core::iter;
use engineio_hyper::{CloseReason, PacketError};

/// Sizes around every boundary of the frame's length field, and a large one.
const SIZES: [usize; 10] = [0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 256 * 1024];

/// Text and bytes of every size, in both directions.
pub fn messages_of_every_size<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    for size in SIZES {
        let text = "é".repeat(size / 2) + &"x".repeat(size % 2);
        socket.text(&format!("4{text}"));
        app.expect_text(&text);
        app.send(&text);
        socket.expect(&format!("4{text}"));

        let bytes: Vec<u8> = (0..size).map(|n| n.to_le_bytes()[0]).collect();
        socket.binary(&bytes);
        app.expect_binary(&bytes);
        app.send_binary(&bytes);
        socket.expect_binary(&bytes);
    }
}

/// Many messages, written at once, arrive in order; so do the ones that go out.
pub fn messages_stay_in_order<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    let frames: Vec<_> = (0..2000).map(|n| Frame::text(&format!("4{n}"))).collect();
    socket.send(&frames);
    (0..2000).for_each(|n| app.expect_text(&n.to_string()));
    (0..2000).for_each(|n| app.send(&n.to_string()));
    (0..2000).for_each(|n| socket.expect(&format!("4{n}")));
}

/// Emoji and the character that separates packets over polling are ordinary here.
pub fn h38_p08_a_separator_is_a_character<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    socket.text("4🦀\x1e1");
    app.expect_text("🦀\x1e1");
    app.send("🦀\x1e1");
    socket.expect("4🦀\x1e1");
}

/// Base64 in a text frame is a binary message too.
pub fn base64_in_a_text_frame<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    socket.text("bAQID");
    app.expect_binary(&[1, 2, 3]);
}

/// A text frame that is no packet ends the session; what came before it counts.
pub fn frames_that_are_no_packets<A: Adapter>() {
    let server = Server::<A>::start();
    for (text, error) in [
        ("", PacketError::Empty),
        ("9", PacketError::UnknownType(b'9')),
        ("hello", PacketError::UnknownType(b'h')),
        ("b!", PacketError::Base64),
    ] {
        let (mut socket, sid) = WebSocket::handshake(server.addr());
        socket.send(&[Frame::text("4before"), Frame::text(text), Frame::text("4after")]);
        socket.expect_close(None);
        let app = server.session(&sid);
        app.expect_websocket();
        app.expect_text("before");
        app.expect_close(CloseReason::ParseError(error));
        assert!(app.is_read());
    }
}

/// An empty binary frame is an empty message.
pub fn an_empty_binary_frame_is_a_message<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    socket.binary(b"");
    app.expect_binary(b"");
    app.send_binary(b"");
    socket.expect_binary(b"");
}

/// Packets that are not a client's to send on an open WebSocket change nothing.
pub fn f14_packets_without_effect_over_websocket<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    for text in ["0{}", "3", "3probe", "5", "6"] {
        socket.text(text);
    }
    socket.text("4echo on");
    socket.expect("4echo on");
    app.expect_text("echo on");
    assert!(app.is_read());
}

/// Bytes that come in the same segment as the request are the first frames.
pub fn frames_in_the_segment_of_the_request<A: Adapter>() {
    let server = Server::<A>::start();
    let early: Vec<u8> = [Frame::text("4echo 1"), Frame::text("4echo 2")].iter().flat_map(Frame::bytes).collect();
    for cut in 0..early.len() {
        let (early, later) = early.split_at(cut);
        let mut socket = WebSocket::upgrade(Conn::open(server.addr()), &target("websocket", None), early);
        let sid = socket.opened();
        socket.raw(later);
        socket.expect("4echo 1");
        socket.expect("4echo 2");
        server.session(&sid).expect_websocket();
    }
}

/// Frames may come byte by byte.
pub fn f10_frames_byte_by_byte<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, _) = WebSocket::handshake(server.addr());
    for byte in Frame::text("4echo byte by byte").bytes() {
        socket.raw(&[byte]);
    }
    socket.expect("4echo byte by byte");
}

/// Sessions do not mix, however many there are on either transport.
pub fn sessions_do_not_mix<A: Adapter>() {
    let server = Server::<A>::start();
    let mut sockets: Vec<_> = iter::repeat_with(|| WebSocket::handshake(server.addr())).take(30).collect();
    let mut sessions: Vec<_> = iter::repeat_with(|| Polling::open(server.addr())).take(30).collect();
    for round in 0..3 {
        for (socket, sid) in &mut sockets {
            socket.text(&format!("4echo {round} {sid}"));
        }
        for session in &mut sessions {
            session.accept(format!("4echo {round} {}", session.sid()));
        }
        for (socket, sid) in &mut sockets {
            socket.expect(&format!("4echo {round} {sid}"));
        }
        for session in &mut sessions {
            session.expect(format!("4echo {round} {}", session.sid()));
        }
    }
}
