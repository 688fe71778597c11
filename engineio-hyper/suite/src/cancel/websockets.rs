//! WebSockets whose task is dropped.

use super::{
    at_every_step,
    pipe::Peer,
    world::{World, sid},
};
use crate::Adapter;
use engineio_hyper::{CloseReason, Message, Socket, Transport, TransportFault, WsFault};

const LOST: CloseReason = CloseReason::TransportError(TransportFault::WebSocket(WsFault::Connection));

fn ask(peer: &Peer, sid: Option<&str>) {
    let sid = sid.map_or_else(String::new, |sid| format!("&sid={sid}"));
    peer.write(
        format!(
            "GET /engine.io/?EIO=4&transport=websocket{sid} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .as_bytes(),
    );
}

/// What came after the response's head; `None` if that is not complete.
fn frames(peer: &Peer) -> Option<Vec<u8>> {
    let received = peer.received();
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(received[end + 4..].to_vec())
}

/// Some of the messages, from the first on, and no others.
fn expect_beginning(of: &[&str], messages: &[Message]) {
    let all: Vec<_> = of.iter().map(|text| Message::from(*text)).collect();
    assert!(all.starts_with(messages), "{messages:?}");
}

/// A session that is on WebSocket ends with it.
pub fn f44_handshake_and_messages<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let peer = world.connect();
        ask(&peer, None);
        peer.frame("4one");
        peer.frame("4two");
        let rests = world.cut(steps, || world.serve());
        assert!(world.engine().is_empty() && peer.is_over() || steps == 0, "after {steps} steps");
        if let Some(socket) = world.within_reach(world.engine().accept()).flatten() {
            let messages = world.messages(&socket);
            expect_beginning(&["one", "two"], &messages);
            assert!(messages.len() == 2 || !rests);
            assert!(socket.close_reason().is_some());
        } else {
            assert!(!rests);
        }
        world.finish(peer);
        rests
    });
}

/// Until the switch the session goes on as if nobody had tried; afterwards it ends with its WebSocket.
pub fn f44_upgrade<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let (socket, query) = world.open();
        socket.try_send("before").expect("there is room");
        let peer = world.connect();
        ask(&peer, Some(socket.id().as_str()));
        for packet in ["2probe", "5", "4one", "4two"] {
            peer.frame(packet);
        }
        let rests = world.cut(steps, || world.serve());
        let messages = world.messages(&socket);
        match socket.transport() {
            Transport::Polling => {
                assert!(messages.is_empty() && !rests);
                assert_eq!(world.exchange("GET", &query, ""), Some((200, "4before".to_owned())), "{steps}");
                world.expect_polling(&socket, &query);
            }
            Transport::WebSocket => {
                assert_eq!(socket.close_reason(), Some(LOST));
                expect_beginning(&["one", "two"], &messages);
                assert!(messages.len() == 2 || !rests);
            }
            other => panic!("{other:?}"),
        }
        world.finish((peer, socket));
        rests
    });
}

/// Its end, at whatever point, is nothing to the first.
pub fn f44_f04_second_websocket<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let (first, socket) = websocket(&world);
        let second = world.connect();
        let rests = world.cut(steps, || ask(&second, Some(socket.id().as_str())));
        if rests {
            assert_eq!(frames(&second).as_deref(), Some(&b"\x88\x00"[..]));
        }
        drop(second);
        first.frame("4in");
        assert_eq!(world.wait(socket.recv()), Some(Message::from("in")));
        socket.try_send("out").expect("there is room");
        world.rest();
        assert!(frames(&first).is_some_and(|frames| frames.ends_with(b"\x81\x044out")));
        world.finish((first, socket));
        rests
    });
}

/// An orderly close is over when its task is, whatever of it was written.
pub fn f44_close<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let (mut session, mut rests) = (None, false);
        world.cut(0, || {
            let (peer, socket) = websocket(&world);
            socket.try_send("last words").expect("there is room");
            socket.close();
            rests = world.step(steps);
            session = Some((peer, socket));
        });
        let (peer, socket) = session.expect("it was opened");
        assert!(world.engine().is_empty());
        assert!(matches!(socket.close_reason(), Some(CloseReason::ForcedClose | LOST)));
        if rests {
            let frames = frames(&peer).expect("it was opened");
            assert!(frames.ends_with(b"\x81\x0b4last words\x88\x00"), "{}", frames.escape_ascii());
        }
        world.finish((peer, socket));
        rests
    });
}

/// A session that began on WebSocket, and its peer.
fn websocket<A: Adapter>(world: &World<A>) -> (Peer, Socket) {
    let peer = world.connect();
    ask(&peer, None);
    world.serve();
    world.rest();
    let socket = world.accept();
    let frames = frames(&peer).expect("it was opened");
    assert_eq!(sid(&String::from_utf8_lossy(&frames)), socket.id().to_string());
    (peer, socket)
}
