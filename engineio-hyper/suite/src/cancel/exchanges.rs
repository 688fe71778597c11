//! Requests whose connection is dropped.

use super::{
    at_every_step,
    world::{MANY, World, sid},
};
use crate::{Adapter, wire::client::LIMIT};
use engineio_hyper::{CloseReason, Message, PacketError, TransportFault};
use std::{
    thread,
    time::{Duration, Instant},
};

const UNDELIVERED: CloseReason = CloseReason::TransportError(TransportFault::Undelivered);
const POST_ABORTED: CloseReason = CloseReason::TransportError(TransportFault::PostAborted);

fn head(method: &str, query: &str, headers: &str) -> Vec<u8> {
    format!("{method} /engine.io/?EIO=4&{query} HTTP/1.1\r\nhost: x\r\n{headers}\r\n").into_bytes()
}

/// The body of a response, if all of it is there.
fn body(response: &[u8]) -> Option<String> {
    let response = str::from_utf8(response).expect("it is text");
    let (head, body) = response.split_once("\r\n\r\n")?;
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next());
    let length: usize = length.and_then(|length| length.parse().ok()).expect("the length is told");
    (body.len() == length).then(|| body.to_owned())
}

/// Before its first byte is answered there is no session, or it ends; then there is one.
pub fn f44_handshake<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let peer = world.connect();
        peer.write(&head("GET", "transport=polling", ""));
        let rests = world.cut(steps, || world.serve());
        let answer = peer.received();
        assert_eq!(world.engine().len(), usize::from(!answer.is_empty()), "after {steps} steps");
        if let Some(handshake) = body(&answer) {
            let socket = world.accept();
            world.expect_polling(&socket, &format!("transport=polling&sid={}", sid(&handshake)));
        }
        world.finish(peer);
        rests
    });
}

/// A message leaves the session when the first byte of its answer does, or ends with it.
pub fn f44_get_with_a_message<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let (socket, query) = world.open();
        socket.try_send("message").expect("there is room");
        let peer = world.connect();
        peer.write(&head("GET", &query, ""));
        let rests = world.cut(steps, || world.serve());
        let begun = !peer.received().is_empty();
        match socket.close_reason() {
            None if begun => assert_eq!(world.exchange("GET", &query, ""), None, "it does not come twice"),
            None => assert_eq!(world.exchange("GET", &query, ""), Some((200, "4message".to_owned()))),
            reason => assert!(!begun && reason == Some(UNDELIVERED), "{reason:?} after {steps} steps"),
        }
        world.finish((peer, socket));
        rests
    });
}

/// As [`f44_get_with_a_message`], for a GET that has waited for it.
pub fn f44_parked_get<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let (socket, query) = world.open();
        let mut get = world.begin("GET", &query, "");
        assert_eq!(world.within_reach(&mut get), None, "it is parked");
        if steps == 0 {
            drop(get);
            assert_eq!(socket.close_reason(), Some(TransportFault::GetAborted.into()));
            world.finish(socket);
            return false;
        }
        socket.try_send("message").expect("there is room");
        if steps == 1 {
            drop(get);
            assert_eq!(socket.close_reason(), Some(UNDELIVERED));
            world.finish(socket);
            return false;
        }
        assert_eq!(world.within_reach(get), Some((200, "4message".to_owned())));
        world.expect_polling(&socket, &query);
        world.finish(socket);
        true
    });
}

/// Its messages arrive together or not at all; if the session goes on, they arrive if and only if the answer has begun.
pub fn f44_post<A: Adapter>() {
    post_as::<A>("content-length: 9\r\n", "4one\x1e4two");
}

/// A POST of which only some is there when it is dropped is given up, and none of it is delivered.
pub fn f07_u03_incomplete_posts_that_are_dropped<A: Adapter>() {
    let world = World::<A>::new();
    for sent in ["", "4on", "4one\x1e4tw"] {
        let (socket, query) = world.open();
        let peer = world.connect();
        peer.write(&[&head("POST", &query, "content-length: 9\r\n"), sent.as_bytes()].concat());
        world.cut(MANY, || world.serve());
        assert_eq!(socket.close_reason(), Some(POST_ABORTED), "{sent}");
        assert!(world.messages(&socket).is_empty());
        drop(peer);
    }
    world.finish(());
}

/// As [`f44_post`].
pub fn f44_post_in_chunks<A: Adapter>() {
    post_as::<A>("transfer-encoding: chunked\r\n", "4\r\n4one\r\n5\r\n\x1e4two\r\n0\r\n\r\n");
}

fn post_as<A: Adapter>(framing: &str, body: &str) {
    at_every_step(|steps| {
        let world = World::<A>::new();
        let (socket, query) = world.open();
        let peer = world.connect();
        peer.write(&[&head("POST", &query, framing), body.as_bytes()].concat());
        let rests = world.cut(steps, || world.serve());
        let begun = !peer.received().is_empty();
        let messages = world.messages(&socket);
        let all = [Message::from("one"), Message::from("two")];
        match socket.close_reason() {
            None if begun => assert_eq!(messages, all),
            None => assert!(messages.is_empty(), "the request has not arrived"),
            reason => {
                assert!(reason == Some(POST_ABORTED) && !begun, "{reason:?} after {steps} steps");
                assert!(messages.is_empty() || messages == all);
            }
        }
        if socket.close_reason().is_none() {
            world.expect_polling(&socket, &query);
        }
        world.finish((peer, socket));
        rests
    });
}

/// The application is behind, so the answer waits: what was taken in is not lost with it.
pub fn f44_post_that_is_withheld<A: Adapter>() {
    at_every_step(|steps| {
        let world = World::<A>::with(|builder| builder.max_inbox_packets(1));
        let (socket, query) = world.open();
        let mut post = world.begin("POST", &query, "4one\x1e4two\x1e4three");
        assert_eq!(world.within_reach(&mut post), None, "it is withheld");
        let mut expected = vec![Message::from("one"), Message::from("two"), Message::from("three")];
        for _ in 0..steps.min(2) {
            assert_eq!(world.wait(socket.recv()), Some(expected.remove(0)));
        }
        // There is room now, and nobody has looked at it.
        drop(post);
        assert_eq!(socket.close_reason(), Some(POST_ABORTED));
        assert_eq!(world.messages(&socket), expected);
        world.finish(socket);
        steps == 2
    });
}

/// A request that is dropped before anybody has polled it was given up, and its session does not go on as if nothing
/// were missing. A POST of which all is there is delivered first.
pub fn f44_u03_futures_that_are_not_polled<A: Adapter>() {
    let world = World::<A>::new();
    drop(world.begin("GET", "transport=polling", ""));
    assert!(world.engine().is_empty());
    let bad = PacketError::UnknownType(b'9');
    let cases: [(_, _, &[&str], CloseReason); 5] = [
        ("GET", "", &[], TransportFault::GetAborted.into()),
        ("POST", "4one\x1e4two", &["one", "two"], POST_ABORTED),
        ("POST", "4bye\x1e1", &["bye"], CloseReason::TransportClose),
        ("POST", "4one\x1e9", &["one"], CloseReason::ParseError(bad)),
        ("POST", "", &[], CloseReason::ParseError(PacketError::Empty)),
    ];
    for (method, body, delivered, reason) in cases {
        let (socket, query) = world.open();
        let request = world.begin(method, &query, body);
        assert_eq!(socket.close_reason(), None);
        drop(request);
        assert_eq!(socket.close_reason(), Some(reason), "{method} {body}");
        let delivered: Vec<_> = delivered.iter().copied().map(Message::from).collect();
        assert_eq!(world.messages(&socket), delivered);
        assert_eq!(world.exchange("GET", &query, "").map(|(status, _)| status), Some(400));
    }
    let (socket, query) = world.open();
    // Refused, so nothing hangs on it.
    drop(world.begin("GET", "transport=polling&sid=unknown", ""));
    drop(world.begin("DELETE", &query, ""));
    world.expect_polling(&socket, &query);
    world.finish(socket);
}

/// A runtime that drops its tasks drops the timers too; the next thing that a session does brings them back.
pub fn f44_timers_that_are_dropped<A: Adapter>() {
    let beat = Duration::from_millis(10);
    let world = World::<A>::with(|builder| builder.ping_interval(beat).ping_timeout(beat));
    let mut opened = None;
    world.cut(0, || opened = Some(world.open()));
    let (socket, query) = opened.expect("it was opened");
    assert_eq!(world.exchange("POST", &query, "4message"), Some((200, "ok".to_owned())));
    let deadline = Instant::now() + LIMIT;
    while socket.close_reason().is_none() {
        assert!(Instant::now() < deadline, "the heartbeat ends it");
        world.rest();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(socket.close_reason(), Some(CloseReason::PingTimeout));
    drop((world, socket));
}
