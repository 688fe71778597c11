//! Answers that are being compressed.

use crate::{
    lab::Lab,
    peer::{Call, open},
};
use engineio_hyper::{Compression, TransportFault};
use http::Request;
use http_body_util::Empty;

fn get(engine: &engineio_hyper::Engine<Lab>, query: &str) -> Call {
    let request = Request::get(format!("/engine.io/?EIO=4&{query}")).header("accept-encoding", "gzip");
    Call::new(engine, request.body(Empty::<bytes::Bytes>::new()).unwrap())
}

#[test]
fn a_small_answer_is_compressed_at_once() {
    let lab = Lab::new();
    let engine = lab.engine().compression(Compression::default()).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    socket.try_send("x".repeat(2000)).unwrap();
    let small = get(&engine, &query).response();
    assert_eq!(small.headers()["content-encoding"], "gzip");
    drop(small);
}

#[test]
fn h03_a10_an_answer_that_is_dropped_while_it_is_compressed_is_lost() {
    let lab = Lab::new();
    let engine = lab.engine().compression(Compression::default()).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    socket.try_send("x".repeat(100_000)).unwrap();
    let mut large = get(&engine, &query);
    assert!(large.poll().is_pending());
    assert_eq!(socket.close_reason(), None);
    drop(large);
    assert_eq!(socket.close_reason(), Some(TransportFault::Undelivered.into()));
    lab.run();
}

#[test]
fn h35_an_answer_that_was_compressed_elsewhere_arrives() {
    let lab = Lab::new();
    let engine = lab.engine().compression(Compression::default()).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    socket.try_send("x".repeat(100_000)).unwrap();
    let mut large = get(&engine, &query);
    assert!(large.poll().is_pending());
    lab.run();
    let response = large.response();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(socket.close_reason(), None);
    drop(response);
    assert_eq!(socket.close_reason(), Some(TransportFault::Undelivered.into()), "nobody has read it");
}
