//! Every way in which a session ends in order.

use super::app::Seen;
use super::client::{Conn, Ended, Frame, LIMIT, Polling, WebSocket, target};
use super::server::{Server, ms};
use crate::Adapter;
use engineio_hyper::{CloseReason, Message, SendError};
use std::thread;
use std::time::Instant;

/// The peer closes over POST: its GET is answered with a noop packet, the POST with `ok`.
pub fn peer_closes_over_polling<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    session.accept("1");
    assert_eq!(parked.response().packets(), "6");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_close(CloseReason::TransportClose);
    session.expect_gone();
}

/// The peer closes by a packet over WebSocket: its WebSocket is closed, and nothing after the packet counts.
pub fn h40_close_packet_over_websocket<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    socket.send(&[Frame::text("4first"), Frame::text("1"), Frame::text("4late")]);
    socket.expect_close(None);
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_text("first");
    app.expect_close(CloseReason::TransportClose);
    assert!(app.is_read());
}

/// The peer closes its WebSocket, with or without a code: the handshake is completed and the session is over.
pub fn peer_closes_its_websocket<A: Adapter>() {
    let server = Server::<A>::start();
    for payload in [&b""[..], b"\x03\xe8", b"\x03\xe9bye", b"\x0f\xa0own code"] {
        let (mut socket, sid) = WebSocket::handshake(server.addr());
        socket.send(&[Frame::text("4last"), Frame::new(0x8, payload)]);
        let answer = socket.frame();
        assert_eq!(answer.close_code(), payload.first_chunk().map(|code| u16::from_be_bytes(*code)));
        socket.conn().expect_end();
        let app = server.session(&sid);
        app.expect_websocket();
        app.expect_text("last");
        app.expect_close(CloseReason::TransportClose);
    }
}

/// The application closes while a GET is parked: it gets the close packet.
pub fn application_closes_beside_a_get<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let app = server.session(session.sid());
    app.expect_polling();
    app.socket().close();
    assert_eq!(parked.response().packets(), "1");
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();
}

/// The application closes while no GET is parked: the next one learns it.
pub fn application_closes_without_a_get<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.socket().close();
    session.expect("6\x1e1");
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();
}

/// What was sent before the close is fetched first; the GET after that learns of the close.
pub fn h46_application_closes_with_data_queued<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send("one");
    app.send("two");
    app.socket().close();
    let refused = app.socket().try_send(Message::from("late"));
    assert_eq!(refused, Err(SendError::Closed("late".into())));
    session.expect("4one\x1e4two");
    session.expect("6\x1e1");
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();
}

/// A POST while the session is closing is taken: what is answered `ok` is delivered.
pub fn h33_post_while_closing<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send("last");
    app.socket().close();
    session.accept("4last words");
    app.expect_text("last words");
    session.expect("4last");
    session.expect("6\x1e1");
    app.expect_close(CloseReason::ForcedClose);
}

/// Everything that was sent leaves over WebSocket before the Close frame, which has no code.
pub fn application_closes_over_websocket<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    for n in 0..500 {
        app.send(&n.to_string());
    }
    app.socket().close();
    for n in 0..500 {
        socket.expect(&format!("4{n}"));
    }
    socket.expect_close(None);
    app.expect_close(CloseReason::ForcedClose);
}

/// A peer that does not answer the Close frame is not waited for without end.
pub fn close_frame_without_an_answer<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    app.socket().close();
    assert_eq!(socket.frame().close_code(), None);
    app.expect_close(CloseReason::ForcedClose);
    socket.conn().expect_end();
}

/// A peer that answers the Close frame with everything else is not listened to without end.
pub fn close_frame_answered_by_a_flood<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    app.socket().close();
    assert_eq!(socket.frame().close_code(), None);
    app.expect_close(CloseReason::ForcedClose);
    let mut conn = socket.into_conn();
    let flood = Frame::text("4still here").bytes().repeat(100);
    let start = Instant::now();
    while conn.try_send(&flood).is_ok() {
        assert!(start.elapsed() < LIMIT, "the connection ends");
    }
    assert_ne!(conn.ended(), Ended::Silence);
    assert!(app.is_read());
}

/// Discarding ends the session at once, whatever is queued, on each transport.
pub fn discard_does_not_wait<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send("never fetched");
    app.socket().discard();
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();

    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let app = server.session(session.sid());
    app.expect_polling();
    app.socket().discard();
    assert_eq!(parked.response().packets(), "1");
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();

    let (socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    app.socket().discard();
    app.expect_close(CloseReason::ForcedClose);
    socket.expect_close(None);
}

/// A second close changes nothing; discarding what is being closed ends it at once.
pub fn h28_close_twice<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send("never fetched");
    app.socket().close();
    app.socket().close();
    app.socket().discard();
    app.expect_close(CloseReason::ForcedClose);
    app.socket().discard();
    app.socket().close();
    session.expect_gone();
    assert!(app.is_read());
}

/// A close that the peer never fetches ends by its own time limit.
pub fn f41_close_timeout<A: Adapter>() {
    let server = Server::<A>::with(|config| config.close_timeout(ms(100)));
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send("never fetched");
    app.socket().close();
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();
}

/// A close over a WebSocket that the peer does not read ends by its own time limit.
pub fn f41_close_timeout_over_websocket<A: Adapter>() {
    let server = Server::<A>::with(|config| config.close_timeout(ms(100)).max_queue_bytes(64 << 20));
    let conn = Conn::open_narrow(server.addr(), 4096);
    let mut socket = WebSocket::upgrade(conn, &target("websocket", None), b"");
    let sid = socket.opened();
    let app = server.session(&sid);
    app.expect_websocket();
    app.send(&"x".repeat(32 << 20));
    app.socket().close();
    app.expect_close(CloseReason::ForcedClose);
    // Nor does the connection stay.
    let mut conn = socket.into_conn();
    let start = Instant::now();
    while conn.try_send(&Frame::text("3").bytes()).is_ok() {
        assert!(start.elapsed() < LIMIT, "the connection ends");
        thread::sleep(ms(1));
    }
}

/// Closing while a candidate is being probed, whose peer goes on polling: what is queued leaves there, and the candidate
/// ends with the session.
pub fn h07_application_closes_while_probing<A: Adapter>() {
    let server = Server::<A>::start();
    for probed in [false, true] {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        if probed {
            socket.probe();
        }
        app.send("last");
        app.socket().close();
        session.expect("4last");
        session.expect("6\x1e1");
        socket.expect_close(None);
        app.expect_close(CloseReason::ForcedClose);
        session.expect_gone();
    }
}

/// As above, with a peer that has stopped polling and goes over: what is queued leaves there.
pub fn h07_application_closes_before_the_switch<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    app.send("last");
    app.socket().close();
    socket.send(&[Frame::text("5")]);
    socket.expect("4last");
    socket.expect_close(None);
    app.expect(&Seen::Upgrade);
    app.expect_close(CloseReason::ForcedClose);
    session.expect_gone();
}

/// All sessions are closed at once: those that wait are told, the others learn it when they ask.
pub fn a11_close_all<A: Adapter>() {
    let server = Server::<A>::start();
    let mut idle = Polling::open(server.addr());
    let (mut parked, mut probing) = (Polling::open(server.addr()), Polling::open(server.addr()));
    let mut get = parked.park();
    let mut candidate = WebSocket::open(server.addr(), &probing.websocket_target());
    candidate.probe();
    let (socket, sid) = WebSocket::handshake(server.addr());
    server.close_all();
    assert_eq!(get.response().packets(), "1");
    idle.expect("6\x1e1");
    probing.expect("6\x1e1");
    for conn in [candidate, socket] {
        let mut conn = conn;
        let code = conn.frame().close_code();
        assert!(matches!(code, None | Some(1001)), "{code:?}");
        conn.conn().expect_end();
    }
    for sid in [idle.sid(), parked.sid(), probing.sid()] {
        let app = server.session(sid);
        app.expect_polling();
        app.expect_close(CloseReason::ForcedClose);
    }
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_close(CloseReason::ForcedClose);
    parked.expect_gone();
    server.expect_sessions(0);
}
