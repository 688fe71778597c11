//! Sending: bounds, completion, and what cannot be sent.

use crate::host::Host;
use bytes::Bytes;
use engineio_proto::{Config, Delivery, Message, Outgoing, SendError, WsEnd, WsKey};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

#[test]
fn h39_f24_a_full_queue_gives_the_message_back_and_says_when_there_is_room() {
    let mut host = Host::with(Config::builder().max_payload(10).max_queue_bytes(10).max_queue_packets(100));
    let (sid, key) = host.polling();
    host.send(key, "12345678");
    let refused = host.server.send(key, "9ab").unwrap_err();
    assert_eq!(refused, SendError::Full("9ab".into()));
    assert_eq!(refused.into_inner(), "9ab".into());
    host.send(key, "9a");
    assert_eq!(host.server.queued(key), Some((2, 10)));
    assert_eq!(host.drain(), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 412345678", "writable"]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 49a"]);
    host.send(key, "9ab");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 49ab"], "nobody waits for room any more");
}

#[test]
fn h39_a_queue_is_bounded_by_packets_too() {
    let mut host = Host::with(Config::builder().max_queue_packets(4));
    let (_, key, ws) = host.websocket();
    for _ in 0..4 {
        host.send(key, "");
    }
    assert!(matches!(host.server.send(key, ""), Err(SendError::Full(_))));
    while host.server.poll().is_some() {}
    assert!(host.server.poll_frame(ws).is_some());
    assert_eq!(host.drain(), NOTHING, "half the room must be free");
    assert!(host.server.poll_frame(ws).is_some());
    assert_eq!(host.drain(), ["writable"]);
}

#[test]
fn h39_half_of_the_bytes_must_be_free_before_there_is_room() {
    let mut host = Host::with(Config::builder().max_payload(9).max_queue_bytes(9));
    let (_, key, ws) = host.websocket();
    for message in ["12", "345", "6789"] {
        host.send(key, message);
    }
    assert!(matches!(host.server.send(key, "a"), Err(SendError::Full(_))));
    while host.server.poll().is_some() {}
    let told = [(2, 7), (1, 4), (0, 0)].map(|left| {
        assert_eq!(take(&mut host, ws, 1).0.len(), 1);
        assert_eq!(host.server.queued(key), Some(left));
        std::iter::from_fn(|| host.server.poll()).count()
    });
    assert_eq!(told, [0, 1, 0], "at four of nine, and once");
}

#[test]
fn h39_where_nothing_left_nobody_is_told_of_room() {
    let mut host = Host::with(Config::builder().max_payload(10).max_queue_bytes(10));
    let (key, ws) = host.probing_with_a_poll_on_its_way();
    host.text(ws, "5");
    host.send(key, "two");
    assert_eq!(host.drain(), ["upgraded"]);
    assert!(matches!(host.server.send(key, "12345678"), Err(SendError::Full(_))));
    assert!(host.server.poll_frame(ws).is_none(), "the poll's answer is still on its way");
    assert_eq!(host.drain(), NOTHING);
    host.report(Delivery::Written);
    assert_eq!(host.drain(), ["ws> 4two", "writable"]);
}

/// The frames that are taken at once, at most so many.
fn take(host: &mut Host, ws: WsKey, most: usize) -> (Vec<Bytes>, bool) {
    let mut taken = Vec::new();
    let dry = host.server.poll_frames(ws, |frame| {
        taken.push(frame.into_parts().2);
        taken.len() < most
    });
    (taken, dry)
}

#[test]
fn frames_are_taken_at_once_up_to_what_is_wanted() {
    let mut host = Host::with(Config::builder().max_queue_packets(4));
    let (_, key, ws) = host.websocket();
    for text in ["a", "b", "c", "d"] {
        host.send(key, text);
    }
    assert!(matches!(host.server.send(key, "e"), Err(SendError::Full(_))));
    assert_eq!(take(&mut host, ws, 1), (vec![Bytes::from("a")], false));
    assert_eq!(take(&mut host, ws, 2), (vec![Bytes::from("b"), Bytes::from("c")], false));
    assert_eq!(take(&mut host, ws, 9), (vec![Bytes::from("d")], true));
    assert!(!host.server.is_quiet(), "somebody waits for room");
    assert_eq!(host.drain(), ["writable"]);
    assert_eq!(take(&mut host, ws, 9), (vec![], true));

    // What was taken without being asked for is not announced; the next is.
    host.send(key, "f");
    assert_eq!(take(&mut host, ws, 9), (vec![Bytes::from("f")], true));
    assert!(host.server.is_quiet());
    host.send(key, "g");
    assert_eq!(host.drain(), ["ws> 4g"]);
}

#[test]
fn who_asks_for_an_earlier_sockets_frames_gets_none_and_takes_none_away() {
    let mut host = Host::new();
    let (sid, key, lost) = host.probing();
    host.ws_closed(lost, WsEnd::Closed);
    host.upgrade(sid, "again");
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
    host.send(key, "a");
    assert_eq!(take(&mut host, lost, 9), (vec![], true));
    assert!(!host.server.is_quiet());
    assert_eq!(host.drain(), ["ws> 4a"]);

    let sent = host.server.send_tracked(key, "b").unwrap();
    assert_eq!(take(&mut host, ws, 9).0, ["b"]);
    host.server.wrote(host.now(), lost, 9);
    assert_eq!(host.drain(), NOTHING, "nor does what it wrote count");
    host.server.wrote(host.now(), ws, 1);
    assert_eq!(host.drain(), [format!("sent {sent:?}")]);
}

#[test]
fn the_answer_to_a_probe_may_be_all_that_is_wanted() {
    for (most, dry) in [(1, false), (2, true)] {
        let mut host = Host::new();
        let (_, _, ws) = host.probing();
        host.text(ws, "2probe");
        assert_eq!(take(&mut host, ws, most), (vec![Bytes::from("probe")], dry));
        assert_eq!(take(&mut host, ws, 1), (vec![], true));
    }
}

#[test]
fn what_never_fits_is_not_told_to_wait() {
    let mut host = Host::with(Config::builder().max_payload(10).max_queue_bytes(10));
    let (_, key) = host.polling();
    assert!(matches!(host.server.send(key, "0123456789a"), Err(SendError::TooLarge(_))));
    assert_eq!(host.drain(), NOTHING);
}

#[test]
fn what_cannot_leave_yet_or_at_all_gives_nothing_to_do() {
    let mut host = Host::with(Config::builder().max_queue_packets(1));
    let (_, polling) = host.polling();
    host.send(polling, "waits for a poll");
    assert!(host.server.is_quiet());
    let (_, websocket, ws) = host.websocket();
    assert!(host.server.send_many(websocket, ["too", "many"]).is_err());
    assert!(host.server.is_quiet());
    host.send(websocket, "leaves");
    assert!(!host.server.is_quiet());
    assert_eq!(host.drain(), ["ws> 4leaves"]);
    host.server.wrote(host.now(), ws, 1);
    assert!(host.server.is_quiet());
}

#[test]
fn i16_a_ping_does_not_push_an_answer_over_the_bound() {
    let mut host = Host::patient(Config::builder().max_payload(10));
    let (sid, key) = host.polling();
    host.send(key, "as long as");
    host.send(key, "fits nine");
    assert_eq!(host.pass(Duration::from_secs(25)), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 2"]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4as long as"], "longer than the bound on its own");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4fits nine"]);
}

#[test]
fn h38_the_separator_cannot_be_sent_over_polling() {
    let mut host = Host::new();
    let (_, key) = host.polling();
    let text = "user\u{1e}1";
    assert_eq!(host.server.send(key, text), Err(SendError::Separator(text.into())));
    host.server.send(key, text.as_bytes().to_vec()).unwrap();
    let (_, key, _) = host.probing();
    assert!(matches!(host.server.send(key, text), Err(SendError::Separator(_))), "it may still go to a poll");
    let (_, key, _) = host.upgraded();
    host.send(key, text);
    assert_eq!(host.drain(), ["ws> 4user\u{1e}1"]);
}

#[test]
fn several_messages_go_together_or_not_at_all() {
    let mut host = Host::with(Config::builder().max_payload(13).max_queue_bytes(13));
    let (sid, key) = host.polling();
    let two = || vec![Message::from("event"), Message::from(vec![1, 2])];
    host.server.send_many(key, two()).unwrap();
    assert_eq!(host.server.send_many(key, two()), Err(SendError::Full(two().into_iter().map(Into::into).collect())));
    assert_eq!(host.server.queued(key), Some((2, 7)));
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4event|bAQI=", "writable"]);
}

#[test]
fn k06_h09_completion_means_that_its_own_batch_was_handed_over() {
    let mut host = Host::new();
    host.reports = false;
    let (sid, key) = host.polling();
    host.report(Delivery::Written);
    let first = host.server.send_tracked(key, "one").unwrap();
    host.send(key, "nobody asks");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4one|4nobody asks"]);
    let second = host.server.send_tracked(key, "two").unwrap();
    let post = host.post(sid, "post", "4in between");
    assert_eq!(host.drain(), ["message in between", "post: 200 ok"]);
    host.server.written(host.now(), post, Delivery::Written);
    host.get(sid, "get");
    assert_eq!(host.drain(), NOTHING, "another answer says nothing of these messages");
    host.report(Delivery::Written);
    assert_eq!(host.drain(), [format!("sent {first:?}"), "get: 200 4two".into()]);
    assert!(second > first);
    host.report(Delivery::Written);
    assert_eq!(host.drain(), [format!("sent {second:?}")]);
}

#[test]
fn h09_completion_over_websocket_counts_frames() {
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    let first = host.server.send_tracked(key, "one").unwrap();
    host.send(key, "nobody asks");
    let third = host.server.send_tracked(key, "three").unwrap();
    while host.server.poll().is_some() {}
    while host.server.poll_frame(ws).is_some() {}
    assert_eq!(host.drain(), NOTHING, "taken is not handed over");
    host.server.wrote(host.now(), ws, 2);
    assert_eq!(host.drain(), [format!("sent {first:?}")]);
    host.server.wrote(host.now(), ws, 1);
    assert_eq!(host.drain(), [format!("sent {third:?}")]);
}

#[test]
fn p10_a_full_queue_stops_neither_the_heartbeat_nor_the_close() {
    let mut host = Host::patient(Config::builder().max_payload(10).max_queue_bytes(10).max_queue_packets(1));
    let (sid, key) = host.polling();
    host.send(key, "x");
    assert!(matches!(host.server.send(key, "y"), Err(SendError::Full(_))));
    assert_eq!(host.pass(Duration::from_secs(25)), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 2|4x", "writable"]);
    host.send(key, "x");
    host.post(sid, "post", "3");
    host.server.close(host.now(), key);
    host.get(sid, "get");
    host.drain();
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", "forced close: ForcedClose"]);
    host.assert_empty();
}

/// A message may be made of memory whose owner runs code when it is dropped. The core never drops one of those that
/// wait: they leave it first.
#[test]
fn what_was_never_sent_comes_back() {
    struct Owner(std::sync::Arc<std::sync::atomic::AtomicBool>);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            b"mine"
        }
    }
    impl Drop for Owner {
        fn drop(&mut self) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let mut host = Host::new();
    let (_, key) = host.polling();
    let dropped = std::sync::Arc::default();
    let owned = Bytes::from_owner(Owner(std::sync::Arc::clone(&dropped)));
    host.server.send(key, owned).unwrap();
    host.send(key, "yours");
    host.server.discard(host.now(), key);
    assert_eq!(host.drain(), ["forced close: ForcedClose"]);
    assert!(!dropped.load(std::sync::atomic::Ordering::Relaxed));
    assert_eq!(host.unsent, [Outgoing::from(b"mine".to_vec()), Outgoing::from("yours")]);
    host.unsent.clear();
    assert!(dropped.load(std::sync::atomic::Ordering::Relaxed));
    host.assert_empty();
}
