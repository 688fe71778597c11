//! What an application waits for, and then does not.

use super::{held::Flag, world::World};
use crate::Adapter;
use engineio_hyper::{Message, Socket};
use std::{sync::Arc, task::Poll};

/// What nobody received is still there.
pub fn f44_recv<A: Adapter>() {
    for polls in 0..3 {
        let world = World::<A>::new();
        let (socket, query) = world.open();
        let flag = Arc::new(Flag::default());
        let mut recv = Box::pin(socket.recv());
        if polls > 0 {
            assert!(flag.poll(recv.as_mut()).is_pending());
        }
        assert_eq!(world.exchange("POST", &query, "4one\x1e4two"), Some((200, "ok".to_owned())));
        assert_eq!(flag.was_woken(), polls > 0);
        let mut expected = vec![Message::from("one"), Message::from("two")];
        if polls > 1 {
            assert_eq!(flag.poll(recv.as_mut()), Poll::Ready(Some(expected.remove(0))));
        }
        drop(recv);
        assert_eq!(world.messages(&socket), expected);
        world.expect_polling(&socket, &query);
        world.finish(socket);
    }
}

/// A receiver that was woken and is dropped does not take the wake-up with it.
pub fn f44_recv_beside_another<A: Adapter>() {
    let world = World::<A>::new();
    let (socket, query) = world.open();
    let flags = [Arc::new(Flag::default()), Arc::new(Flag::default())];
    let (mut one, mut other) = (Box::pin(socket.recv()), Box::pin(socket.recv()));
    assert!(flags[0].poll(one.as_mut()).is_pending() && flags[1].poll(other.as_mut()).is_pending());
    assert_eq!(world.exchange("POST", &query, "4message"), Some((200, "ok".to_owned())));
    drop(one);
    assert!(flags[1].was_woken());
    assert_eq!(flags[1].poll(other.as_mut()), Poll::Ready(Some(Message::from("message"))));
    drop(other);
    world.expect_polling(&socket, &query);
    world.finish(socket);
}

fn full<A: Adapter>() -> (World<A>, Socket, String) {
    let world = World::<A>::with(|builder| builder.max_queue_packets(1));
    let (socket, query) = world.open();
    socket.try_send("first").expect("there is room");
    assert!(socket.try_send("too much").is_err());
    (world, socket, query)
}

/// What waited for room and does no longer is not sent; what got it is.
pub fn f44_send_without_room<A: Adapter>() {
    for polls in 0..3 {
        let (world, socket, query) = full::<A>();
        let flag = Arc::new(Flag::default());
        let mut send = Box::pin(socket.send("second"));
        if polls > 0 {
            assert!(flag.poll(send.as_mut()).is_pending());
        }
        assert_eq!(world.exchange("GET", &query, ""), Some((200, "4first".to_owned())));
        assert_eq!(flag.was_woken(), polls > 0, "there is room");
        if polls > 1 {
            assert_eq!(flag.poll(send.as_mut()), Poll::Ready(Ok(())));
        }
        drop(send);
        if polls > 1 {
            assert_eq!(world.exchange("GET", &query, ""), Some((200, "4second".to_owned())));
        }
        world.expect_polling(&socket, &query);
        world.finish(socket);
    }
}

/// A sender that was told of room and is dropped leaves it to the next one.
pub fn f44_send_beside_another<A: Adapter>() {
    let (world, socket, query) = full::<A>();
    let flags = [Arc::new(Flag::default()), Arc::new(Flag::default())];
    let (mut one, mut other) = (Box::pin(socket.send("one")), Box::pin(socket.send("other")));
    assert!(flags[0].poll(one.as_mut()).is_pending() && flags[1].poll(other.as_mut()).is_pending());
    assert_eq!(world.exchange("GET", &query, ""), Some((200, "4first".to_owned())));
    drop(one);
    assert!(flags[1].was_woken());
    assert_eq!(flags[1].poll(other.as_mut()), Poll::Ready(Ok(())));
    drop(other);
    assert_eq!(world.exchange("GET", &query, ""), Some((200, "4other".to_owned())));
    world.expect_polling(&socket, &query);
    world.finish(socket);
}

/// Not to wait for the confirmation does not take the message back.
pub fn f44_send_confirmed<A: Adapter>() {
    let world = World::<A>::new();
    let (socket, query) = world.open();
    let flag = Arc::new(Flag::default());
    drop(socket.send_confirmed("not polled"));
    let mut send = Box::pin(socket.send_confirmed("queued"));
    assert!(flag.poll(send.as_mut()).is_pending());
    drop(send);
    let mut next = Box::pin(socket.send_confirmed("confirmed"));
    assert!(flag.poll(next.as_mut()).is_pending());
    assert_eq!(world.exchange("GET", &query, ""), Some((200, "4queued\x1e4confirmed".to_owned())));
    assert!(flag.was_woken());
    assert_eq!(flag.poll(next.as_mut()), Poll::Ready(Ok(())));
    drop(next);
    world.expect_polling(&socket, &query);
    world.finish(socket);
}

/// Whoever accepts and is dropped leaves the session to the next one.
pub fn f44_accept_beside_another<A: Adapter>() {
    let world = World::<A>::new();
    let flags = [Arc::new(Flag::default()), Arc::new(Flag::default())];
    let (mut one, mut other) = (Box::pin(world.engine().accept()), Box::pin(world.engine().accept()));
    assert!(flags[0].poll(one.as_mut()).is_pending() && flags[1].poll(other.as_mut()).is_pending());
    assert!(world.exchange("GET", "transport=polling", "").is_some());
    drop(one);
    assert!(flags[1].was_woken());
    let Poll::Ready(Some(socket)) = flags[1].poll(other.as_mut()) else { panic!("there is a session") };
    assert_eq!(socket.close_reason(), None);
    drop(other);
    world.finish(socket);
}

/// Nobody has to wait for the end.
pub fn f44_closed<A: Adapter>() {
    let world = World::<A>::new();
    let (socket, _) = world.open();
    let flags = [Arc::new(Flag::default()), Arc::new(Flag::default())];
    let (mut one, mut other) = (Box::pin(socket.closed()), Box::pin(socket.closed()));
    assert!(flags[0].poll(one.as_mut()).is_pending() && flags[1].poll(other.as_mut()).is_pending());
    drop(one);
    socket.discard();
    assert!(!flags[0].was_woken() && flags[1].was_woken());
    assert!(flags[1].poll(other.as_mut()).is_ready());
    drop(other);
    world.finish(socket);
}
