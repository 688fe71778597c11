//! The heartbeat (protocol 4: the server pings), each deadline at its exact instant.

use crate::host::{Host, NOTHING, millis};
use std::time::Duration;

const SILENT: &str = "ping timeout: PingTimeout";

#[test]
fn a_silent_server_is_given_up_after_interval_and_timeout() {
    let mut host = Host::polling();
    assert_eq!(host.pass(millis(60_000)), [(45_000, "abandon get".into()), (45_000, SILENT.into())]);
    host.assert_over();

    let mut host = Host::websocket();
    assert_eq!(host.pass(millis(60_000)), [(45_000, "ws closed".into()), (45_000, SILENT.into())]);
    host.assert_over();
}

#[test]
fn a_ping_is_what_counts() {
    let mut host = Host::websocket();
    assert_eq!(host.pass(millis(25_000)), []);
    host.text("2");
    assert_eq!(host.drain(), ["ws> 3"]);
    assert_eq!(host.pass(millis(44_000)), []);
    host.text("4other traffic does not count");
    host.drain();
    assert_eq!(host.pass(millis(60_000)), [(1000, "ws closed".into()), (1000, SILENT.into())]);
}

#[test]
fn the_heartbeat_goes_on_over_an_upgrade() {
    let mut host = Host::draining();
    host.suspend(millis(5000));
    host.got("2");
    assert_eq!(host.drain(), ["ws> 5", "upgraded", "ws> 3"], "no POST is begun once `3probe` came");
    assert_eq!(host.pass(millis(60_000)), [(45_000, "ws closed".into()), (45_000, SILENT.into())]);
}

#[test]
fn f42_a_machine_that_was_suspended_says_nothing_to_a_server_that_forgot_it() {
    type Wake = fn(&mut Host);
    let polling: [Wake; 4] = [
        |host| assert!(host.client.send(host.now(), "hello").is_err()),
        |host| host.got("2"),
        |host| host.close(),
        |host| host.client.timeout(host.now()),
    ];
    for wake in polling {
        let mut host = Host::polling();
        host.send("in flight");
        assert_eq!(host.drain(), ["post 4in flight"]);
        host.send("queued");
        host.suspend(Duration::from_secs(8 * 3600));
        wake(&mut host);
        let said = host.drain();
        assert_eq!(said.last().unwrap(), SILENT);
        assert!(said.iter().all(|line| line.starts_with("abandon") || line == SILENT), "{said:?}");
        host.assert_over();
    }
    let websocket: [Wake; 4] = [
        |host| assert!(host.client.send(host.now(), "hello").is_err()),
        |host| host.text("2"),
        |host| host.text("4hello"),
        |host| host.client.wrote(host.now(), host.ws.unwrap(), 0),
    ];
    for wake in websocket {
        let mut host = Host::websocket();
        host.send("queued");
        host.suspend(Duration::from_secs(8 * 3600));
        wake(&mut host);
        assert_eq!(host.drain(), ["ws closed", SILENT]);
        host.assert_over();
    }
}

#[test]
fn f42_a_clock_that_goes_back_changes_nothing() {
    let mut host = Host::websocket();
    let deadline = host.client.deadline();
    let ws = host.ws.unwrap();
    host.client.frame(engineio_proto::Instant::EPOCH, ws, engineio_proto::Frame::Text("4a".into()));
    host.client.timeout(engineio_proto::Instant::EPOCH);
    assert_eq!(host.drain(), ["message a"]);
    assert_eq!(host.client.deadline(), deadline);
    host.client.frame(engineio_proto::Instant::EPOCH, ws, engineio_proto::Frame::Text("2".into()));
    assert_eq!(host.client.deadline(), deadline, "its own time stands still");
}

#[test]
fn f42_the_longest_intervals_do_not_overflow() {
    let mut host = Host::new();
    host.drain();
    host.got(r#"0{"sid":"abc","upgrades":[],"pingInterval":1e300,"pingTimeout":18446744073709551615}"#);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc"]);
    assert!(host.client.deadline().is_some());
    host.client.timeout(engineio_proto::Instant::from_epoch(Duration::MAX));
    assert_eq!(host.drain(), ["abandon get", SILENT]);
    host.assert_over();
}

#[test]
fn a_server_that_wants_no_heartbeat_at_all_is_lost_at_once_but_nothing_breaks() {
    let mut host = Host::new();
    host.drain();
    host.got(r#"0{"sid":"abc","upgrades":[],"pingInterval":0,"pingTimeout":0}"#);
    host.client.timeout(host.now());
    let said = host.drain();
    assert_eq!(said, ["open abc", SILENT]);
    assert_eq!(host.drain(), NOTHING);
    host.assert_over();
}
