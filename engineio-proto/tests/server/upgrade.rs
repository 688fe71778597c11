//! The upgrade (protocol: upgrade): when it works, and all the ways in which it does not.

use crate::host::Host;
use engineio_proto::{Config, Transport, WsEnd};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn p05_takes_the_queue_along_in_order() {
    let mut host = Host::new();
    let (sid, key, ws) = host.probing();
    host.get(sid, "get");
    host.send(key, "one");
    assert_eq!(host.drain(), ["get: 200 4one"]);
    host.text(ws, "2probe");
    host.send(key, "two");
    host.get(sid, "next");
    assert_eq!(host.drain(), ["ws> 3probe", "next: 200 4two"], "until `5` messages go to polls");
    host.send(key, "three");
    host.text(ws, "5");
    host.send(key, "four");
    assert_eq!(host.drain(), ["upgraded", "ws> 4three", "ws> 4four"]);
    assert_eq!(host.server.transport(key), Some(Transport::WebSocket));
}

#[test]
fn a_probe_and_its_upgrade_may_come_together() {
    let mut host = Host::new();
    let (_, key, ws) = host.probing();
    host.text(ws, "2probe");
    host.text(ws, "5");
    host.text(ws, "4at once");
    host.send(key, "and back");
    assert_eq!(host.drain(), ["upgraded", "message at once", "ws> 3probe", "ws> 4and back"]);
}

#[test]
fn f21_polls_are_released_during_a_probe() {
    let mut host = Host::new();
    let (sid, key, ws) = host.probing();
    host.get(sid, "parked");
    assert_eq!(host.drain(), NOTHING, "nothing was probed yet");
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe", "parked: 200 6"]);
    host.get(sid, "second");
    assert_eq!(host.pass_timed(millis(150)), [(100, "second: 200 6".into())]);
    host.get(sid, "third");
    assert_eq!(host.pass(millis(50)), NOTHING);
    host.send(key, "data goes first");
    assert_eq!(host.drain(), ["third: 200 4data goes first"]);
    host.get(sid, "fourth");
    assert_eq!(host.pass(millis(50)), NOTHING);
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "fourth: 200 6"]);
}

#[test]
fn the_first_poll_after_the_probe_is_released_at_once() {
    let mut host = Host::new();
    let (sid, _, ws) = host.probing();
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe"]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6"]);
}

#[test]
fn a_second_probe_packet_is_answered_again() {
    let mut host = Host::new();
    let (_, _, ws) = host.probing();
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe"]);
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe"]);
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded"]);
}

#[test]
fn f20_anything_else_ends_the_probe_and_not_the_session() {
    for wrong in ["5", "2", "2x", "4early", "3probe", "1", "6", "", "x", "b4"] {
        for probed in [false, true] {
            if probed && wrong == "5" {
                continue;
            }
            let mut host = Host::new();
            let (sid, key, ws) = host.probing();
            if probed {
                host.text(ws, "2probe");
                assert_eq!(host.drain(), ["ws> 3probe"]);
            }
            host.text(ws, wrong);
            assert_eq!(host.drain(), ["ws closed None"], "{wrong}");
            host.text(ws, "5");
            assert_eq!(host.drain(), NOTHING);
            goes_on_and_upgrades(&mut host, sid, key);
        }
    }
    let mut host = Host::new();
    let (sid, key, ws) = host.probing();
    host.binary(ws, b"early");
    assert_eq!(host.drain(), ["ws closed None"]);
    goes_on_and_upgrades(&mut host, sid, key);
}

#[test]
fn p03_a_probe_that_is_lost_leaves_the_session_as_it_was() {
    for probed in [false, true] {
        let mut host = Host::new();
        let (sid, key, ws) = host.probing();
        let get = host.get(sid, "parked");
        if probed {
            host.text(ws, "2probe");
            assert_eq!(host.drain(), ["ws> 3probe", "parked: 200 6"]);
        } else {
            host.abort(get);
            assert_eq!(host.drain().len(), 2, "an aborted poll ends the session and its probe");
            continue;
        }
        host.ws_closed(ws, WsEnd::Closed);
        assert_eq!(host.drain(), NOTHING);
        goes_on_and_upgrades(&mut host, sid, key);
    }
}

#[test]
fn f20_h42_the_timeout_ends_the_probe_at_its_instant_and_not_the_session() {
    for probed in [false, true] {
        let mut host = Host::new();
        let (sid, key, ws) = host.probing();
        if probed {
            host.text(ws, "2probe");
            assert_eq!(host.drain(), ["ws> 3probe"]);
        }
        assert_eq!(host.pass_timed(millis(15_000)), [(10_000, "ws closed None".into())]);
        goes_on_and_upgrades(&mut host, sid, key);
    }
}

/// A host that never asks what to do still cannot pin the place of an upgrade.
#[test]
fn h42_an_offer_that_is_never_taken_times_out() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.upgrade(sid, "upgrade");
    host.server.timeout(host.now().after(millis(10_000)));
    assert_eq!(host.drain(), ["upgrade: 101 and closed"]);
    goes_on_and_upgrades(&mut host, sid, key);
}

#[test]
fn f22_a_post_that_is_being_read_is_delivered_before_the_websockets_messages() {
    let mut host = Host::new();
    let (sid, key, ws) = host.probing();
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe"]);
    let post = host.post_head(sid, "post");
    host.text(ws, "5");
    host.text(ws, "4after");
    assert_eq!(host.drain(), ["upgraded"]);
    host.body(post, "4before");
    assert_eq!(host.drain(), ["message before", "message after", "post: 200 ok"]);
    host.text(ws, "4later");
    assert_eq!(host.drain(), ["message later"]);
    host.send(key, "over the websocket");
    assert_eq!(host.drain(), ["ws> 4over the websocket"]);
}

/// A POST that is still being read when `5` arrives holds back what the peer says, and nothing else: the session is on
/// its WebSocket, which carries messages and the heartbeat.
#[test]
fn f22_a_post_that_is_being_read_does_not_hold_the_websocket_back() {
    for version in [4, 3] {
        let far = Duration::from_secs(300);
        let config = Config::builder().allow_eio3(true).body_timeout(far);
        let mut host = Host::with(config);
        let (sid, ticket) = host.open_query(&format!("EIO={version}&transport=polling"), "handshake").unwrap();
        let key = ticket.session().unwrap();
        host.drain();
        host.upgrade(sid, "upgrade");
        let ws = host.drain_ws().1.unwrap();
        host.text(ws, "2probe");
        assert_eq!(host.drain(), ["ws> 3probe"]);
        let post = host.post_head(sid, "post");
        host.text(ws, "5");
        assert_eq!(host.drain(), ["upgraded"]);
        assert_eq!(host.server.transport(key), Some(Transport::WebSocket));
        host.send(key, "at once");
        assert_eq!(host.drain(), ["ws> 4at once"]);
        // Polling is over, and the place for an upgrade is used.
        host.get(sid, "get");
        host.upgrade(sid, "second");
        host.post_head(sid, "other post");
        let refused = |name| format!(r#"{name}: 400 {{"code":3,"message":"Bad request"}}"#);
        assert_eq!(host.drain(), [refused("get"), "second: 101 and closed".into(), refused("other post")]);
        // Four rounds of the heartbeat, longer than a session lives without.
        for _ in 0..4 {
            if version == 4 {
                assert_eq!(host.pass_timed(millis(25_000)), [(25_000, "ws> 2".into())]);
                host.text(ws, "3");
            } else {
                assert_eq!(host.pass(millis(25_000)), NOTHING);
                host.text(ws, "2");
                assert_eq!(host.drain(), ["ws> 3"]);
            }
        }
        host.text(ws, "4after");
        assert_eq!(host.drain(), NOTHING);
        host.body(post, if version == 4 { "4before" } else { "7:4before" });
        assert_eq!(host.drain(), ["message before", "message after", "post: 200 ok"]);
    }
}

/// However the body ends, it ends as it would have without the upgrade.
#[test]
fn f07_f09_a_post_that_is_being_read_at_the_switch_ends_as_others_do() {
    let switching = || {
        let mut host = Host::new();
        let (sid, _, ws) = host.probing();
        host.text(ws, "2probe");
        let post = host.post_head(sid, "post");
        host.text(ws, "5");
        host.text(ws, "4after");
        assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
        (host, post, ws)
    };
    let (mut host, post, _) = switching();
    assert!(host.abort(post));
    assert_eq!(host.drain(), ["transport error: TransportError(PostAborted)", "ws closed None"]);
    host.assert_empty();

    let (mut host, post, _) = switching();
    host.body(post, "4said\u{1e}x");
    assert_eq!(
        host.drain(),
        [
            "message said",
            "parse error: ParseError(UnknownType(120))",
            r#"post: 400 {"code":3,"message":"Bad request"}"#,
            "ws closed None"
        ]
    );
    host.assert_empty();

    let (mut host, post, _) = switching();
    host.body(post, "1");
    assert_eq!(host.drain(), ["transport close: TransportClose", "post: 200 ok", "ws closed None"]);
    host.assert_empty();

    // Its WebSocket ends meanwhile.
    let (mut host, _, ws) = switching();
    host.ws_closed(ws, WsEnd::Closed);
    assert_eq!(
        host.drain(),
        ["transport close: TransportClose", r#"post: 400 {"code":1,"message":"Session ID unknown"}"#]
    );
    host.assert_empty();

    // Progress counts here too.
    let (mut host, post, _) = switching();
    assert_eq!(host.pass(millis(19_000)), NOTHING);
    host.server.body_progress(host.now(), post, 100_000);
    assert_eq!(host.pass(millis(10_000)), ["ws> 2"]);
    host.body(post, "4x");
    assert_eq!(host.drain(), ["message x", "message after", "post: 200 ok"]);
}

#[test]
fn c12_a_post_that_never_ends_ends_the_session_that_waits_for_it() {
    let mut host = Host::new();
    let (sid, _, ws) = host.probing();
    host.text(ws, "2probe");
    host.post_head(sid, "post");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
    assert_eq!(
        host.pass_timed(millis(30_000)),
        [
            (20_000, "transport error: TransportError(BodyTimeout)".into()),
            (20_000, "post: 408 ".into()),
            (20_000, "ws closed None".into())
        ]
    );
    host.assert_empty();
}

#[test]
fn h45_what_waits_for_a_post_is_bounded() {
    let mut host = Host::with(Config::builder().max_payload(100));
    let (sid, _, ws) = host.probing();
    host.text(ws, "2probe");
    host.post_head(sid, "post");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
    for _ in 0..10 {
        host.text(ws, "40123456789");
    }
    assert_eq!(host.drain(), NOTHING);
    host.text(ws, "4x");
    assert_eq!(
        host.drain(),
        [
            "transport error: TransportError(UpgradeOverflow)",
            r#"post: 400 {"code":1,"message":"Session ID unknown"}"#,
            "ws closed None"
        ]
    );
    host.assert_empty();
}

/// What a POST was answered `ok` for is delivered, though `5` comes before the host asks.
#[test]
fn f22_an_accepted_post_survives_the_switch() {
    let mut host = Host::new();
    let (sid, _, ws) = host.probing();
    host.text(ws, "2probe");
    host.post(sid, "post", "4kept");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["message kept", "upgraded", "post: 200 ok", "ws> 3probe"]);
}

#[test]
fn p05_no_message_overtakes_a_poll_that_is_on_its_way() {
    let mut host = Host::new();
    let (key, ws) = host.probing_with_a_poll_on_its_way();
    host.text(ws, "5");
    host.send(key, "two");
    assert_eq!(host.drain(), ["upgraded"]);
    assert!(host.server.poll_frame(ws).is_none(), "not even if a host asks unbidden");
    host.report(engineio_proto::Delivery::Written);
    assert_eq!(host.drain(), ["ws> 4two"]);
}

#[test]
fn h25_is_refused_where_it_is_not_allowed() {
    let mut host = Host::with(Config::builder().allow_upgrades(false));
    let (sid, key) = host.polling();
    host.upgrade(sid, "upgrade");
    assert_eq!(host.drain(), [r#"upgrade: 400 {"code":3,"message":"Bad request"}"#]);
    host.get(sid, "get");
    host.send(key, "goes on");
    assert_eq!(host.drain(), ["get: 200 4goes on"]);
}

#[test]
fn i14_polling_is_over_afterwards() {
    let mut host = Host::new();
    let (sid, _, _) = host.upgraded();
    host.get(sid, "get");
    host.post(sid, "post", "4x");
    assert_eq!(
        host.drain(),
        [r#"get: 400 {"code":3,"message":"Bad request"}"#, r#"post: 400 {"code":3,"message":"Bad request"}"#]
    );
    assert_eq!(host.server.len(), 1);
}

fn goes_on_and_upgrades(host: &mut Host, sid: engineio_proto::Sid, key: engineio_proto::SessionKey) {
    host.send(key, "goes on");
    host.get(sid, "get");
    host.post(sid, "post", "4both ways");
    assert_eq!(host.drain(), ["message both ways", "post: 200 ok", "get: 200 4goes on"]);
    host.upgrade(sid, "again");
    let (said, ws) = host.drain_ws();
    assert_eq!(said, ["again: 101"]);
    host.text(ws.unwrap(), "2probe");
    host.text(ws.unwrap(), "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
}

#[test]
fn f43_a_candidate_that_was_given_up_is_heard_no_more() {
    let mut host = Host::new();
    let (sid, key, first) = host.probing();
    host.text(first, "wrong");
    assert_eq!(host.drain(), ["ws closed None"]);
    host.upgrade(sid, "upgrade");
    let second = host.drain_ws().1.unwrap();
    for step in ["2probe", "5", "4from the second"] {
        host.text(first, "4late");
        host.text(first, "1");
        host.ws_closed(first, WsEnd::Closed);
        host.text(second, step);
        host.text(first, "4late");
        assert!(host.server.poll_frame(first).is_none());
    }
    host.send(key, "to the second");
    assert_eq!(host.drain(), ["upgraded", "message from the second", "ws> 3probe", "ws> 4to the second"]);
}
