//! What may be compressed: the core says so, and its host does it.

use crate::host::Host;
use engineio_proto::{Config, Message, Outgoing, SendError, SessionKey};

fn plain(text: &str) -> Outgoing {
    Message::from(text).uncompressed()
}

fn send_plain(host: &mut Host, key: SessionKey, text: &str) {
    host.server.send(key, plain(text)).unwrap();
}

#[test]
fn a_poll_may_be_compressed_if_one_of_its_messages_may_be() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.send(key, "a");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4a"]);
    send_plain(&mut host, key, "b");
    host.server.send(key, Message::from(vec![1]).uncompressed()).unwrap();
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: uncompressed 200 4b|bAQ=="]);
    for (first, second) in [(true, false), (false, true)] {
        host.server
            .send_many(key, [("c", first), ("d", second)].map(|(text, flag)| Outgoing::new(text.into(), flag)))
            .unwrap();
        host.get(sid, "get");
        assert_eq!(host.drain(), ["get: 200 4c|4d"]);
    }
    host.server.send_tracked(key, plain("e")).unwrap();
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: uncompressed 200 4e", "sent SendId(1)"]);
}

/// A ping goes along whenever it is due, which is not to decide about a message.
#[test]
fn a_ping_asks_for_nothing() {
    let mut host = Host::patient(Config::builder());
    let (sid, key) = host.polling();
    send_plain(&mut host, key, "a");
    assert_eq!(host.pass(host.server.config().ping_interval()), [""; 0]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: uncompressed 200 2|4a"]);
}

/// What does not fit into a payload goes back to the queue as it was.
#[test]
fn a_message_that_has_to_wait_is_still_not_to_be_compressed() {
    let mut host = Host::with(Config::builder().max_payload(10));
    let (sid, key) = host.polling();
    host.send(key, "first");
    send_plain(&mut host, key, "second");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4first"]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: uncompressed 200 4second"]);
}

#[test]
fn on_websocket_each_message_has_its_own_say() {
    let mut host = Host::new();
    let (_, key, _) = host.websocket();
    host.send(key, "a");
    send_plain(&mut host, key, "b");
    host.server.send_tracked(key, Message::from(vec![1, 2]).uncompressed()).unwrap();
    host.send(key, "c");
    assert_eq!(host.drain(), ["ws> 4a", "ws> uncompressed 4b", "ws> uncompressed [1, 2]", "ws> 4c", "sent SendId(1)"]);
}

#[test]
fn what_was_queued_while_polling_keeps_it_over_an_upgrade() {
    let mut host = Host::new();
    let (_, key, ws) = host.probing();
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe"]);
    send_plain(&mut host, key, "a");
    host.send(key, "b");
    assert_eq!(host.drain(), [""; 0]);
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> uncompressed 4a", "ws> 4b"]);
}

#[test]
fn the_handshake_may_be_compressed_and_what_has_no_message_may_not() {
    let mut host = Host::with(Config::builder().initial_packet("hi"));
    let (sid, _) = host.open_quietly("polling", "open");
    let said = host.drain();
    assert!(said.iter().any(|line| line.starts_with("open: 200 0{") && line.ends_with("|4hi")), "{said:?}");
    let key = host.server.find(sid).unwrap();
    host.server.close(host.now(), key);
    host.get(sid, "get");
    let Some(engineio_proto::Action::Answer(answer)) = host.server.poll() else { panic!("no answer") };
    let (handle, verdict) = answer.into_parts();
    handle.settle();
    assert!(matches!(verdict, engineio_proto::Verdict::Respond(response) if !response.compress()));
}

#[test]
fn what_comes_back_is_what_was_sent() {
    let mut host = Host::with(Config::builder().max_payload(3).max_queue_bytes(3));
    let (_, key) = host.polling();
    assert_eq!(host.server.send(key, plain("long")), Err(SendError::TooLarge(plain("long"))));
    send_plain(&mut host, key, "a");
    host.send(key, "b");
    let many = vec![plain("c"), "d".into()];
    assert_eq!(host.server.send_many(key, many.clone()), Err(SendError::Full(many)));
    host.server.discard(host.now(), key);
    host.drain();
    assert_eq!(host.unsent, [plain("a"), "b".into()]);
}
