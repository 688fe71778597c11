//! What becomes of exchanges that end in other ways than by their answer.

use crate::{
    lab::Lab,
    peer::{Call, Client, open, text},
};
use bytes::Bytes;
use engineio_hyper::{CloseReason, HangUp, TransportFault, WsFault};
use http::Request;
use http_body::{Body, Frame};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, Waker},
};

/// A body that begins and never ends.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[test]
fn h10_f44_a_request_that_is_dropped_is_given_up() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let mut get = Call::get(&engine, &query);
    assert!(get.poll().is_pending());
    drop(get);
    assert_eq!(socket.close_reason(), Some(TransportFault::GetAborted.into()));
}

#[test]
fn f02_f44_an_answer_that_is_dropped_unread_is_lost() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    socket.try_send("a").unwrap();
    let response = Call::get(&engine, &query).response();
    assert_eq!(socket.close_reason(), None);
    drop(response);
    assert_eq!(socket.close_reason(), Some(TransportFault::Undelivered.into()));
}

#[test]
fn f02_an_answer_that_was_read_is_delivered() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let mut confirmed = Box::pin(socket.send_confirmed("a"));
    assert!(crate::lab::poll_once(confirmed.as_mut()).is_pending());
    let response = Call::get(&engine, &query).response();
    assert!(crate::lab::poll_once(confirmed.as_mut()).is_pending(), "decided is not delivered");
    assert_eq!(text(response.into_body()), "4a");
    assert_eq!(lab.block_on(confirmed), Ok(()));
    assert_eq!(socket.close_reason(), None);
}

#[test]
fn f06_the_first_of_two_posts_is_hung_up_on() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let uri = format!("/engine.io/?EIO=4&{query}");
    let mut first = Call::new(&engine, Request::post(uri).body(Endless).unwrap());
    assert!(first.poll().is_pending());
    assert_eq!(Call::post(&engine, &query, "4a").answer(), (400, String::new()));
    let mut body = first.response().into_body();
    match Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Err(error))) => assert!(error.is::<HangUp>()),
        other => panic!("{other:?}"),
    }
    assert_eq!(socket.close_reason(), Some(TransportFault::PostOverlap.into()));
}

#[test]
fn hanging_up_is_ending_the_connection_without_a_byte() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let first = Client::connect(&lab, &engine);
    first.write(format!("POST /engine.io/?EIO=4&{query} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n4").as_bytes());
    lab.run();
    assert_eq!(Call::post(&engine, &query, "4a").answer(), (400, String::new()));
    lab.run();
    assert_eq!(first.read(), b"");
    assert!(first.is_closed());
}

#[test]
fn a_websocket_without_a_server_that_can_have_one_is_refused() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let request = Request::get("/engine.io/?EIO=4&transport=websocket")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .body(http_body_util::Empty::<Bytes>::new())
        .unwrap();
    assert_eq!(Call::new(&engine, request).answer(), (400, r#"{"code":3,"message":"Bad request"}"#.to_owned()));
    assert!(engine.is_empty());
}

#[test]
fn f01_a_connection_that_ends_ends_its_websocket() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    client.frame(0x81, b"4last words");
    client.leave();
    lab.run();
    assert_eq!(lab.block_on(socket.recv()), Some("last words".into()));
    assert_eq!(socket.close_reason(), Some(TransportFault::WebSocket(WsFault::Connection).into()));
    assert_eq!(lab.tasks(), 1, "the alarm is left");
}

#[test]
fn a_close_frame_is_answered_and_the_rest_is_waited_for_a_while() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    client.frame(0x88, b"\x03\xe8");
    lab.run();
    assert_eq!(client.read(), b"\x88\x02\x03\xe8");
    assert!(client.is_closed());
    assert_eq!(socket.close_reason(), Some(CloseReason::TransportClose));
    lab.advance(std::time::Duration::from_secs(2));
    assert_eq!(lab.tasks(), 1, "the alarm is left");
}

#[test]
fn a_close_frame_waits_for_a_slow_peer_but_not_for_ever() {
    let lab = Lab::new();
    let timeout = std::time::Duration::from_secs(5);
    let engine = lab.engine().close_timeout(timeout).build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    client.limit(0);
    socket.discard();
    lab.advance(timeout - std::time::Duration::from_millis(1));
    assert!(!client.is_closed());
    lab.advance(std::time::Duration::from_millis(1));
    assert!(client.is_closed());
}

#[test]
fn h10_a_body_that_nobody_wants_does_not_hide_that_the_peer_leaves() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let client = Client::connect(&lab, &engine);
    client.write(format!("GET /engine.io/?EIO=4&{query} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n4").as_bytes());
    lab.run();
    assert_eq!(client.read(), b"", "the poll is parked");
    client.leave();
    lab.run();
    assert_eq!(socket.close_reason(), Some(TransportFault::GetAborted.into()));
}
