//! Upgrades that fail. Whatever becomes of the candidate, the session goes on polling with nothing lost.

use super::client::{Conn, Ended, Frame, Polling, WebSocket, upgrade_request};
use super::server::{Server, ms};
use crate::Adapter;
use std::time::Instant;

/// Checks that a session goes on polling, and that it can still be upgraded.
fn goes_on<A: Adapter>(server: &Server<A>, session: &mut Polling) {
    let app = server.session(session.sid());
    app.send("still");
    loop {
        match session.get().packets() {
            // Left over from a probe.
            "6" => {}
            packets => break assert_eq!(packets, "4still"),
        }
    }
    session.accept("4echo here");
    session.expect("4echo here");
    let start = Instant::now();
    let mut socket = loop {
        // The server may not have noticed yet that the candidate is gone; it then says so.
        assert!(start.elapsed() < ms(1000), "a candidate that is gone makes room for another");
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        socket.text("2probe");
        match socket.frame() {
            frame if frame.first == 0x88 => assert_eq!(frame.close_code(), None),
            frame => {
                assert_eq!(frame, Frame::text("3probe").unmasked());
                break socket;
            }
        }
    };
    socket.text("5");
    socket.text("4echo up");
    socket.expect("4echo up");
}

/// A candidate that begins with anything but the probe is closed, with a code only if WebSocket itself was broken.
pub fn f20_wrong_beginnings<A: Adapter>() {
    let server = Server::<A>::start();
    let beginnings = [
        Frame::text("5"),
        Frame::text("4early"),
        Frame::text("2"),
        Frame::text("2x"),
        Frame::text("2probe "),
        Frame::text("3probe"),
        Frame::text("3"),
        Frame::text("6"),
        Frame::text("0{}"),
        Frame::text("1"),
        Frame::text(""),
        Frame::text("x"),
        Frame::text("bAQ=="),
        Frame::binary(b"2probe"),
        Frame::binary(b""),
    ];
    for frame in beginnings {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        socket.send(&[frame, Frame::text("4never")]);
        socket.expect_close(None);
        assert!(app.is_read());
        goes_on(&server, &mut session);
    }
}

/// A candidate that says anything but the completion after its probe is closed.
pub fn f20_wrong_completions<A: Adapter>() {
    let server = Server::<A>::start();
    for frame in [Frame::text("4early"), Frame::text("6"), Frame::text(""), Frame::binary(b"5"), Frame::text("1")] {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        socket.probe();
        socket.send(&[frame, Frame::text("5"), Frame::text("4never")]);
        socket.expect_close(None);
        assert!(app.is_read());
        goes_on(&server, &mut session);
    }
}

/// A candidate that breaks WebSocket is closed with the code for it.
pub fn a02_broken_candidates<A: Adapter>() {
    let server = Server::<A>::start();
    for probed in [false, true] {
        for (frame, code) in [
            (Frame::text("2probe").unmasked(), 1002),
            (Frame::text("2probe").first(0xf1), 1002),
            (Frame::new(0x1, b"2\xff"), 1007),
        ] {
            let mut session = Polling::open(server.addr());
            let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
            if probed {
                socket.probe();
            }
            socket.send(&[frame]);
            socket.expect_close(Some(code));
            goes_on(&server, &mut session);
        }
    }
}

/// A candidate that says nothing, or nothing after its probe, is closed when its time is over.
pub fn f20_h42_upgrade_timeout<A: Adapter>() {
    let server = Server::<A>::with(|config| config.upgrade_timeout(ms(300)));
    for probed in [false, true] {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        let mut parked = session.park();
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        if probed {
            socket.probe();
            assert_eq!(parked.response().packets(), "6");
        }
        socket.expect_close(None);
        if !probed {
            app.send("polling went on");
            assert_eq!(parked.response().packets(), "4polling went on");
        }
        goes_on(&server, &mut session);
    }
}

/// After a failed upgrade a GET is parked again, for as long as there is nothing to say.
pub fn f21_back_to_polling<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    session.expect("6");
    socket.text("4early");
    socket.expect_close(None);
    let mut parked = session.begin_get();
    parked.expect_quiet(ms(250));
    server.session(session.sid()).send("news");
    assert_eq!(parked.response().packets(), "4news");
    goes_on(&server, &mut session);
}

/// A candidate that goes away, by FIN or by RST, before its 101, after it, or after the probe, takes nothing with it.
pub fn a03_candidates_that_go_away<A: Adapter>() {
    let server = Server::<A>::start();
    for reset in [false, true] {
        for stage in ["requested", "open", "probe sent", "probed"] {
            let mut session = Polling::open(server.addr());
            let app = server.session(session.sid());
            let mut parked = session.park();
            let mut conn = Conn::open(server.addr());
            conn.send(&upgrade_request(&session.websocket_target()));
            let conn = if stage == "requested" {
                conn
            } else {
                let mut socket = WebSocket::switched(conn);
                match stage {
                    "probe sent" => socket.text("2probe"),
                    "probed" => socket.probe(),
                    _ => {}
                }
                socket.into_conn()
            };
            if reset {
                conn.rst();
            } else {
                conn.fin();
                let mut conn = conn;
                assert_ne!(conn.ended(), Ended::Silence, "the candidate's connection ends: {stage}");
            }
            app.send("nothing lost");
            let response = parked.response();
            match response.packets() {
                "6" => session.expect("4nothing lost"),
                packets => assert_eq!(packets, "4nothing lost"),
            }
            goes_on(&server, &mut session);
        }
    }
}

/// A candidate that closes its WebSocket in order takes nothing with it either.
pub fn p03_candidate_closes_in_order<A: Adapter>() {
    let server = Server::<A>::start();
    for probed in [false, true] {
        let mut session = Polling::open(server.addr());
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        if probed {
            socket.probe();
        }
        socket.send(&[Frame::new(0x8, b"\x03\xe8")]);
        assert_eq!(socket.frame().close_code(), Some(1000));
        socket.conn().expect_end();
        goes_on(&server, &mut session);
    }
}

/// Many refused and reset upgrade requests leave nothing behind.
pub fn a03_refused_upgrades_reset_at_once<A: Adapter>() {
    let server = Server::<A>::start();
    for _ in 0..200 {
        let mut conn = Conn::open(server.addr());
        conn.send(&upgrade_request("/engine.io/?EIO=4&transport=abc"));
        conn.rst();
    }
    server.expect_sessions(0);
}
