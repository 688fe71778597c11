//! The upgrade, step by step (protocol: upgrade). Every interleaving of it is in `pair`.

use crate::host::{HELLO, Host, NOTHING, millis};
use engineio_proto::{CallFault, ClientConfig, Transport, WsEnd};

#[test]
fn polling_goes_on_until_the_probe_is_answered() {
    let mut host = Host::probing();
    host.send("a");
    host.got("4b");
    assert_eq!(host.drain(), ["message b", "get polling&sid=abc", "post 4a"]);
    host.text("3probe");
    host.send("c");
    assert_eq!(host.drain(), NOTHING);
    host.got("4d");
    assert_eq!(host.drain(), ["message d"], "the POST is waited for too, and no GET is begun");
    host.posted();
    host.send("e");
    assert_eq!(host.drain(), ["ws> 5", "upgraded", "ws> 4c", "ws> 4e"]);
    assert_eq!(host.client.transport(), Some(Transport::WebSocket));
}

#[test]
fn the_exchanges_may_end_in_either_order() {
    let mut host = Host::probing();
    host.send("a");
    host.drain();
    host.text("3probe");
    let id = host.client.send_tracked(host.now(), "b").unwrap();
    host.posted();
    assert_eq!(host.drain(), NOTHING);
    host.got("6");
    assert_eq!(host.drain(), ["ws> 5".into(), "upgraded".into(), "ws> 4b".into(), format!("sent {id:?}")]);
}

#[test]
fn an_upgrade_is_wanted_by_both_sides_or_not_tried() {
    let mut host = Host::with(ClientConfig::builder().upgrade(false));
    host.drain();
    host.got(HELLO);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc"]);
    let mut host = Host::with(ClientConfig::builder().transports([Transport::Polling]));
    host.drain();
    host.got(HELLO);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc"]);
    Host::polling();
}

#[test]
fn f46_an_upgrade_has_a_deadline_at_every_step() {
    let timeout = |leftover: &str| [(10_000, leftover.into()), (10_000, "upgrade failed: Timeout".into())];
    let mut host = Host::dialling();
    assert_eq!(host.pass(millis(20_000)), timeout("abandon dial"));
    host.settle_stale();
    host.got("4on");
    assert_eq!(host.drain(), ["message on", "get polling&sid=abc"]);

    let mut host = Host::dialling();
    host.connected();
    assert_eq!(host.drain(), ["ws> 2probe"]);
    assert_eq!(host.pass(millis(20_000)), timeout("ws closed"));

    let mut host = Host::draining();
    host.send("kept");
    let mut said = timeout("ws closed").to_vec();
    said.push((10_000, "post 4kept".into()));
    assert_eq!(host.pass(millis(20_000)), said, "the GET is still outstanding");
}

#[test]
fn an_upgrade_that_fails_is_reported_and_not_tried_again() {
    for fault in [CallFault::Unreachable, CallFault::Refused(400), CallFault::Refused(200)] {
        let mut host = Host::dialling();
        host.dial_fails(fault);
        assert_eq!(host.drain(), [format!("upgrade failed: Call({fault:?})")]);
        host.got("6");
        assert_eq!(host.drain(), ["get polling&sid=abc"]);
    }
    let mut host = Host::probing();
    host.ws_closed(WsEnd::Closed);
    assert_eq!(host.drain(), ["upgrade failed: Closed(Closed)"]);
}

#[test]
fn a_probe_that_is_answered_before_it_was_sent_is_no_probe() {
    let mut host = Host::dialling();
    host.connected();
    host.text("3probe");
    assert_eq!(host.drain(), ["ws closed", "upgrade failed: Answer"]);
}

#[test]
fn nothing_but_the_answer_may_come_before_the_upgrade_packet() {
    for text in ["3probe", "4early", "6"] {
        let mut host = Host::draining();
        host.text(text);
        assert_eq!(host.drain(), ["ws closed", "upgrade failed: Answer"]);
        host.got("4on");
        assert_eq!(host.drain(), ["message on", "get polling&sid=abc"]);
    }
}

#[test]
fn a_server_that_answers_the_upgrade_packet_has_seen_it() {
    let mut host = Host::draining();
    host.unwritten = Some(0);
    host.got("6");
    assert_eq!(host.drain(), ["ws> 5"]);
    assert_eq!(host.client.transport(), Some(Transport::Polling));
    host.text("4so soon");
    assert_eq!(host.drain(), ["upgraded", "message so soon"]);
    host.send("a");
    assert_eq!(host.drain(), ["ws> 4a"]);
}

#[test]
fn an_upgrade_packet_that_nobody_writes_is_bounded_by_the_heartbeat() {
    let mut host = Host::draining();
    host.unwritten = Some(0);
    host.got("6");
    assert_eq!(host.drain(), ["ws> 5"]);
    let silent = "ping timeout: PingTimeout";
    assert_eq!(host.pass(millis(60_000)), [(45_000, "ws closed".into()), (45_000, silent.into())]);
    host.assert_over();
}

#[test]
fn a_failed_upgrade_takes_along_what_was_sent_meanwhile() {
    let mut host = Host::draining();
    host.send("a");
    host.got("4b\u{1e}2");
    host.send("c");
    // Nothing was polled since, and nothing is lost.
    host.ws_closed(WsEnd::Closed);
    let said = ["message b", "upgrade failed: Closed(Closed)", "get polling&sid=abc", "post 3|4a|4c"];
    assert_eq!(host.drain(), said);
}

#[test]
fn the_upgrade_packet_is_written_when_all_frames_before_it_are_too() {
    let mut host = Host::dialling();
    host.unwritten = Some(0);
    host.connected();
    assert_eq!(host.drain(), ["ws> 2probe"]);
    host.text("3probe");
    host.got("6");
    host.send("a");
    assert_eq!(host.drain(), ["ws> 5"]);
    let (now, ws) = (host.now(), host.ws.unwrap());
    host.client.wrote(now, ws, 1);
    assert_eq!(host.drain(), NOTHING, "that was `2probe`");
    host.client.wrote(now, ws, 1);
    assert_eq!(host.drain(), ["upgraded", "ws> 4a"]);
}

#[test]
fn a_host_that_asks_for_frames_unbidden_gets_none_before_their_time() {
    let mut host = Host::draining();
    let ws = host.ws.unwrap();
    host.send("a");
    assert!(host.client.poll_frame(ws).is_none(), "the GET is outstanding");
    host.got("6");
    assert_eq!(host.drain(), ["ws> 5", "upgraded", "ws> 4a"]);
    assert!(host.client.poll_frame(ws).is_none());
}
