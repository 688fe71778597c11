//! Polling: the two exchanges that a session may hold, and what a payload may do.

use crate::host::Host;
use engineio_proto::{Config, RequestHead, Upload};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

#[test]
fn the_handshake_tells_the_settings_and_the_upgrades() {
    let mut host = Host::new();
    host.open_quietly("polling", "handshake");
    assert_eq!(
        host.drain(),
        [
            "open polling",
            r#"handshake: 200 0{"sid":"AQEBAQEBAQEBAQEBAQEB","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        ]
    );
    let mut host = Host::with(Config::builder().allow_upgrades(false).max_payload(5));
    host.open_quietly("polling", "handshake");
    assert!(host.drain()[1].ends_with(r#""upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":5}"#));
}

#[test]
fn a_server_knows_its_sessions_until_they_end() {
    let mut host = Host::new();
    assert_eq!((host.server.len(), host.server.is_empty()), (0, true));
    let (sid, key) = host.polling();
    assert_eq!((host.server.len(), host.server.is_empty()), (1, false));
    assert_eq!((host.server.sid(key), host.server.find(sid)), (Some(sid), Some(key)));
    host.server.discard(host.now(), key);
    host.drain();
    assert_eq!((host.server.len(), host.server.is_empty()), (0, true));
    assert_eq!((host.server.sid(key), host.server.find(sid)), (None, None));
}

#[test]
fn h34_many_messages_are_one_answer() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.get(sid, "get");
    for text in ["a", "b", "c"] {
        host.send(key, text);
    }
    assert_eq!(host.drain(), ["get: 200 4a|4b|4c"]);
}

#[test]
fn i16_an_answer_is_no_larger_than_a_payload_may_be_unless_one_message_is() {
    let mut host = Host::with(Config::builder().max_payload(11));
    let (sid, key) = host.polling();
    for text in ["1234", "5678", "a message of its own", "9"] {
        host.send(key, text);
    }
    for expected in ["get: 200 41234|45678", "get: 200 4a message of its own", "get: 200 49"] {
        host.get(sid, "get");
        assert_eq!(host.drain(), [expected]);
    }
}

#[test]
fn f05_p06_a_second_get_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "first");
    host.get(sid, "second");
    assert_eq!(host.drain(), ["transport error: TransportError(GetOverlap)", "second: 400 ", "first: 200 1"]);
    host.assert_empty();
}

#[test]
fn f06_p06_a_second_post_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "get");
    let first = host.post_head(sid, "first");
    host.post_head(sid, "second");
    host.body(first, "4never");
    assert_eq!(
        host.drain(),
        ["transport error: TransportError(PostOverlap)", "second: 400 ", "get: 200 1", "first: hung up"]
    );
    host.assert_empty();
}

/// A host may hold an `ok` back while the application is busy. Until it has left, the peer may not go on.
#[test]
fn f06_an_ok_that_is_held_back_counts() {
    let mut host = Host::new();
    host.reports = false;
    let (sid, _) = host.polling();
    host.report(engineio_proto::Delivery::Written);
    host.post(sid, "first", "4one");
    assert_eq!(host.drain(), ["message one", "first: 200 ok"]);
    host.post(sid, "second", "4two");
    assert_eq!(host.drain(), ["transport error: TransportError(PostOverlap)", "second: 400 "]);
    host.assert_empty();
}

#[test]
fn posts_in_turn() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    for _ in 0..3 {
        host.post(sid, "post", "4a\u{1e}bAQI=\u{1e}3\u{1e}6");
        assert_eq!(host.drain(), ["message a", "message [1, 2]", "post: 200 ok"]);
    }
}

#[test]
fn p07_f13_what_is_before_a_bad_packet_is_delivered_and_the_rest_refused() {
    for bad in ["4ok\u{1e}9bad\u{1e}4after", "4ok\u{1e}", "4ok\u{1e}\u{1e}4after", "4ok\u{1e}b!!!", "4ok\u{1e}x"] {
        let mut host = Host::new();
        let (sid, _) = host.polling();
        host.get(sid, "get");
        host.post(sid, "post", bad);
        let said = host.drain();
        assert_eq!(said[0], "message ok");
        assert!(said[1].starts_with("parse error: ParseError("), "{said:?}");
        assert_eq!(said[2..], [r#"post: 400 {"code":3,"message":"Bad request"}"#, "get: 200 1"]);
        host.assert_empty();
    }
}

#[test]
fn f14_what_only_a_server_says() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.post(sid, "post", "0{}\u{1e}5\u{1e}6\u{1e}4heard");
    assert_eq!(host.drain(), ["message heard", "post: 200 ok"]);
    host.post(sid, "post", "4before\u{1e}2\u{1e}4after");
    assert_eq!(
        host.drain(),
        [
            "message before",
            "transport error: TransportError(HeartbeatDirection)",
            r#"post: 400 {"code":3,"message":"Bad request"}"#
        ]
    );
    host.assert_empty();
}

#[test]
fn f08_h15_h31_too_large_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let length = |length| RequestHead { content_length: Some(length), ..RequestHead::default() };
    let query = format!("transport=polling&sid={sid}");
    let post = |length: RequestHead<'static>| length;
    let exact = RequestHead { method: "POST", query: &query, ..post(length(1_000_000)) };
    let ticket = host.raw_head(&exact, "exact").unwrap();
    assert!(host.server.awaits_body(ticket).is_some());
    host.body(ticket, "4fits");
    assert_eq!(host.drain(), ["message fits", "exact: 200 ok"]);
    let over = RequestHead { method: "POST", query: &query, ..post(length(1_000_001)) };
    let ticket = host.raw_head(&over, "over").unwrap();
    assert!(host.server.awaits_body(ticket).is_none());
    assert_eq!(host.drain(), ["transport error: TransportError(PayloadTooLarge)", "over: 413 "]);
    host.assert_empty();

    let (sid, _) = host.polling();
    let ticket = host.post_head(sid, "counted");
    host.server.body(host.now(), ticket, Upload::too_large());
    assert_eq!(host.drain(), ["transport error: TransportError(PayloadTooLarge)", "counted: 413 "]);
    host.assert_empty();
}

#[test]
fn a06_octet_stream_is_answered_and_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let query = format!("transport=polling&sid={sid}");
    let head = RequestHead {
        method: "POST",
        query: &query,
        content_type: Some(b"application/octet-stream"),
        ..RequestHead::default()
    };
    let ticket = host.raw_head(&head, "post").unwrap();
    assert!(host.server.awaits_body(ticket).is_none());
    assert_eq!(host.drain(), ["transport error: TransportError(InvalidContent)", "post: 400 "]);
    host.assert_empty();
}

#[test]
fn f09_a_body_that_takes_too_long_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let post = host.post_head(sid, "post");
    assert_eq!(
        host.pass_timed(Duration::from_secs(21)),
        [(20_000, "transport error: TransportError(BodyTimeout)".into()), (20_000, "post: 408 ".into())]
    );
    host.body(post, "4late");
    host.assert_empty();
}

/// A body that arrives steadily may take longer than the window; one that trickles may not.
#[test]
fn u05_a_body_that_makes_progress_is_waited_for() {
    // Bytes a second, and when the session ends.
    for (rate, ends) in [(1, 20_000), (1023, 20_000), (1100, 300_000), (32 * 1024, 300_000)] {
        let far = Duration::from_secs(3600);
        let mut host = Host::with(Config::builder().ping_interval(far).ping_timeout(far));
        let step = host.server.config().body_progress_step();
        let (sid, _) = host.polling();
        let post = host.post_head(sid, "post");
        let (mut reported, mut ended) = (0, None);
        for second in 1..=301_u64 {
            let said = host.pass(Duration::from_secs(1));
            if !said.is_empty() {
                assert_eq!(said, ["transport error: TransportError(BodyTimeout)", "post: 408 "], "{rate}");
                ended.get_or_insert(second * 1000);
            }
            let received = second * rate;
            if received - reported >= step {
                reported = received;
                host.server.body_progress(host.now(), post, received);
            }
        }
        assert_eq!(ended, Some(ends), "{rate} bytes a second");
        host.assert_empty();
    }
}

/// Progress that is made in time counts, however it is cut up; what was not reported does not.
#[test]
fn u05_the_next_window_begins_when_the_last_one_has_its_bytes() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let post = host.post_head(sid, "post");
    assert_eq!(host.pass(Duration::from_secs(15)), NOTHING);
    host.server.body_progress(host.now(), post, 20_479);
    host.server.body_progress(host.now(), post, 20_480);
    assert_eq!(
        host.pass_timed(Duration::from_secs(30)),
        [(20_000, "transport error: TransportError(BodyTimeout)".into()), (20_000, "post: 408 ".into())]
    );
    host.server.body_progress(host.now(), post, 40_960);
    host.assert_empty();
}

/// A body that comes in time leaves no deadline behind.
#[test]
fn f26_a_body_takes_its_deadline_along() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.post(sid, "post", "4x");
    assert_eq!(host.drain(), ["message x", "post: 200 ok"]);
    assert_eq!(host.pass(Duration::from_secs(44)), NOTHING);
    assert_eq!(host.pass(Duration::from_secs(1)), ["ping timeout: PingTimeout"]);
}

#[test]
fn h12_a_second_body_for_a_post_is_ignored() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let post = host.post(sid, "post", "4one");
    let upload = engineio_proto::Encoding::new(engineio_proto::Version::V4).decode_payload("4two".into(), 10);
    host.server.body(host.now(), post, upload);
    assert_eq!(host.drain(), ["message one", "post: 200 ok"]);
}

#[test]
fn only_what_a_session_waits_for_is_reported() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.reports = false;
    for name in ["a poll that a second one ends", "the second one", "after the session"] {
        host.get(sid, name);
        host.drain();
        assert!(host.unreported.borrow().is_empty(), "{name}");
    }
    host.open_quietly("polling", "handshake");
    host.drain();
    assert_eq!(host.unreported.borrow().len(), 1);
}
