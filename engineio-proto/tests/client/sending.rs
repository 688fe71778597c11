//! Sending: bounds, completion, and what cannot be sent.

use crate::host::{Host, NOTHING};
use engineio_proto::{ClientAction, ClientConfig, Message, Outgoing, SendError, Transport};

#[test]
fn f24_a_full_queue_gives_the_message_back_and_says_when_there_is_room() {
    let mut host = Host::with(ClientConfig::builder().max_queue_bytes(10));
    host.send("12345678");
    let refused = host.client.send(host.now(), "9ab").unwrap_err();
    assert_eq!(refused, SendError::Full("9ab".into()));
    host.send("9a");
    assert_eq!(host.client.queued(), (2, 10));
    assert_eq!(host.drain(), ["get polling"]);
    host.got(crate::host::PLAIN);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc", "post 412345678|49a", "writable"]);
    host.send("9ab");
    host.posted();
    assert_eq!(host.drain(), ["post 49ab"], "nobody waits for room any more");
}

#[test]
fn u15_a_post_holds_no_more_packets_than_the_most_cautious_server_takes() {
    let packets = |said: &[String]| {
        said.iter().filter_map(|line| Some(line.strip_prefix("post ")?.split('|').count())).collect::<Vec<_>>()
    };
    let mut host = Host::polling();
    (0..40).for_each(|number| host.send(&number.to_string()));
    assert_eq!(packets(&host.drain()), [16]);
    // The pong counts as well.
    host.got("2");
    host.posted();
    let said = host.drain();
    assert!(said.iter().any(|line| line.starts_with("post 3|416|417|")), "{said:?}");
    assert_eq!(packets(&said), [16]);
    host.close();
    for expected in [9, 1] {
        host.posted();
        assert_eq!(packets(&host.drain()), [expected], "the rest, and the close packet on its own");
    }

    let mut host = Host::polling_with(ClientConfig::builder().max_packets_per_post(1));
    host.send("a");
    host.send("b");
    host.got("2");
    let mut said = host.drain();
    for _ in 0..2 {
        host.posted();
        said.extend(host.drain());
    }
    said.retain(|line| line.starts_with("post "));
    assert_eq!(said, ["post 3", "post 4a", "post 4b"]);
}

#[test]
fn what_comes_back_says_how_much_it_is() {
    let mut host = Host::new();
    for message in ["a", "b", "c"] {
        host.send(message);
    }
    host.client.discard(host.now());
    let unsent = std::iter::from_fn(|| host.client.poll()).find_map(|action| match action {
        ClientAction::Unsent(unsent) => Some(unsent),
        _ => None,
    });
    let mut unsent = unsent.unwrap();
    for left in (0..3).rev() {
        assert_eq!((unsent.len(), unsent.size_hint()), (left + 1, (left + 1, Some(left + 1))));
        assert!(unsent.next().is_some());
    }
    assert_eq!((unsent.len(), unsent.next()), (0, None));
}

#[test]
fn what_never_fits_is_not_told_to_wait() {
    let mut host = Host::with(ClientConfig::builder().max_queue_bytes(10).max_queue_packets(2));
    let now = host.now();
    assert!(matches!(host.client.send(now, "0123456789a"), Err(SendError::TooLarge(_))));
    let three = vec![Outgoing::from(""); 3];
    assert_eq!(host.client.send_many(now, three.clone()), Err(SendError::TooLarge(three)));
    host.client.send_many(now, vec![Message::from("a"), Message::from(vec![1])]).unwrap();
    assert!(matches!(host.client.send_tracked(now, "c"), Err(SendError::Full(_))));
}

#[test]
fn p10_a_full_queue_stops_neither_the_heartbeat_nor_the_close() {
    let mut host = Host::polling_with(ClientConfig::builder().max_queue_packets(1));
    host.send("a");
    host.drain();
    host.send("b");
    assert!(matches!(host.client.send(host.now(), "c"), Err(SendError::Full(_))));
    host.got("2");
    host.close();
    host.drain();
    host.posted();
    assert_eq!(host.drain(), ["post 3|4b", "writable"]);
    host.posted();
    assert_eq!(host.drain(), ["post 1"]);
}

#[test]
fn h38_the_separator_cannot_be_sent_over_polling() {
    let text = "user\u{1e}1";
    let refuses = |host: &mut Host| {
        assert_eq!(host.client.send(host.now(), text), Err(SendError::Separator(text.into())));
        let many = vec![Outgoing::from("fine"), Outgoing::from(text)];
        assert_eq!(host.client.send_many(host.now(), many.clone()), Err(SendError::Separator(many)));
    };
    for mut host in [Host::new(), Host::polling(), Host::dialling(), Host::probing(), Host::draining()] {
        refuses(&mut host);
    }
    // The session may still fall back to polling.
    let mut host = Host::draining();
    host.unwritten = Some(0);
    host.got("6");
    host.drain();
    refuses(&mut host);
    host.write();
    host.send(text);
    assert_eq!(host.drain(), ["upgraded", "ws> 4user\u{1e}1"]);

    let both = [Transport::WebSocket, Transport::Polling];
    refuses(&mut Host::with(ClientConfig::builder().transports(both)));
    let mut host = Host::with(ClientConfig::builder().transports([Transport::WebSocket]));
    host.send(text);
    let mut host = Host::polling();
    host.client.send(host.now(), text.as_bytes().to_vec()).unwrap();
    assert_eq!(host.drain(), ["post bdXNlch4x"], "in base64 it is a character like any other");
    host.posted();
    assert_eq!(host.drain(), NOTHING);
}
