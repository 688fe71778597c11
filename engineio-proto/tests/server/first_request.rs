//! A session on polling has to make a request soon after its handshake.

use crate::host::Host;
use engineio_proto::{CloseReason, Config, ConfigBuilder, Sid, Ticket};
use std::time::Duration;

const NOTHING: [&str; 0] = [];
const SILENT: &str = "ping timeout: PingTimeout";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn both_versions() -> ConfigBuilder {
    Config::builder().allow_eio3(true)
}

fn open(host: &mut Host, version: u8) -> (Sid, Ticket) {
    let opened = host.open_query(&format!("EIO={version}&transport=polling"), "handshake").unwrap();
    assert_eq!(host.drain().len(), 2);
    opened
}

#[test]
fn u09_a_session_without_a_request_ends_soon() {
    for version in [4, 3] {
        let mut host = Host::with(both_versions());
        open(&mut host, version);
        assert_eq!(host.pass_timed(seconds(100)), [(10_000, SILENT.into())]);
        host.assert_empty();
    }
}

/// The handshake's answer is decided and not delivered.
#[test]
fn u09_so_does_one_whose_handshake_is_not_taken() {
    let mut host = Host::new();
    host.reports = false;
    let (_, key) = host.polling();
    host.send(key, "unread");
    assert_eq!(host.pass_timed(seconds(100)), [(10_000, SILENT.into())]);
    assert_eq!(host.unsent.len(), 1);
    host.assert_empty();
}

/// A host that does not even ask what to answer.
#[test]
fn u09_so_does_one_whose_handshake_is_not_answered() {
    let mut host = Host::new();
    host.open_quietly("polling", "handshake");
    host.server.timeout(host.now().after(seconds(10)));
    assert_eq!(host.drain(), ["open polling", SILENT, r#"handshake: 503 "#]);
    host.assert_empty();
}

/// A GET, a POST and an upgrade, each at the last moment.
#[test]
fn u09_any_request_of_the_session_is_a_first_one() {
    for version in [4, 3] {
        for kind in ["get", "post", "upgrade"] {
            let mut host = Host::with(both_versions());
            let (sid, ticket) = open(&mut host, version);
            assert_eq!(host.pass(seconds(10) - Duration::from_nanos(1)), NOTHING);
            match kind {
                "get" => drop(host.get(sid, "get")),
                "post" => drop(host.post(sid, "post", if version == 4 { "4x" } else { "2:4x" })),
                _ => drop(host.upgrade(sid, "upgrade")),
            }
            let expected: &[&str] = match kind {
                "get" => &[],
                "post" => &["message x", "post: 200 ok"],
                _ => &["upgrade: 101"],
            };
            assert_eq!(host.drain(), expected, "{kind}");
            assert_eq!(host.pass(seconds(5)), NOTHING, "{kind}");
            assert_eq!(host.server.len(), 1);
            host.server.discard(host.now(), ticket.session().unwrap());
            host.drain();
            host.assert_empty();
        }
    }
}

/// What is no request of the protocol does not count.
#[test]
fn u09_a_request_that_is_refused_for_what_it_is_does_not_count() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.raw("PUT", &format!("EIO=4&transport=polling&sid={sid}"), false, "put").unwrap();
    host.raw("GET", &format!("EIO=3&transport=polling&sid={sid}"), false, "other version").unwrap();
    assert_eq!(host.drain().len(), 2);
    assert_eq!(host.pass_timed(seconds(100)), [(10_000, SILENT.into())]);
}

/// A client on WebSocket alone says nothing before its first pong.
#[test]
fn u09_a_session_that_begins_on_websocket_is_exempt() {
    let mut host = Host::new();
    host.websocket();
    assert_eq!(host.pass_timed(seconds(44)), [(25_000, "ws> 2".into())]);
    assert_eq!(host.server.len(), 1);
}

/// The heartbeat ends a silent session whatever else is configured.
#[test]
fn u09_a_longer_timeout_than_the_heartbeat_has_no_effect() {
    for version in [4, 3] {
        let config = both_versions().ping_interval(seconds(2)).ping_timeout(seconds(3));
        assert_eq!(config.clone().build().unwrap().first_request_timeout(), seconds(10));
        let mut host = Host::with(config);
        open(&mut host, version);
        assert_eq!(host.pass_timed(seconds(100)), [(5000, SILENT.into())]);
        host.assert_empty();
    }
}

/// Closing a session does not prolong its life: otherwise a server that turns visitors away holds them for longer.
#[test]
fn u09_a_session_that_is_closed_has_no_longer() {
    for answered in [true, false] {
        let mut host = Host::new();
        let (sid, ticket) = host.open_quietly("polling", "handshake");
        let key = ticket.session().unwrap();
        if answered {
            host.drain();
        }
        host.server.close(host.now(), key);
        host.drain();
        assert_eq!(host.pass_timed(seconds(100)), [(10_000, SILENT.into())]);
        host.get(sid, "get");
        assert_eq!(host.drain(), [r#"get: 400 {"code":1,"message":"Session ID unknown"}"#]);
        host.assert_empty();
    }
    // One that comes in time is told.
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.server.close(host.now(), key);
    assert_eq!(host.pass(seconds(9)), NOTHING);
    host.post(sid, "post", "4x");
    assert_eq!(host.drain(), ["message x", "post: 200 ok"]);
    assert_eq!(host.pass(seconds(9)), NOTHING);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", &format!("forced close: {:?}", CloseReason::ForcedClose)]);
    host.assert_empty();
}
