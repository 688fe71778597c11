//! An application that does not read, and a peer that does not: each holds the other back, within bounds, and nothing
//! is lost.

use super::client::{Conn, Ended, Frame, Polling, QUIET, WebSocket, target};
use super::server::{Server, ms};
use crate::Adapter;
use engineio_hyper::{CloseReason, Message, SendError, Socket, TransportFault};
use std::thread;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// A message of about 64 KiB that says which it is.
fn numbered(n: usize) -> String {
    format!("{n:08}{}", "x".repeat(64 * KIB))
}

/// The number of such a message.
fn number(message: &[u8]) -> usize {
    str::from_utf8(&message[..8]).ok().and_then(|number| number.parse().ok()).expect("a message begins with its number")
}

/// Over polling, the `ok` of a POST is withheld as long as the application is too far behind.
pub fn unread_polling_withholds_ok<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    let session = Polling::open(server.addr());
    let socket = server.accept();
    let mut sent = 0;
    let mut withheld = loop {
        assert!(sent < 100, "there is a bound");
        let mut upload = session.upload(numbered(sent).len() + 1);
        upload.send(format!("4{}", numbered(sent)).as_bytes());
        sent += 1;
        let mut conn = upload.into_conn();
        match conn.try_response_within(ms(300)) {
            Ok(response) => response.expect(200, "ok"),
            Err(ended) => {
                assert_eq!(ended, Ended::Silence);
                break conn;
            }
        }
    };
    assert!(sent * 64 * KIB <= MIB + 2 * 64 * KIB, "{sent} messages were let in");
    (0..sent).for_each(|n| assert_eq!(number(server.recv(&socket).as_bytes()), n));
    withheld.response().expect(200, "ok");
    let mut session = session;
    session.accept("4more");
    assert_eq!(server.recv(&socket), Message::from("more"));
}

/// The bound is on packets too.
pub fn unread_packets_withhold_ok<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    let session = Polling::open(server.addr());
    let socket = server.accept();
    let body = ["4"; 20_000].join("\x1e");
    let mut upload = session.upload(body.len());
    upload.send(body.as_bytes());
    let mut conn = upload.into_conn();
    conn.expect_quiet(ms(100));
    let empty = |messages: Vec<Message>| messages.iter().all(|message| *message == Message::from(""));
    assert!(empty(server.recv_many(&socket, 9_999)));
    conn.expect_quiet(ms(30));
    assert!(empty(server.recv_many(&socket, 1)));
    conn.response().expect(200, "ok");
    assert!(empty(server.recv_many(&socket, 10_000)));
}

/// A POST whose `ok` is withheld may be given up like any other, and that is noticed at once.
pub fn f07_post_given_up_while_it_is_withheld<A: Adapter>() {
    for reset in [false, true] {
        let server = Server::<A>::accepting(|engine| engine.max_inbox_packets(1));
        let session = Polling::open(server.addr());
        let socket = server.accept();
        let mut upload = session.upload(5);
        upload.send(b"4\x1e4\x1e4");
        let mut conn = upload.into_conn();
        conn.expect_quiet(QUIET);
        if reset {
            conn.rst();
        } else {
            conn.fin();
            assert_ne!(conn.ended(), Ended::Silence);
        }
        assert_eq!(server.closed(&socket), TransportFault::PostAborted.into());
        assert_eq!(server.recv_many(&socket, 3), [Message::from(""), Message::from(""), Message::from("")]);
        server.expect_end(&socket);
    }
}

/// Over WebSocket, the server stops reading as long as the application is too far behind.
pub fn unread_websocket_stops_reading<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    let (mut client, _) = WebSocket::handshake(server.addr());
    let socket = server.accept();
    const COUNT: usize = 500;
    let frames: Vec<u8> = (0..COUNT).flat_map(|n| Frame::text(&format!("4{}", numbered(n))).bytes()).collect();
    let taken = client.conn().send_until_stalled(&frames, ms(300));
    // The most of it is in the system's buffers.
    assert!(taken < frames.len() * 3 / 4, "{taken} bytes were taken");
    thread::scope(|scope| {
        let mut writer = client.conn().writer();
        scope.spawn(move || writer.send(&frames[taken..]));
        let numbers: Vec<_> =
            server.recv_many(&socket, COUNT).iter().map(|message| number(message.as_bytes())).collect();
        assert!(numbers.into_iter().eq(0..COUNT));
    });
    client.text("4more");
    assert_eq!(server.recv(&socket), Message::from("more"));
}

/// What came before the peer's close is still received, then the end.
pub fn h08_unread_messages_outlive_the_session<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    let (mut client, _) = WebSocket::handshake(server.addr());
    let socket = server.accept();
    client.send(&[Frame::text("4one"), Frame::text("4two"), Frame::text("1")]);
    client.expect_close(None);
    assert_eq!(server.closed(&socket), CloseReason::TransportClose);
    assert_eq!(server.recv(&socket), Message::from("one"));
    assert_eq!(server.recv(&socket), Message::from("two"));
    server.expect_end(&socket);
    server.expect_end(&socket);
}

/// Sends numbered messages until there is no room; returns how many there was room for.
fn fill(socket: &Socket) -> usize {
    for n in 0.. {
        match socket.try_send(Message::from(numbered(n))) {
            Ok(()) => assert!(n < 1000, "there is a bound"),
            Err(SendError::Full(message)) => {
                assert_eq!(number(message.as_bytes()), n, "the message is given back");
                return n;
            }
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("the numbers do not end")
}

/// Over polling, a peer that does not ask fills the queue and no more; when it asks it gets everything, in order.
pub fn f24_peer_that_does_not_poll<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    let queued = fill(&app.socket());
    assert!((15..=16).contains(&queued), "a queue of 1 MiB holds {queued} messages of 64 KiB");
    let waiting = server.send_in_background(app.socket(), numbered(queued));
    let mut next = 0;
    while next <= queued {
        for packet in session.get().packets().split('\x1e') {
            assert_eq!(packet[1..9].parse(), Ok(next));
            next += 1;
        }
    }
    assert_eq!(waiting.join().expect("the sender does not panic"), Ok(()));
    session.accept("4echo on");
    session.expect("4echo on");
}

/// Over WebSocket, a peer that does not read fills the queue and no more; when it reads it gets everything, in order.
pub fn f24_peer_that_does_not_read<A: Adapter>() {
    let server = Server::<A>::start();
    let conn = Conn::open_narrow(server.addr(), 16 * KIB);
    let mut client = WebSocket::upgrade(conn, &target("websocket", None), b"");
    let sid = client.opened();
    let app = server.session(&sid);
    let socket = app.socket();
    // The system's buffers take some before the queue fills up, and may take some later.
    let queued = fill(&socket);
    let waiting = server.send_in_background(socket, numbered(queued));
    for n in 0..=queued {
        client.expect(&format!("4{}", numbered(n)));
    }
    assert_eq!(waiting.join().expect("the sender does not panic"), Ok(()));
    client.text("4echo on");
    client.expect("4echo on");
}

/// A full queue keeps no ping from a polling peer: it comes with the messages, before them.
pub fn p10_ping_beside_a_full_queue<A: Adapter>() {
    let server = Server::<A>::with(|config| config.max_queue_packets(1).ping_interval(ms(60)).ping_timeout(ms(2000)));
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    for _ in 0..2 {
        loop {
            app.send("x");
            let full = app.socket().try_send(Message::from("y"));
            // Only the heartbeat can have ended the session.
            assert_eq!(full, Err(SendError::Full("y".into())));
            match session.get().packets() {
                "4x" => {}
                packets => break assert_eq!(packets, "2\x1e4x"),
            }
        }
        session.accept("3");
    }
}

/// A full queue keeps no ping from a peer that is slow to read: it reads it in time, answers, and stays.
pub fn p10_ping_beside_a_full_queue_over_websocket<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(60)).ping_timeout(ms(2000)));
    let conn = Conn::open_narrow(server.addr(), 16 * KIB);
    let mut client = WebSocket::upgrade(conn, &target("websocket", None), b"");
    let sid = client.opened();
    let socket = server.session(&sid).socket();
    let queued = fill(&socket);
    for expected in 0..queued {
        let mut frame = client.frame();
        while frame.payload == b"2" {
            client.text("3");
            frame = client.frame();
        }
        assert_eq!(frame, Frame::text(&format!("4{}", numbered(expected))).unmasked());
    }
    client.expect("2");
    client.text("3");
    client.expect("2");
}

/// What waits for room learns that the session ended.
pub fn waiting_senders_learn_of_the_end<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let app = server.session(session.sid());
    let queued = fill(&app.socket());
    let waiting = server.send_in_background(app.socket(), numbered(queued));
    app.socket().discard();
    let error = waiting.join().expect("the sender does not panic").expect_err("the session is over");
    assert!(matches!(&error, SendError::Closed(message) if number(message.as_bytes()) == queued), "{error:?}");
}

/// What can never fit is refused at once, and so is what polling cannot carry; each comes back.
pub fn what_cannot_be_sent_comes_back<A: Adapter>() {
    let server = Server::<A>::start();
    let session = Polling::open(server.addr());
    let app = server.session(session.sid());
    let socket = app.socket();
    let large = Message::from(vec![0; 2 * MIB]);
    assert_eq!(socket.try_send(large.clone()), Err(SendError::TooLarge(large.into())));
    let separated = Message::from("a\x1eb");
    assert_eq!(socket.try_send(separated.clone()), Err(SendError::Separator(separated.into())));
    socket.try_send(Message::from(b"a\x1eb".to_vec())).expect("bytes may be any");
}

/// A peer that floods with pings of WebSocket and reads nothing is not answered without bound: either it is not read
/// any more, or not every ping is answered.
pub fn c07_websocket_ping_flood<A: Adapter>() {
    const PINGS: usize = 200_000;
    let server = Server::<A>::start();
    let conn = Conn::open_narrow(server.addr(), 16 * KIB);
    let mut client = WebSocket::upgrade(conn, &target("websocket", None), b"");
    let _ = client.opened();
    let flood = Frame::new(0x9, &[b'p'; 125]).bytes().repeat(PINGS);
    let taken = client.conn().send_until_stalled(&flood, ms(300));
    if taken == flood.len() {
        client.text("4echo end");
        let mut pongs = 0;
        while client.frame().first == 0x8a {
            pongs += 1;
        }
        assert!(pongs < PINGS, "each ping is answered, whoever waits");
    }
    drop(client);
    server.expect_sessions(0);
}

/// In accept mode, a session whose last handle is dropped is closed.
pub fn dropped_sockets_close_their_sessions<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    let (client, _) = WebSocket::handshake(server.addr());
    drop(server.accept());
    client.expect_close(None);
    server.expect_sessions(0);
}
