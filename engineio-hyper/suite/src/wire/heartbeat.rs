//! The heartbeat: it comes, it must be answered, and nothing else takes its place.

use super::app::Seen;
use super::client::{Frame, Polling, WebSocket};
use super::server::{Server, ms};
use crate::Adapter;
use core::sync::atomic::{AtomicBool, Ordering};
use engineio_hyper::{CloseReason, TransportFault};
use std::thread;

/// Fast enough to be waited for, with all the time in the world to answer.
fn pinging<A: Adapter>() -> Server<A> {
    Server::<A>::with(|config| config.ping_interval(ms(60)))
}

/// Fast, and strict.
fn strict<A: Adapter>() -> Server<A> {
    Server::<A>::with(|config| config.ping_interval(ms(60)).ping_timeout(ms(250)))
}

/// Over polling a ping answers the GET, again and again.
pub fn pings_over_polling<A: Adapter>() {
    let server = pinging::<A>();
    let mut session = Polling::open(server.addr());
    for _ in 0..4 {
        session.expect("2");
        session.accept("3");
    }
    session.accept("4echo on");
    session.expect("4echo on");
}

/// Over WebSocket a ping is a text frame, again and again.
pub fn pings_over_websocket<A: Adapter>() {
    let server = pinging::<A>();
    let (mut socket, _) = WebSocket::handshake(server.addr());
    for _ in 0..4 {
        socket.expect("2");
        socket.text("3");
    }
    socket.text("4echo on");
    socket.expect("4echo on");
}

/// Without the answer a polling session is over; a parked GET is told so.
pub fn f23_ping_timeout_over_polling<A: Adapter>() {
    let server = strict::<A>();
    let mut session = Polling::open(server.addr());
    session.expect("2");
    session.expect("1");
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_close(CloseReason::PingTimeout);
    session.expect_gone();
}

/// Without the answer a WebSocket session is over; its WebSocket is closed in order.
pub fn f23_ping_timeout_over_websocket<A: Adapter>() {
    let server = strict::<A>();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    socket.expect("2");
    socket.expect_close(None);
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_close(CloseReason::PingTimeout);
}

/// Messages are no answer to a ping.
pub fn messages_are_no_pongs<A: Adapter>() {
    let server = strict::<A>();
    let (socket, sid) = WebSocket::handshake(server.addr());
    let mut conn = socket.into_conn();
    let app = server.session(&sid);
    app.expect_websocket();
    loop {
        let _ = conn.try_send(&Frame::text("4on").bytes());
        match app.next() {
            Seen::Close(reason) => break assert_eq!(reason, CloseReason::PingTimeout),
            seen => assert_eq!(seen, Seen::Text("on".to_owned())),
        }
    }
}

/// An unasked-for pong does not put the next ping off, however often it comes.
pub fn h41_unsolicited_pongs<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(200)));
    let (mut socket, _) = WebSocket::handshake(server.addr());
    let session = Polling::open(server.addr());
    let mut polled = session.begin_get();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut writer = socket.conn().writer();
        let mut poster = Polling::attach(server.addr(), session.sid());
        let done = &done;
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                writer.send(&Frame::text("3").bytes());
                poster.accept("3");
                thread::sleep(ms(5));
            }
        });
        let frame = socket.try_frame();
        let polled = polled.try_response();
        done.store(true, Ordering::Relaxed);
        assert_eq!(frame, Ok(Frame::text("2").unmasked()));
        assert_eq!(polled.expect("the GET is answered").packets(), "2");
    });
}

/// A session on polling that asks for nothing after its handshake ends soon; each kind of request keeps it.
pub fn u09_a_first_request_is_due<A: Adapter>() {
    let server = Server::<A>::with(|config| config.first_request_timeout(ms(3000)));
    let (mut websocket, _) = WebSocket::handshake(server.addr());
    let polls = Polling::open(server.addr());
    let _parked = polls.park();
    let mut posts = Polling::open(server.addr());
    posts.accept("4x");
    let upgrades = Polling::open(server.addr());
    let _candidate = WebSocket::open(server.addr(), &upgrades.websocket_target());
    // The last one, so that the others have lived for as long when it ends.
    let mut silent = Polling::open(server.addr());
    let app = server.session(silent.sid());
    app.expect_polling();
    app.expect_close(CloseReason::PingTimeout);
    silent.expect_gone();
    server.session(posts.sid()).expect_polling();
    server.session(posts.sid()).expect_text("x");
    for session in [&polls, &upgrades] {
        server.session(session.sid()).expect_polling();
    }
    for session in [&polls, &posts, &upgrades] {
        assert!(server.session(session.sid()).is_read(), "it goes on");
    }
    websocket.text("4echo on");
    websocket.expect("4echo on");
}

/// A flood of pongs costs nothing and changes nothing.
pub fn c09_pong_flood<A: Adapter>() {
    let server = Server::<A>::start();
    let (mut socket, sid) = WebSocket::handshake(server.addr());
    let flood = Frame::text("3").bytes().repeat(100_000);
    socket.raw(&flood);
    socket.text("4echo on");
    socket.expect("4echo on");
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_text("echo on");
    assert!(app.is_read());
}

/// A client of protocol 4 does not ping; if it does, its session is over.
pub fn f14_ping_from_the_client<A: Adapter>() {
    let server = Server::<A>::start();
    for ping in ["2", "2probe", "4before\x1e2\x1e4after"] {
        let mut session = Polling::open(server.addr());
        let mut parked = session.park();
        session.post(ping).expect_refusal(3);
        assert_eq!(parked.response().packets(), "1");
        let app = server.session(session.sid());
        app.expect_polling();
        if ping.starts_with('4') {
            app.expect_text("before");
        }
        app.expect_close(TransportFault::HeartbeatDirection);
        session.expect_gone();
    }
    for ping in ["2", "2probe"] {
        let (mut socket, sid) = WebSocket::handshake(server.addr());
        socket.text(ping);
        socket.expect_close(None);
        let app = server.session(&sid);
        app.expect_websocket();
        app.expect_close(TransportFault::HeartbeatDirection);
    }
}

/// A ping that is outstanding when the session moves to WebSocket must be answered there.
pub fn h27_ping_outstanding_at_the_upgrade<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(100)).ping_timeout(ms(500)));
    let mut session = Polling::open(server.addr());
    session.expect("2");
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe_and_upgrade();
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect(&Seen::Upgrade);
    socket.expect_close(None);
    app.expect_close(CloseReason::PingTimeout);
}

/// The heartbeat goes on over the new transport, and its answer counts whichever way it comes.
pub fn h27_pings_after_the_upgrade<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(100)));
    let mut session = Polling::open(server.addr());
    session.expect("2");
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe_and_upgrade();
    for _ in 0..3 {
        socket.text("3");
        socket.expect("2");
    }
}

/// Pings go on while a candidate is being probed: over polling.
pub fn c12_pings_while_probing<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(300)).ping_timeout(ms(300)));
    let mut session = Polling::open(server.addr());
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    session.expect("6");
    loop {
        match session.get().packets() {
            "6" => {}
            packets => break assert_eq!(packets, "2"),
        }
    }
    // It is not answered. The end may come between two GETs.
    loop {
        let response = session.get();
        if response.status != 200 {
            break response.expect_refusal(1);
        }
        match response.packets() {
            "6" => {}
            packets => break assert_eq!(packets, "1"),
        }
    }
    socket.expect_close(None);
    let app = server.session(session.sid());
    app.expect_polling();
    app.expect_close(CloseReason::PingTimeout);
}
