//! How much is read of a body that nobody wants.

use crate::{lab::Lab, peer::Client};
use engineio_hyper::Engine;
use std::time::Duration;

/// A client whose POST is refused, and that has sent 500 bytes of its body.
fn refused(lab: &Lab, engine: &Engine<Lab>) -> Client {
    let client = Client::connect(lab, engine);
    client.write(
        b"POST /engine.io/?EIO=4&transport=polling&sid=unknown HTTP/1.1\r\nhost: x\r\ncontent-length: 99999\r\n\r\n",
    );
    client.write(&[b'x'; 500]);
    lab.run();
    let answer = client.read();
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", answer.escape_ascii());
    assert!(!client.is_closed());
    client
}

#[test]
fn the_body_of_a_refused_request_is_read_up_to_a_bound() {
    let lab = Lab::new();
    let engine = lab.engine().max_drained_bytes(1000).build().unwrap();
    let client = refused(&lab, &engine);
    client.write(&[b'x'; 500]);
    lab.run();
    assert!(!client.is_closed());
    client.write(b"x");
    lab.run();
    assert!(client.is_closed());
}

#[test]
fn the_body_of_a_refused_request_is_read_for_a_time() {
    let lab = Lab::new();
    let engine = lab.engine().drain_timeout(Duration::from_secs(3)).build().unwrap();
    let client = refused(&lab, &engine);
    lab.advance(Duration::from_millis(2999));
    assert!(!client.is_closed());
    lab.advance(Duration::from_millis(1));
    assert!(client.is_closed());
}
