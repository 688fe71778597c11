//! The handle of a session, as stream, sink and set of futures.

use crate::{
    lab::{Lab, poll_once},
    peer::{Call, Client, open},
};
use engineio_hyper::{CloseReason, Outgoing, SendError, Transport};
use futures_core::Stream;
use futures_sink::Sink;
use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn a_socket_is_a_stream() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let mut socket = lab.accept(&engine);
    assert!(Pin::new(&mut socket).poll_next(&mut cx()).is_pending());
    assert_eq!(Call::post(&engine, &query, "4a\x1ebAQID\x1e1").answer().0, 200);
    assert_eq!(Pin::new(&mut socket).poll_next(&mut cx()), Poll::Ready(Some("a".into())));
    assert_eq!(Pin::new(&mut socket).poll_next(&mut cx()), Poll::Ready(Some(vec![1, 2, 3].into())));
    assert_eq!(Pin::new(&mut socket).poll_next(&mut cx()), Poll::Ready(None));
}

#[test]
fn a_socket_is_a_sink() {
    let lab = Lab::new();
    let engine = lab.engine().max_queue_packets(2).build().unwrap();
    let query = open(&engine);
    let mut socket = lab.accept(&engine);
    for text in ["a", "b", "c"] {
        assert_eq!(Pin::new(&mut socket).poll_ready(&mut cx()), Poll::Ready(Ok(())));
        assert_eq!(Pin::new(&mut socket).start_send(text.into()), Ok(()));
    }
    assert!(Pin::new(&mut socket).poll_ready(&mut cx()).is_pending(), "the third waits in the sink");
    assert!(Pin::new(&mut socket).poll_close(&mut cx()).is_pending());
    assert_eq!(Call::get(&engine, &query).answer(), (200, "4a\x1e4b".to_owned()));
    assert_eq!(Pin::new(&mut socket).poll_close(&mut cx()), Poll::Ready(Ok(())));
    assert_eq!(Call::get(&engine, &query).answer(), (200, "4c".to_owned()));
    assert_eq!(Call::get(&engine, &query).answer(), (200, "6\x1e1".to_owned()));
    assert_eq!(socket.close_reason(), Some(CloseReason::ForcedClose));
}

#[test]
fn a_receiver_that_is_dropped_takes_nothing_with_it() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    {
        let mut receiving = pin!(socket.recv());
        assert!(poll_once(receiving.as_mut()).is_pending());
        assert_eq!(Call::post(&engine, &query, "4a").answer().0, 200);
    }
    assert_eq!(lab.block_on(socket.recv()), Some("a".into()));
}

#[test]
fn f24_senders_that_wait_learn_of_the_end() {
    let lab = Lab::new();
    let engine = lab.engine().max_queue_packets(1).build().unwrap();
    open(&engine);
    let socket = lab.accept(&engine);
    socket.try_send("a").unwrap();
    let mut one = Box::pin(socket.send("b"));
    let mut many = Box::pin(socket.send_many(["c"]));
    assert!(poll_once(one.as_mut()).is_pending());
    assert!(poll_once(many.as_mut()).is_pending());
    socket.discard();
    assert_eq!(lab.block_on(one), Err(SendError::Closed("b".into())));
    assert_eq!(lab.block_on(many), Err(SendError::Closed(vec!["c".into()])));
}

#[test]
fn h09_k11_a_confirmation_that_cannot_come_gives_the_message_back() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    open(&engine);
    let socket = lab.accept(&engine);
    let mut confirmed = Box::pin(socket.send_confirmed("a"));
    assert!(poll_once(confirmed.as_mut()).is_pending());
    socket.discard();
    assert_eq!(lab.block_on(confirmed), Err(SendError::Closed("a".into())));
}

#[test]
fn a_confirmation_comes_when_the_frame_is_written() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    client.limit(3);
    let mut confirmed = Box::pin(socket.send_confirmed("abc"));
    for _ in 0..2 {
        assert!(poll_once(confirmed.as_mut()).is_pending());
        lab.run();
    }
    assert_eq!(client.read(), b"\x81\x044");
    lab.run();
    assert_eq!(client.read(), b"abc");
    assert_eq!(lab.block_on(confirmed), Ok(()));
}

#[test]
fn messages_sent_together_stay_together() {
    let lab = Lab::new();
    let engine = lab.engine().max_queue_packets(3).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    socket.try_send("a").unwrap();
    let three = ["b", "c", "d"].map(Outgoing::from).to_vec();
    assert_eq!(socket.try_send_many(three.clone()), Err(SendError::Full(three.clone())));
    let mut waiting = Box::pin(socket.send_many(three));
    assert!(poll_once(waiting.as_mut()).is_pending());
    assert_eq!(Call::get(&engine, &query).answer(), (200, "4a".to_owned()));
    assert_eq!(lab.block_on(waiting), Ok(()));
    assert_eq!(Call::get(&engine, &query).answer(), (200, "4b\x1e4c\x1e4d".to_owned()));
}

#[test]
fn a_session_that_is_over_is_found_no_more_but_can_be_asked() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    assert!(engine.socket(socket.id()).is_some());
    client.frame(0x81, b"1");
    lab.run();
    assert!(engine.socket(socket.id()).is_none());
    assert!(engine.sockets().is_empty());
    assert_eq!(socket.transport(), Transport::WebSocket);
    assert_eq!(lab.block_on(socket.closed()), CloseReason::TransportClose);
    assert_eq!(socket.try_send("late"), Err(SendError::Closed("late".into())));
}
