//! The heartbeat, at its exact instants (protocol: heartbeat).

use crate::host::Host;
use engineio_proto::{Config, Instant, Sid, WsKey};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn at(seconds: u128, line: &str) -> (u128, String) {
    (seconds * 1000, line.into())
}

#[test]
fn f23_a_parked_get_carries_the_ping_and_silence_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "get");
    assert_eq!(host.pass_timed(seconds(60)), [at(25, "get: 200 2"), at(45, "ping timeout: PingTimeout")]);
    host.assert_empty();
}

#[test]
fn f23_a_websocket_carries_the_ping_and_silence_ends_the_session() {
    let mut host = Host::new();
    host.websocket();
    assert_eq!(
        host.pass_timed(seconds(60)),
        [at(25, "ws> 2"), at(45, "ping timeout: PingTimeout"), at(45, "ws closed None")]
    );
    host.assert_empty();
}

#[test]
fn a_ping_without_a_get_waits_for_one_but_its_timeout_does_not() {
    let mut host = Host::patient(Config::builder());
    let (sid, _) = host.polling();
    assert_eq!(host.pass(seconds(30)), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 2"]);
    host.get(sid, "next");
    assert_eq!(host.pass_timed(seconds(20)), [at(15, "ping timeout: PingTimeout"), at(15, "next: 200 1")]);
    host.assert_empty();
}

#[test]
fn each_pong_postpones_the_next_ping() {
    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    for _ in 0..5 {
        assert_eq!(host.pass_timed(seconds(25)), [at(25, "ws> 2")]);
        assert_eq!(host.pass(seconds(7)), NOTHING);
        host.text(ws, "3");
    }
    assert_eq!(host.server.len(), 1);
}

#[test]
fn over_polling_a_pong_comes_by_post() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    for _ in 0..5 {
        host.get(sid, "get");
        assert_eq!(host.pass_timed(seconds(25)), [at(25, "get: 200 2")]);
        host.post(sid, "post", "3");
        assert_eq!(host.drain(), ["post: 200 ok"]);
    }
}

#[test]
fn h41_a_pong_that_nobody_asked_for_changes_nothing() {
    let mut host = Host::patient(Config::builder());
    let (_, _, ws) = host.websocket();
    for _ in 0..24 {
        assert_eq!(host.pass(seconds(1)), NOTHING);
        host.text(ws, "3");
    }
    assert_eq!(host.pass_timed(seconds(1)), [at(1, "ws> 2")]);
    // Nor does one that comes before its ping was sent.
    let (sid, _) = host.polling();
    assert_eq!(host.pass(seconds(19)), NOTHING);
    assert_eq!(host.pass(seconds(1)), ["ping timeout: PingTimeout", "ws closed None"]);
    assert_eq!(host.pass(seconds(6)), NOTHING);
    host.post(sid, "post", "3");
    assert_eq!(host.drain(), ["post: 200 ok"]);
    assert_eq!(host.pass_timed(seconds(30)), [at(19, "ping timeout: PingTimeout")]);
}

#[test]
fn c09_a_million_pongs_leave_one_deadline() {
    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    let deadline = host.server.deadline();
    for _ in 0..1_000_000 {
        host.text(ws, "3");
    }
    assert_eq!(host.drain(), NOTHING);
    assert_eq!(host.server.deadline(), deadline);
}

#[test]
fn h27_a_ping_that_is_open_at_the_upgrade_still_times_out() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "get");
    assert_eq!(host.pass(seconds(25)), ["get: 200 2"]);
    let ws = upgrade(&mut host, sid);
    host.text(ws, "4alive, but no pong");
    assert_eq!(host.drain(), ["message alive, but no pong"]);
    assert_eq!(host.pass_timed(seconds(60)), [at(20, "ping timeout: PingTimeout"), at(20, "ws closed None")]);
}

#[test]
fn h27_the_pong_may_come_over_the_new_transport() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "get");
    assert_eq!(host.pass(seconds(25)), ["get: 200 2"]);
    let ws = upgrade(&mut host, sid);
    host.text(ws, "3");
    assert_eq!(host.pass_timed(seconds(30)), [at(25, "ws> 2")]);
}

#[test]
fn c12_the_heartbeat_goes_on_during_a_probe() {
    let config = Config::builder().upgrade_timeout(seconds(1000));
    let mut host = Host::with(config);
    let (_, _, _) = host.probing();
    assert_eq!(host.pass_timed(seconds(60)), [at(45, "ping timeout: PingTimeout"), at(45, "ws closed None")]);
    host.assert_empty();
}

#[test]
fn f42_a_clock_that_jumps_fires_each_deadline_once() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "get");
    let later = host.now().after(seconds(8 * 3600));
    host.server.timeout(later);
    assert_eq!(host.drain(), ["get: 200 2"], "one ping, and time to answer it");
    assert_eq!(host.server.len(), 1);
    host.server.timeout(later.after(seconds(21)));
    assert_eq!(host.drain(), ["ping timeout: PingTimeout"]);
    host.assert_empty();
}

#[test]
fn f42_a_clock_that_stands_or_steps_back_does_no_harm() {
    let mut host = Host::new();
    host.websocket();
    for _ in 0..100 {
        host.server.timeout(host.now());
        host.server.timeout(Instant::EPOCH);
    }
    assert_eq!(host.drain(), NOTHING);
    assert_eq!(host.pass_timed(seconds(26)), [at(25, "ws> 2")]);
}

#[test]
fn f42_at_the_end_of_time_nothing_overflows() {
    let mut host = Host::new();
    host.websocket();
    let end = Instant::from_epoch(Duration::MAX);
    host.server.timeout(end);
    host.server.timeout(end);
    let _ = host.drain();
    assert!(host.server.deadline().is_none_or(|at| at == end));
}

fn upgrade(host: &mut Host, sid: Sid) -> WsKey {
    host.upgrade(sid, "upgrade");
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
    ws
}

#[test]
fn f23_silence_ends_the_session_to_the_instant() {
    let mut host = Host::new();
    host.websocket();
    let instant = Duration::from_nanos(1);
    assert_eq!(host.pass(Duration::from_secs(25) - instant), [""; 0]);
    assert_eq!(host.pass(instant), ["ws> 2"]);
    assert_eq!(host.pass(Duration::from_secs(20) - instant), [""; 0]);
    assert_eq!(host.pass(instant)[0], "ping timeout: PingTimeout");
    host.assert_empty();
}
