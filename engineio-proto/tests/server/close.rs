//! Closing (protocol: close semantics): by either side, in an orderly way or at once.

use crate::host::Host;
use engineio_proto::{Config, Delivery, WsEnd};
use std::time::Duration;

const NOTHING: [&str; 0] = [];
const FORCED: &str = "forced close: ForcedClose";

#[test]
fn a_parked_get_gets_the_close_packet() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.get(sid, "get");
    assert_eq!(host.drain(), NOTHING);
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), ["get: 200 1", FORCED]);
    host.assert_empty();
}

#[test]
fn the_next_get_gets_a_noop_and_the_close_packet() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", FORCED]);
    host.assert_empty();
}

#[test]
fn f41_what_is_queued_leaves_first() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.send(key, "last words");
    host.server.close(host.now(), key);
    assert!(matches!(host.server.send(key, "more"), Err(engineio_proto::SendError::Closed(_))));
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4last words"]);
    host.get(sid, "next");
    assert_eq!(host.drain(), ["next: 200 6|1", FORCED]);
    host.assert_empty();
}

#[test]
fn over_websocket_what_is_queued_leaves_before_the_close_frame() {
    let mut host = Host::new();
    let (_, key, _) = host.websocket();
    host.send(key, "last words");
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), ["ws> 4last words", FORCED, "ws closed None"]);
    host.assert_empty();
}

#[test]
fn h46_a_close_waits_until_its_frames_are_written() {
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    let id = host.server.send_tracked(key, "last words").unwrap();
    host.server.close(host.now(), key);
    while host.server.poll().is_some() {}
    assert!(host.server.poll_frame(ws).is_some());
    assert!(host.server.poll_frame(ws).is_none());
    host.server.wrote(host.now(), ws, 0);
    assert_eq!(host.drain(), NOTHING, "taken is not written");
    host.server.wrote(host.now(), ws, 1);
    assert_eq!(host.drain(), [format!("sent {id:?}"), FORCED.into(), "ws closed None".into()]);
    host.assert_empty();
}

#[test]
fn f41_nobody_polls_any_more() {
    let mut host = Host::patient(Config::builder());
    let (_, key) = host.polling();
    host.send(key, "unread");
    host.server.close(host.now(), key);
    assert_eq!(host.pass_timed(Duration::from_secs(60)), [(30_000, FORCED.into())]);
    host.assert_empty();
}

#[test]
fn a_websocket_that_takes_nothing() {
    let mut host = Host::new();
    let (_, key, _) = host.websocket();
    host.send(key, "unread");
    host.server.close(host.now(), key);
    while host.server.poll().is_some() {}
    host.server.timeout(host.now().after(Duration::from_secs(30)));
    assert_eq!(host.drain(), [FORCED, "ws closed None"]);
    host.assert_empty();
}

#[test]
fn h28_at_once_ends_also_what_is_closing() {
    let mut host = Host::new();
    let (_, key) = host.polling();
    host.server.close(host.now(), key);
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), NOTHING);
    host.server.discard(host.now(), key);
    host.server.discard(host.now(), key);
    assert_eq!(host.drain(), [FORCED]);
    host.assert_empty();
}

#[test]
fn h43_at_once_in_each_state() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.get(sid, "get");
    host.post_head(sid, "post");
    host.send(key, "dropped");
    host.server.discard(host.now(), key);
    assert_eq!(host.drain(), [FORCED, "get: 200 1", r#"post: 400 {"code":1,"message":"Session ID unknown"}"#]);
    let (_, key, _) = host.websocket();
    host.server.discard(host.now(), key);
    assert_eq!(host.drain(), [FORCED, "ws closed None"]);
    let (_, key, _) = host.probing();
    host.server.discard(host.now(), key);
    assert_eq!(host.drain(), [FORCED, "ws closed None"]);
    for transport in ["polling", "websocket"] {
        let (_, ticket) = host.open_quietly(transport, "handshake");
        host.server.discard(host.now(), ticket.session().unwrap());
        let said = host.drain();
        assert_eq!(said[1..], [FORCED, "handshake: 503 "]);
    }
    host.assert_empty();
}

#[test]
fn h07_before_the_handshake_is_answered() {
    let mut host = Host::new();
    let (sid, ticket) = host.open_quietly("polling", "handshake");
    host.server.send(ticket.session().unwrap(), "hi").unwrap();
    host.server.close(host.now(), ticket.session().unwrap());
    let said = host.drain();
    assert!(said[1].starts_with("handshake: 200 0{"), "{said:?}");
    assert_eq!(said.len(), 2);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4hi"]);
    host.get(sid, "next");
    assert_eq!(host.drain(), ["next: 200 6|1", FORCED]);
    host.assert_empty();

    let (_, ticket) = host.open_quietly("websocket", "handshake");
    host.server.send(ticket.session().unwrap(), "hi").unwrap();
    host.server.close(host.now(), ticket.session().unwrap());
    let said = host.drain();
    assert_eq!(said[1], "handshake: 101");
    assert!(said[2].starts_with("ws> 0{"));
    assert_eq!(said[3..], ["ws> 4hi", FORCED, "ws closed None"]);
    host.assert_empty();
}

#[test]
fn h07_a_probe_ends_when_the_peer_turns_to_polling() {
    for probed in [false, true] {
        let mut host = Host::new();
        let (sid, key, ws) = host.probing();
        if probed {
            host.text(ws, "2probe");
            assert_eq!(host.drain(), ["ws> 3probe"]);
        }
        host.send(key, "last words");
        host.server.close(host.now(), key);
        assert_eq!(host.drain(), NOTHING);
        host.get(sid, "get");
        assert_eq!(host.drain(), ["get: 200 4last words"]);
        host.get(sid, "next");
        assert_eq!(host.drain(), ["next: 200 6|1", FORCED, "ws closed None"]);
        host.assert_empty();
    }
}

/// The peer has stopped polling when the application closes, as the answer to its probe told it to.
#[test]
fn h07_what_is_queued_leaves_over_the_websocket_that_the_peer_turns_to() {
    for probed in [false, true] {
        let mut host = Host::new();
        let (sid, key, ws) = host.probing();
        if probed {
            host.text(ws, "2probe");
            assert_eq!(host.drain(), ["ws> 3probe"]);
        }
        let id = host.server.send_tracked(key, "last words").unwrap();
        host.send(key, "and more");
        host.server.close(host.now(), key);
        assert_eq!(host.drain(), NOTHING);
        if !probed {
            host.text(ws, "2probe");
            assert_eq!(host.drain(), ["ws> 3probe"]);
        }
        host.text(ws, "5");
        host.text(ws, "4heard");
        assert_eq!(
            host.drain(),
            [
                "upgraded".into(),
                "message heard".into(),
                "ws> 4last words".into(),
                "ws> 4and more".into(),
                format!("sent {id:?}"),
                FORCED.into(),
                "ws closed None".into()
            ]
        );
        host.get(sid, "late");
        assert_eq!(host.drain(), [r#"late: 400 {"code":1,"message":"Session ID unknown"}"#]);
        host.assert_empty();
    }
}

#[test]
fn h07_a_session_that_closes_before_the_101_of_its_upgrade() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.upgrade(sid, "upgrade");
    host.send(key, "last words");
    host.server.close(host.now(), key);
    let (said, ws) = host.drain_ws();
    assert_eq!(said, ["upgrade: 101"]);
    host.text(ws.unwrap(), "2probe");
    host.text(ws.unwrap(), "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe", "ws> 4last words", FORCED, "ws closed None"]);
    host.assert_empty();

    let (sid, key) = host.polling();
    let upgrade = host.upgrade(sid, "upgrade");
    host.server.close(host.now(), key);
    assert!(host.abort(upgrade));
    assert_eq!(host.drain(), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", FORCED]);
    host.assert_empty();
}

/// Part of what is queued left with a poll whose fate nobody knows yet: the rest does not overtake it.
#[test]
fn h07_a_last_poll_that_is_on_its_way_is_not_overtaken() {
    let mut host = Host::new();
    let (key, ws) = host.probing_with_a_poll_on_its_way();
    host.send(key, "two");
    host.server.close(host.now(), key);
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded"]);
    host.report(Delivery::Written);
    assert_eq!(host.drain(), ["ws> 4two", FORCED, "ws closed None"]);
    host.assert_empty();
}

#[test]
fn h07_a_candidate_that_fails_leaves_the_last_polls() {
    for failure in ["4early", "lost"] {
        let mut host = Host::new();
        let (sid, key, ws) = host.probing();
        host.send(key, "last words");
        host.server.close(host.now(), key);
        if failure == "lost" {
            host.ws_closed(ws, WsEnd::Closed);
            assert_eq!(host.drain(), NOTHING);
        } else {
            host.text(ws, failure);
            assert_eq!(host.drain(), ["ws closed None"]);
        }
        host.get(sid, "get");
        assert_eq!(host.drain(), ["get: 200 4last words"]);
        host.get(sid, "next");
        assert_eq!(host.drain(), ["next: 200 6|1", FORCED]);
        host.assert_empty();
    }
}

#[test]
fn h07_a_candidate_outlives_neither_its_own_bound_nor_the_sessions() {
    let mut host = Host::new();
    let (_, key, _) = host.probing();
    host.server.close(host.now(), key);
    assert_eq!(host.pass_timed(Duration::from_secs(60)), [(10_000, "ws closed None".into()), (30_000, FORCED.into())]);
    host.assert_empty();

    let timeout = Duration::from_secs(5);
    let mut host = Host::with(Config::builder().close_timeout(timeout));
    let (_, key, _) = host.probing();
    host.server.close(host.now(), key);
    assert_eq!(host.pass_timed(Duration::from_secs(60)), [(5000, FORCED.into()), (5000, "ws closed None".into())]);
    host.assert_empty();
}

#[test]
fn h33_a_switch_that_waits_for_a_post_waits_while_the_session_closes_too() {
    for first in ["close", "switch"] {
        let mut host = Host::new();
        let (sid, key, ws) = host.probing();
        host.text(ws, "2probe");
        let post = host.post_head(sid, "post");
        assert_eq!(host.drain(), ["ws> 3probe"]);
        host.send(key, "last words");
        if first == "close" {
            host.server.close(host.now(), key);
            host.text(ws, "5");
        } else {
            host.text(ws, "5");
            host.server.close(host.now(), key);
        }
        host.text(ws, "4after");
        assert_eq!(host.drain(), ["upgraded", "ws> 4last words"]);
        host.body(post, "4before");
        assert_eq!(host.drain(), ["message before", "message after", "post: 200 ok", FORCED, "ws closed None"]);
        host.assert_empty();
    }
}

#[test]
fn the_peer_closes_by_post() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.get(sid, "get");
    host.send(key, "unread");
    host.post(sid, "post", "4bye\u{1e}1\u{1e}4late");
    assert_eq!(host.drain(), ["message bye", "transport close: TransportClose", "post: 200 ok", "get: 200 6"]);
    host.assert_empty();
}

#[test]
fn h40_the_peer_closes_by_a_packet_over_websocket() {
    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    host.text(ws, "1");
    host.text(ws, "4late");
    assert_eq!(host.drain(), ["transport close: TransportClose", "ws closed None"]);
    host.assert_empty();
}

#[test]
fn the_peer_closes_its_websocket() {
    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    host.ws_closed(ws, WsEnd::Closed);
    assert_eq!(host.drain(), ["transport close: TransportClose"], "nobody is asked to close it");
    host.assert_empty();
}

#[test]
fn h33_what_comes_while_the_session_closes_is_still_delivered() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.server.close(host.now(), key);
    host.post(sid, "post", "4heard");
    assert_eq!(host.drain(), ["message heard", "post: 200 ok"]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", FORCED]);
    let (_, key, ws) = host.websocket();
    host.send(key, "last words");
    host.server.close(host.now(), key);
    host.text(ws, "4heard");
    assert_eq!(host.drain(), ["message heard", "ws> 4last words", FORCED, "ws closed None"]);
    host.assert_empty();
}

#[test]
fn the_last_answer_is_lost() {
    let mut host = Host::new();
    host.reports = false;
    let (sid, key) = host.polling();
    host.report(Delivery::Written);
    host.get(sid, "get");
    assert_eq!(host.drain(), NOTHING);
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), ["get: 200 1"]);
    host.get(sid, "late");
    assert_eq!(host.drain(), [r#"late: 400 {"code":1,"message":"Session ID unknown"}"#]);
    host.report(Delivery::Lost);
    assert_eq!(host.drain(), [FORCED]);
    host.assert_empty();
}

#[test]
fn a11_all_of_them() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.get(sid, "get");
    host.send(key, "queued");
    assert_eq!(host.drain(), ["get: 200 4queued"]);
    host.get(sid, "next");
    let (_, other, _) = host.websocket();
    host.send(other, "queued");
    host.server.close_all(host.now());
    let mut said = host.drain();
    said.sort();
    assert_eq!(said, [FORCED, FORCED, "next: 200 1", "ws closed GoingAway", "ws> 4queued"]);

    let (sid, _, _) = host.probing();
    host.get(sid, "last");
    host.server.close_all(host.now());
    assert_eq!(host.drain(), ["last: 200 1", FORCED, "ws closed GoingAway"]);
    host.assert_empty();
}

#[test]
fn h33_what_came_early_behind_a_close_packet_is_nothing() {
    let mut host = Host::new();
    let (sid, _, ws) = host.probing();
    host.text(ws, "2probe");
    let post = host.post_head(sid, "post");
    for packet in ["5", "4early", "1", "4late"] {
        host.text(ws, packet);
    }
    host.body(post, "4a");
    let said = host.drain();
    assert_eq!(
        said.iter().filter(|said| said.starts_with("message")).collect::<Vec<_>>(),
        ["message a", "message early"]
    );
    host.assert_empty();
}
