//! The upgrade from polling to WebSocket, as it should go.

use super::app::Seen;
use super::client::{Conn, Frame, Polling, QUIET, Response, WebSocket, upgrade_request};
use super::server::{Server, ms};
use crate::Adapter;
use engineio_hyper::Transport;

/// The whole dance, as a client does it: everything that was sent before and after arrives once, in order.
pub fn upgrade_as_clients_do_it<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    session.accept("4one");
    app.send("1");
    let mut parked = session.begin_get();
    assert_eq!(parked.response().packets(), "41");

    let mut parked = session.park();
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.text("2probe");
    assert_eq!(parked.response().packets(), "6");
    socket.expect("3probe");
    session.accept("4two");
    app.send("2");
    session.expect("42");
    socket.text("5");
    app.expect_text("one");
    app.expect_text("two");
    app.expect(&Seen::Upgrade);
    assert_eq!(app.socket().transport(), Transport::WebSocket);

    app.send("3");
    app.send_binary(b"\x00\xff");
    socket.expect("43");
    socket.expect_binary(b"\x00\xff");
    socket.text("4three");
    app.expect_text("three");
    session.get().expect_refusal(3);
    session.post("4late").expect_refusal(3);
    socket.text("4echo on");
    socket.expect("4echo on");
}

/// A GET that is parked when the probe comes is released at once; without one, the next is.
pub fn f21_get_is_released_at_the_probe<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let mut parked = session.park();
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    parked.expect_quiet(QUIET);
    socket.probe();
    assert_eq!(parked.response().packets(), "6");
    socket.text("5");

    let mut session = Polling::open(server.addr());
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    session.expect("6");
    socket.text("5");
    socket.text("4echo on");
    socket.expect("4echo on");
}

/// Later GETs of the same probe are parked for a while, so that a client whose answer is held up does not spin.
pub fn f21_later_gets_are_slowed_down<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    session.expect("6");
    for _ in 0..3 {
        let start = std::time::Instant::now();
        session.expect("6");
        let elapsed = start.elapsed();
        // The interval is 100 ms; clocks may be a little off.
        assert!(elapsed >= ms(90), "released after {elapsed:?}");
    }
    socket.text("5");
    socket.text("4echo on");
    socket.expect("4echo on");
}

/// Data does not wait for that: it goes to the parked GET at once, not to the candidate.
pub fn p03_messages_go_to_polling_until_the_switch<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    app.send("before the probe");
    session.expect("4before the probe");
    socket.probe();
    app.send("after the probe");
    session.expect("4after the probe");
    session.expect("6");
    let mut later = session.begin_get();
    app.send("to a later one");
    assert_eq!(later.response().packets(), "4to a later one");
    app.send("to be taken along");
    socket.conn().expect_quiet(QUIET);
    socket.text("5");
    socket.expect("4to be taken along");
}

/// Checks that a GET was released by the upgrade, unless it came too late for that.
fn released(response: &Response) {
    if response.status == 200 {
        assert_eq!(response.packets(), "6");
    } else {
        response.expect_refusal(3);
    }
}

/// A GET that is parked when the upgrade is completed is released with a noop packet.
pub fn get_is_released_at_the_switch<A: Adapter>() {
    let server = Server::<A>::start();
    for _ in 0..5 {
        let mut session = Polling::open(server.addr());
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        socket.probe();
        session.expect("6");
        let mut later = session.begin_get();
        socket.text("5");
        socket.text("4echo on");
        socket.expect("4echo on");
        released(&later.response());
    }
}

/// Probe and completion in one segment are as good as one after the other; so are all three with the request.
pub fn f20_probe_and_completion_in_one_segment<A: Adapter>() {
    let server = Server::<A>::start();
    for early in [false, true] {
        let session = Polling::open(server.addr());
        let mut parked = session.park();
        let app = server.session(session.sid());
        app.expect_polling();
        let frames = [Frame::text("2probe"), Frame::text("5"), Frame::text("4first"), Frame::text("4echo second")];
        let mut socket = if early {
            let frames: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
            WebSocket::upgrade(Conn::open(server.addr()), &session.websocket_target(), &frames)
        } else {
            let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
            socket.send(&frames);
            socket
        };
        socket.expect("3probe");
        socket.expect("4echo second");
        released(&parked.response());
        app.expect(&Seen::Upgrade);
        app.expect_text("first");
        app.expect_text("echo second");
    }
}

/// A second probe is answered again.
pub fn f20_probe_twice<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    socket.probe();
    socket.text("5");
    socket.text("4echo on");
    socket.expect("4echo on");
}

/// A POST whose body is on its way when the upgrade is completed is answered `ok`, and its messages come before the
/// WebSocket's, which carries messages to the peer meanwhile.
pub fn f22_post_on_its_way_at_the_switch<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    let mut upload = session.upload("4one\x1e4two".len());
    upload.send(b"4one\x1e");
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.send(&[Frame::text("2probe"), Frame::text("5"), Frame::text("4three"), Frame::binary(b"four")]);
    socket.expect("3probe");
    app.expect(&Seen::Upgrade);
    app.send("meanwhile");
    socket.expect("4meanwhile");
    socket.conn().expect_quiet(QUIET);
    assert!(app.is_read(), "the WebSocket's messages wait");
    upload.send(b"4two");
    upload.into_conn().response().expect(200, "ok");
    app.expect_text("one");
    app.expect_text("two");
    app.expect_text("three");
    app.expect_binary(b"four");
    app.send("after");
    socket.expect("4after");
}

/// Messages in both directions at every step: none is lost, doubled or reordered.
pub fn f22_messages_at_every_step<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    let mut sent = 0;
    let mut both = |session: &mut Polling| {
        session.accept(format!("4{sent}"));
        app.send(&sent.to_string());
        sent += 1;
        sent - 1
    };
    let fetched = |session: &mut Polling, n: u32| {
        loop {
            match session.get().packets() {
                "6" => {}
                packets => break assert_eq!(packets, format!("4{n}")),
            }
        }
    };
    let n = both(&mut session);
    fetched(&mut session, n);
    let mut conn = Conn::open(server.addr());
    conn.send(&upgrade_request(&session.websocket_target()));
    let n = both(&mut session);
    fetched(&mut session, n);
    let mut socket = WebSocket::switched(conn);
    let n = both(&mut session);
    fetched(&mut session, n);
    socket.text("2probe");
    let n = both(&mut session);
    fetched(&mut session, n);
    socket.expect("3probe");
    let n = both(&mut session);
    fetched(&mut session, n);
    let n = both(&mut session);
    socket.text("5");
    socket.expect(&format!("4{n}"));
    for n in 0..=n {
        app.expect_text(&n.to_string());
    }
    app.expect(&Seen::Upgrade);
}
