//! An input that comes at a deadline, or later, sees the deadline passed: the host need not have said that time went on.

use crate::host::Host;
use engineio_proto::{Config, Delivery, Frame, Instant, SendError, Sid, Ticket, WsEnd};
use std::time::Duration;

const SILENT: &str = "ping timeout: PingTimeout";
const UNKNOWN: &str = r#"400 {"code":1,"message":"Session ID unknown"}"#;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A session on polling whose ping was delivered and not answered, and the instant at which it ends.
fn overdue(host: &mut Host) -> (Sid, Ticket, Instant) {
    let (sid, ticket) = host.open_quietly("polling", "handshake");
    host.drain();
    host.get(sid, "get");
    assert_eq!(host.pass(seconds(25)), ["get: 200 2"]);
    let end = host.server.deadline().unwrap();
    assert_eq!(end, host.now().after(seconds(20)));
    (sid, ticket, end)
}

#[test]
fn u11_a_request_at_the_deadline_does_not_revive_its_session() {
    for late in [Duration::ZERO, seconds(3)] {
        for kind in ["get", "post", "upgrade"] {
            let mut host = Host::new();
            let (sid, _, end) = overdue(&mut host);
            host.set_clock(end.after(late));
            match kind {
                "get" => drop(host.get(sid, kind)),
                "post" => {
                    let post = host.post(sid, kind, "3");
                    assert!(host.server.awaits_body(post).is_none());
                }
                _ => drop(host.upgrade(sid, kind)),
            }
            assert_eq!(host.drain(), [SILENT.to_owned(), format!("{kind}: {UNKNOWN}")]);
            host.assert_empty();
        }
    }
}

#[test]
fn u11_a_pong_at_the_deadline_is_too_late() {
    let mut host = Host::new();
    let (sid, _, end) = overdue(&mut host);
    assert_eq!(host.pass(seconds(1)), [""; 0]);
    let post = host.post_head(sid, "post");
    host.set_clock(end);
    host.body(post, "3");
    assert_eq!(host.drain(), [SILENT.to_owned(), format!("post: {UNKNOWN}")]);
    host.assert_empty();

    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    assert_eq!(host.pass(seconds(25)), ["ws> 2"]);
    host.set_clock(host.server.deadline().unwrap());
    host.server.frames(host.now(), ws, [Frame::Text("3".into()), Frame::Text("4x".into())]);
    assert_eq!(host.drain(), [SILENT, "ws closed None"]);
    host.assert_empty();
}

/// An instant before, each of them counts.
#[test]
fn u11_an_instant_before_the_deadline_is_in_time() {
    let mut host = Host::new();
    let (sid, _, end) = overdue(&mut host);
    let before = end.since_epoch().checked_sub(Duration::from_nanos(1)).unwrap();
    host.set_clock(Instant::from_epoch(before));
    host.post(sid, "post", "3");
    assert_eq!(host.drain(), ["post: 200 ok"]);
    assert_eq!(host.pass(seconds(30)), [""; 0]);
    assert_eq!(host.server.len(), 1);
}

/// Each input finds the session over, with the reason of the deadline and not its own.
#[test]
fn u11_whatever_comes_at_the_deadline() {
    type Input = fn(&mut Host, Ticket);
    let inputs: [(&str, Input); 8] = [
        ("close", |host, ticket| host.server.close(host.now(), ticket.session().unwrap())),
        ("close all", |host, _| host.server.close_all(host.now())),
        ("discard", |host, ticket| host.server.discard(host.now(), ticket.session().unwrap())),
        ("written", |host, ticket| host.server.written(host.now(), ticket, Delivery::Written)),
        ("lost", |host, ticket| host.server.written(host.now(), ticket, Delivery::Lost)),
        ("abort", |host, ticket| assert!(!host.abort(ticket))),
        ("progress", |host, ticket| host.server.body_progress(host.now(), ticket, 1)),
        ("another session", |host, _| {
            host.open_quietly("polling", "other");
        }),
    ];
    for (name, input) in inputs {
        let mut host = Host::new();
        let (_, ticket, end) = overdue(&mut host);
        host.set_clock(end);
        input(&mut host, ticket);
        let said = host.drain();
        assert_eq!(said[0], SILENT, "{name}: {said:?}");
        assert_eq!(said.len(), if name == "another session" { 3 } else { 1 }, "{name}: {said:?}");
        let sent = host.server.send(ticket.session().unwrap(), "late");
        assert!(matches!(sent, Err(SendError::Closed(_))), "{name}");
    }

    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    assert_eq!(host.pass(seconds(25)), ["ws> 2"]);
    host.set_clock(host.server.deadline().unwrap());
    host.ws_closed(ws, WsEnd::Closed);
    assert_eq!(host.drain(), [SILENT]);
    host.assert_empty();

    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    assert_eq!(host.pass(seconds(25)), ["ws> 2"]);
    host.set_clock(host.server.deadline().unwrap());
    host.server.wrote(host.now(), ws, 1);
    assert_eq!(host.drain(), [SILENT, "ws closed None"]);
    host.assert_empty();
}

/// The other deadlines of a session.
#[test]
fn u11_a_body_and_a_probe_at_their_deadlines() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let post = host.post_head(sid, "post");
    host.set_clock(host.now().after(seconds(20)));
    host.body(post, "4late");
    assert_eq!(host.drain(), ["transport error: TransportError(BodyTimeout)", "post: 408 "]);
    host.assert_empty();

    let mut host = Host::new();
    let (_, _, ws) = host.probing();
    host.set_clock(host.now().after(seconds(10)));
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws closed None"]);
    assert_eq!(host.server.len(), 1);
}

/// A silent peer of a session that is being closed: it ends when an open one would have ended.
#[test]
fn f23_f41_a_silent_session_that_is_being_closed_ends_with_its_heartbeat() {
    for closed_at in [5, 20, 24, 30, 44] {
        let mut host = Host::new();
        let (sid, key) = host.polling();
        host.post(sid, "post", "4x");
        host.drain();
        host.send(key, "unread");
        host.pass(seconds(closed_at));
        host.server.close(host.now(), key);
        let rest = (45 - closed_at) * 1000;
        let expected = if rest <= 30_000 {
            (u128::from(rest), SILENT.to_owned())
        } else {
            (30_000, "forced close: ForcedClose".to_owned())
        };
        assert_eq!(host.pass_timed(seconds(60)), [expected], "closed after {closed_at} s");
        host.assert_empty();
    }
}

/// A peer that is alive takes what is left for as long as the close timeout lets it.
#[test]
fn f41_the_heartbeat_goes_on_while_a_session_closes() {
    let config = Config::builder().ping_interval(seconds(4)).ping_timeout(seconds(3)).max_packets_per_response(2);
    let mut host = Host::with(config);
    let (sid, key) = host.polling();
    (0..20).for_each(|_| host.send(key, "x"));
    host.server.close(host.now(), key);
    let mut pings = 0;
    for _ in 0..29 {
        host.get(sid, "get");
        let said = host.drain();
        assert!(said[0].starts_with("get: 200 "), "{said:?}");
        if said == ["get: 200 2|4x"] {
            pings += 1;
            host.post(sid, "post", "3");
            assert_eq!(host.drain(), ["post: 200 ok"]);
        }
        if said.last().unwrap() == "forced close: ForcedClose" {
            assert_eq!(said[0], "get: 200 6|1");
            break;
        }
        assert_eq!(host.pass(seconds(2)), [""; 0]);
    }
    assert!(pings > 2);
    host.assert_empty();

    // Over WebSocket.
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    assert_eq!(host.pass(seconds(20)), [""; 0]);
    host.send(key, "unread");
    host.server.close(host.now(), key);
    while host.server.poll().is_some() {}
    host.server.timeout(host.now().after(seconds(5)));
    host.server.timeout(host.now().after(seconds(24)));
    assert_eq!(host.server.len(), 1);
    host.server.timeout(host.now().after(seconds(25)));
    let said = host.drain();
    assert_eq!(said, [SILENT, "ws closed None"]);
    assert!(host.server.poll_frame(ws).is_none());
    host.assert_empty();
}
