//! What an application may do, and what it is spared: its calls for a session never overlap and never change order.

use super::app::Seen;
use super::client::{Conn, Frame, Polling, QUIET, WebSocket, request};
use super::server::Server;
use crate::Adapter;
use core::str;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use engineio_hyper::{CloseReason, Message, SendError};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// A handler that is busy with a POST's message while the session moves to WebSocket: what comes there waits.
pub fn h16_handler_blocks_during_the_upgrade<A: Adapter>() {
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (entered, released) = (Mutex::new(entered), Mutex::new(released));
    let busy = AtomicBool::new(false);
    let server = Server::<A>::hooked(
        |config| config,
        move |_, seen| {
            assert!(!busy.swap(true, Ordering::SeqCst), "calls do not overlap: {seen:?}");
            if *seen == Seen::Text("block".to_owned()) {
                let _ = entered.lock().expect("nobody panics").send(());
                let _ = released.lock().expect("nobody panics").recv();
            }
            busy.store(false, Ordering::SeqCst);
        },
    );
    let session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    let mut post = Conn::open(server.addr());
    post.send(&request("POST", &session.target(), &[], b"4block\x1e4one"));
    has_entered.recv_timeout(super::client::LIMIT).expect("the handler is called");
    let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
    socket.probe();
    socket.send(&[Frame::text("5"), Frame::text("4two"), Frame::text("4three")]);
    socket.conn().expect_quiet(QUIET);
    assert!(app.is_read(), "nothing overtakes what is being handled");
    release.send(()).expect("the handler waits");
    app.expect_text("block");
    app.expect_text("one");
    app.expect(&Seen::Upgrade);
    app.expect_text("two");
    app.expect_text("three");
    post.response().expect(200, "ok");
    drop(release);
}

/// A handler that is busy keeps its own session waiting and no other.
pub fn a_busy_handler_is_its_own_sessions_affair<A: Adapter>() {
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (entered, released) = (Mutex::new(entered), Mutex::new(released));
    let server = Server::<A>::hooked(
        |config| config,
        move |_, seen| {
            if *seen == Seen::Text("block".to_owned()) {
                let _ = entered.lock().expect("nobody panics").send(());
                let _ = released.lock().expect("nobody panics").recv();
            }
        },
    );
    let (mut busy, sid) = WebSocket::handshake(server.addr());
    busy.send(&[Frame::text("4block"), Frame::text("4echo late")]);
    has_entered.recv_timeout(super::client::LIMIT).expect("the handler is called");
    let mut session = Polling::open(server.addr());
    session.accept("4echo polled");
    session.expect("4echo polled");
    let (mut other, _) = WebSocket::handshake(server.addr());
    other.text("4echo on");
    other.expect("4echo on");
    release.send(()).expect("the handler waits");
    busy.expect("4echo late");
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_text("block");
    app.expect_text("echo late");
    drop(release);
}

/// A handler that panics ends its own session, and no other notices.
pub fn f36_handlers_that_panic<A: Adapter>() {
    let server = Server::<A>::hooked(
        |config| config,
        |_, seen| assert_ne!(*seen, Seen::Text("panic".to_owned()), "this is what the scenario asks for"),
    );
    let mut bystander = Polling::open(server.addr());
    let (mut witness, _) = WebSocket::handshake(server.addr());

    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let status = session.post("4panic").status;
    assert!(matches!(status, 200 | 400 | 500), "the POST is answered: {status}");
    assert_eq!(parked.response().packets(), "1");
    session.expect_gone();

    let (mut socket, _) = WebSocket::handshake(server.addr());
    socket.text("4panic");
    socket.expect_close(None);

    bystander.accept("4echo on");
    bystander.expect("4echo on");
    witness.text("4echo on");
    witness.expect("4echo on");
}

/// A handler that panics when a session begins ends that session; when it ends, there is nothing left to end.
pub fn f36_handlers_that_panic_at_the_ends<A: Adapter>() {
    let fuse = Arc::new(AtomicBool::new(true));
    let armed = Arc::clone(&fuse);
    let server = Server::<A>::hooked(
        |config| config,
        move |_, seen| {
            let end = matches!(seen, Seen::Connect(_) | Seen::Close(_));
            assert!(!end || !armed.load(Ordering::SeqCst), "this is what the scenario asks for");
        },
    );
    let mut session = Polling::open(server.addr());
    let response = session.get();
    assert!(response.status == 400 || matches!(response.packets(), "1" | "6\x1e1"));
    let mut socket = WebSocket::open(server.addr(), &super::client::target("websocket", None));
    while let Ok(frame) = socket.try_frame() {
        assert!(matches!(frame.first, 0x81 | 0x88), "{frame:?}");
    }
    server.expect_sessions(0);
    fuse.store(false, Ordering::SeqCst);
}

/// A handler may use its socket, and others, in every call.
pub fn f37_calls_from_within<A: Adapter>() {
    let closed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&closed);
    let first = Mutex::new(None);
    let server = Server::<A>::hooked(
        |config| config,
        move |socket, seen| match seen {
            Seen::Connect(_) => {
                socket.try_send(Message::from("welcome")).expect("there is room");
                first.lock().expect("nobody panics").get_or_insert_with(|| socket.clone());
            }
            Seen::Text(text) if text == "close" => socket.close(),
            Seen::Text(text) if text == "discard" => socket.discard(),
            Seen::Text(text) if text == "tell" => {
                let first = first.lock().expect("nobody panics").clone().expect("there is a first");
                first.try_send(Message::from("told")).expect("there is room");
            }
            Seen::Text(text) if text == "close the first" => {
                let first = first.lock().expect("nobody panics").clone().expect("there is a first");
                first.close();
            }
            Seen::Text(_) | Seen::Binary(_) | Seen::Upgrade => {}
            Seen::Close(_) => {
                let refused = socket.try_send(Message::from("late"));
                assert_eq!(refused, Err(SendError::Closed("late".into())));
                socket.close();
                socket.discard();
                counted.fetch_add(1, Ordering::SeqCst);
            }
        },
    );
    let mut first = Polling::open(server.addr());
    first.expect("4welcome");

    let mut session = Polling::open(server.addr());
    session.expect("4welcome");
    session.accept("4close\x1e4after");
    session.expect_closing();

    let mut session = Polling::open(server.addr());
    session.expect("4welcome");
    let mut parked = session.park();
    session.accept("4discard");
    assert_eq!(parked.response().packets(), "1");

    let (mut socket, sid) = WebSocket::handshake(server.addr());
    socket.expect("4welcome");
    socket.text("4tell");
    first.expect("4told");
    socket.text("4close the first");
    first.expect_closing();
    socket.text("4close");
    socket.expect_close(None);
    let app = server.session(&sid);
    app.expect_websocket();
    app.expect_text("tell");
    app.expect_text("close the first");
    app.expect_text("close");
    app.expect_close(CloseReason::ForcedClose);
    server.expect_sessions(0);
    for sid in [first.sid(), session.sid()] {
        let app = server.session(sid);
        while !matches!(app.next(), Seen::Close(_)) {}
    }
    assert_eq!(closed.load(Ordering::SeqCst), 4);
}

/// Handles may be used from any thread: what one thread sends stays in its order, through an upgrade too.
pub fn f45_many_threads_send<A: Adapter>() {
    const THREADS: usize = 4;
    const EACH: usize = 300;
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let socket = server.session(session.sid()).socket();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let socket = socket.clone();
            scope.spawn(move || {
                for n in 0..EACH {
                    socket.try_send(Message::from(format!("{thread} {n}"))).expect("there is room");
                    if n % 50 == 0 {
                        thread::yield_now();
                    }
                }
            });
        }
        let mut next = [0; THREADS];
        let mut note = |packet: &str| {
            let (thread, n) = packet.strip_prefix('4').and_then(|text| text.split_once(' ')).expect("two numbers");
            let thread: usize = thread.parse().expect("a number");
            assert_eq!(n.parse(), Ok(next[thread]), "the messages of a thread stay in order");
            next[thread] += 1;
            next.iter().sum::<usize>() == THREADS * EACH
        };
        let mut all = false;
        session.get().packets().split('\x1e').for_each(|packet| all = note(packet));
        let mut candidate = WebSocket::open(server.addr(), &session.websocket_target());
        candidate.probe();
        while !all {
            match session.get().packets() {
                "6" => break,
                packets => packets.split('\x1e').for_each(|packet| all = note(packet)),
            }
        }
        candidate.text("5");
        while !all {
            all = note(str::from_utf8(&candidate.frame().payload).expect("text is UTF-8"));
        }
        candidate.text("4echo end");
        candidate.expect("4echo end");
    });
}
