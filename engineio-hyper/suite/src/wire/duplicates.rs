//! A second WebSocket for a session that has one, or is getting one: it is opened and closed, and the first never
//! notices. This is the class of mistake that the project exists to make impossible.

use super::client::{Conn, Ended, Frame, Polling, WebSocket, target, upgrade_request};
use super::server::Server;
use crate::Adapter;
use std::thread;

/// Opens a WebSocket that is one too many and checks that it is closed, whatever it says.
fn one_too_many<A: Adapter>(server: &Server<A>, sid: &str) {
    let target = target("websocket", Some(sid));
    WebSocket::open(server.addr(), &target).expect_close(None);

    let frames: Vec<u8> =
        [Frame::text("2probe"), Frame::text("5"), Frame::text("4never")].iter().flat_map(Frame::bytes).collect();
    WebSocket::upgrade(Conn::open(server.addr()), &target, &frames).expect_close(None);

    let mut socket = WebSocket::open(server.addr(), &target);
    let _ = socket.conn().try_send(&frames);
    assert_eq!(socket.frame().close_code(), None);
    assert_ne!(socket.into_conn().ended(), Ended::Silence);

    let mut gone = Conn::open(server.addr());
    gone.send(&upgrade_request(&target));
    gone.rst();
}

/// While the first is being probed.
pub fn f04_p04_second_websocket_while_probing<A: Adapter>() {
    let server = Server::<A>::start();
    for probed in [false, true] {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut first = WebSocket::open(server.addr(), &session.websocket_target());
        if probed {
            first.probe();
        }
        one_too_many(&server, session.sid());
        session.accept("4polled");
        if !probed {
            first.probe();
        }
        one_too_many(&server, session.sid());
        first.text("5");
        first.text("4echo on");
        first.expect("4echo on");
        app.expect_text("polled");
        app.expect(&super::app::Seen::Upgrade);
        app.expect_text("echo on");
        assert!(app.is_read());
    }
}

/// After the first has taken over.
pub fn f04_second_websocket_after_the_upgrade<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    let mut first = WebSocket::open(server.addr(), &session.websocket_target());
    first.probe_and_upgrade();
    app.expect(&super::app::Seen::Upgrade);
    for _ in 0..5 {
        one_too_many(&server, session.sid());
        first.text("4echo on");
        first.expect("4echo on");
        app.expect_text("echo on");
    }
    assert!(app.is_read());
}

/// In a session that has been on WebSocket from its beginning.
pub fn h24_second_websocket_of_a_websocket_session<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut first, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    for _ in 0..5 {
        one_too_many(&server, &sid);
        first.text("4echo on");
        first.expect("4echo on");
        app.expect_text("echo on");
    }
    assert!(app.is_read());
}

/// In a session that is closing over its WebSocket's head: there is nothing to join.
pub fn f04_second_websocket_after_the_end<A: Adapter>() {
    let server = Server::<A>::start();
    let (socket, sid) = WebSocket::handshake(server.addr());
    let app = server.session(&sid);
    app.expect_websocket();
    app.socket().discard();
    socket.expect_close(None);
    Conn::open(server.addr()).exchange(&upgrade_request(&target("websocket", Some(&sid)))).expect_refusal(1);
}

/// A hundred at once: one becomes the session's WebSocket, the others are closed.
pub fn f04_a_hundred_at_once<A: Adapter>() {
    let server = Server::<A>::start();
    let addr = server.addr();
    let session = Polling::open(addr);
    let app = server.session(session.sid());
    app.expect_polling();
    let mut winners: Vec<WebSocket> = thread::scope(|scope| {
        let attempts: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let sockets: Vec<_> = (0..25)
                        .map(|_| {
                            let mut conn = Conn::open(addr);
                            conn.send(&upgrade_request(&session.websocket_target()));
                            conn
                        })
                        .collect();
                    let open = sockets.into_iter().filter_map(|conn| {
                        let mut socket = WebSocket::switched(conn);
                        let _ = socket.conn().try_send(&Frame::text("2probe").bytes());
                        let frame = socket.frame();
                        if frame.first == 0x88 {
                            assert_eq!(frame.close_code(), None);
                            return None;
                        }
                        assert_eq!(frame, Frame::text("3probe").unmasked());
                        Some(socket)
                    });
                    open.collect::<Vec<_>>()
                })
            })
            .collect();
        attempts.into_iter().flat_map(|attempt| attempt.join().expect("an attempt does not panic")).collect()
    });
    assert_eq!(winners.len(), 1);
    let winner = winners.last_mut().expect("there is one");
    winner.text("5");
    winner.text("4echo on");
    winner.expect("4echo on");
    app.expect(&super::app::Seen::Upgrade);
    app.expect_text("echo on");
    assert!(app.is_read());
}
