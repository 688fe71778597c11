//! Connections between two requests.

use crate::{lab::Lab, peer::Client, serving::serve_with};
use std::time::Duration;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// A request is answered, and the answer announces this.
#[track_caller]
fn is_answered(lab: &Lab, client: &Client, announced: &str) {
    lab.run();
    let answer = String::from_utf8(client.read()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains(&format!("\r\nconnection: keep-alive\r\nkeep-alive: timeout={announced}\r\n")), "{answer}");
}

#[test]
fn u04_an_idle_connection_is_kept_longer_than_is_announced() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server);
    for _ in 0..3 {
        client.write(REQUEST);
        is_answered(&lab, &client, "75");
        lab.advance(Duration::from_millis(75_999));
        assert!(!client.is_closed());
    }
    lab.advance(Duration::from_millis(1));
    assert!(client.is_closed());
}

#[test]
fn u04_the_idle_time_is_a_setting() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server.idle_timeout(Duration::from_millis(2500)));
    client.write(REQUEST);
    is_answered(&lab, &client, "2");
    lab.advance(Duration::from_millis(2749));
    assert!(!client.is_closed());
    lab.advance(Duration::from_millis(1));
    assert!(client.is_closed());
}

#[test]
fn u04_a_request_that_arrives_with_the_end_of_the_idle_time_is_answered() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server);
    client.write(REQUEST);
    is_answered(&lab, &client, "75");
    lab.advance(Duration::from_millis(75_999));
    client.write_unnoticed(REQUEST);
    lab.advance(Duration::from_millis(1));
    is_answered(&lab, &client, "75");
    assert!(!client.is_closed());
}

#[test]
fn u04_the_time_for_a_head_begins_with_its_first_byte() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server.head_timeout(Duration::from_secs(10)));
    client.write(REQUEST);
    is_answered(&lab, &client, "75");
    lab.advance(Duration::from_secs(75));
    // A byte now and then gains no time.
    for byte in &REQUEST[..10] {
        client.write(&[*byte]);
        lab.advance(Duration::from_millis(999));
    }
    assert!(!client.is_closed());
    client.write(&REQUEST[10..]);
    is_answered(&lab, &client, "75");
    client.write(&REQUEST[..1]);
    lab.advance(Duration::from_millis(9999));
    assert!(!client.is_closed());
    lab.advance(Duration::from_millis(1));
    assert!(client.is_closed());
    assert!(client.read().is_empty());
}

#[test]
fn u04_a_poll_that_waits_is_not_idle() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server.idle_timeout(Duration::from_secs(1)));
    client.ask();
    lab.run();
    let answer = client.read();
    let sid = answer.split(|byte| *byte == b'"').nth(3).map(|sid| String::from_utf8_lossy(sid).into_owned()).unwrap();
    let poll = format!("GET /engine.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nhost: x\r\n\r\n");
    client.write(poll.as_bytes());
    lab.advance(Duration::from_secs(25));
    assert!(client.read().ends_with(b"\r\n\r\n2"));
    assert!(!client.is_closed());
}

#[test]
fn u04_what_will_not_be_kept_is_not_announced() {
    let requests = ["GET / HTTP/1.1\r\nhost: x\r\nconnection: TE, Close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"];
    for request in requests {
        let lab = Lab::new();
        let (client, end) = Client::pair();
        serve_with(&lab, end, |server| server);
        client.write(request.as_bytes());
        lab.run();
        let answer = String::from_utf8(client.read()).unwrap();
        assert!(answer.contains(" 404 ") && !answer.contains("keep-alive"), "{answer}");
        assert!(client.is_closed());
    }
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server.idle_timeout(Duration::from_millis(900)));
    client.write(REQUEST);
    lab.run();
    let answer = String::from_utf8(client.read()).unwrap();
    assert!(answer.contains(" 404 ") && !answer.contains("keep-alive"), "{answer}");
    assert!(!client.is_closed());
}
