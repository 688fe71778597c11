//! The story that this library was written for: somebody comes with a second WebSocket for a session.
//!
//! Whatever the moment, the second one is answered once and never reaches the session, the first one goes on, and
//! no handle is touched again after it was settled or given up (the handle of these tests panics if one is).

use crate::host::Host;
use engineio_proto::WsEnd;

const NOTHING: [&str; 0] = [];

#[test]
fn f04_p04_while_the_first_one_is_offered() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.upgrade(sid, "first");
    host.upgrade(sid, "second");
    let (said, ws) = host.drain_ws();
    assert_eq!(said, ["second: 101 and closed", "first: 101"]);
    first_goes_on(&mut host, ws.unwrap());
}

#[test]
fn f04_p04_while_the_first_one_probes() {
    let mut host = Host::new();
    let (sid, _, ws) = host.probing();
    host.upgrade(sid, "second");
    assert_eq!(host.drain(), ["second: 101 and closed"]);
    host.text(ws, "2probe");
    host.upgrade(sid, "third");
    assert_eq!(host.drain(), ["third: 101 and closed", "ws> 3probe"]);
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded"]);
    host.text(ws, "4still here");
    assert_eq!(host.drain(), ["message still here"]);
}

#[test]
fn f04_after_the_upgrade() {
    let mut host = Host::new();
    let (sid, key, ws) = host.upgraded();
    host.upgrade(sid, "second");
    assert_eq!(host.drain(), ["second: 101 and closed"]);
    host.send(key, "for the first");
    host.text(ws, "4from the first");
    assert_eq!(host.drain(), ["message from the first", "ws> 4for the first"]);
}

#[test]
fn h24_on_a_session_that_began_on_websocket() {
    let mut host = Host::new();
    let (sid, key, ws) = host.websocket();
    host.upgrade(sid, "second");
    assert_eq!(host.drain(), ["second: 101 and closed"]);
    host.send(key, "for the first");
    host.text(ws, "4from the first");
    assert_eq!(host.drain(), ["message from the first", "ws> 4for the first"]);
}

#[test]
fn f04_a_hundred_at_once() {
    let mut host = Host::new();
    let (sid, _, ws) = host.probing();
    for _ in 0..100 {
        host.upgrade(sid, "another");
    }
    assert_eq!(host.drain(), ["another: 101 and closed"; 100]);
    first_goes_on(&mut host, ws);
}

#[test]
fn f04_in_a_session_that_is_closing_or_closed() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.server.close(host.now(), key);
    host.upgrade(sid, "late");
    assert_eq!(host.drain(), ["late: 101 and closed"]);
    host.server.discard(host.now(), key);
    host.upgrade(sid, "later");
    assert_eq!(host.drain(), ["forced close: ForcedClose", r#"later: 400 {"code":1,"message":"Session ID unknown"}"#]);
    host.assert_empty();
}

/// The host of the motivating bug: closing a response runs its abort callback before the call returns, and the
/// callback comes straight back into the core. The handle is gone by then, so there is nothing to write to.
#[test]
fn seed_a_host_that_aborts_inside_its_own_write() {
    let mut host = Host::new();
    let (sid, _, ws) = host.upgraded();
    let ticket = host.upgrade(sid, "second");
    let now = host.now();
    while let Some(action) = host.server.poll() {
        let engineio_proto::Action::Answer(answer) = action else { panic!("an answer was due") };
        let (handle, _) = answer.into_parts();
        handle.settle();
        assert!(host.server.abort(now, ticket).is_none(), "there is nothing to give back");
    }
    assert_eq!(host.drain(), NOTHING);
    host.text(ws, "4still here");
    assert_eq!(host.drain(), ["message still here"]);
}

/// As above, but the peer of the second one is gone before the host has even asked what to do with it.
#[test]
fn seed_h13_an_abort_before_the_answer_is_taken() {
    let mut host = Host::new();
    let (sid, _, ws) = host.upgraded();
    let ticket = host.upgrade(sid, "second");
    assert!(host.abort(ticket));
    assert!(!host.abort(ticket), "an abort is idempotent");
    assert_eq!(host.drain(), NOTHING);
    host.text(ws, "4still here");
    assert_eq!(host.drain(), ["message still here"]);
}

#[test]
fn seed_every_moment_of_an_abort_of_the_second_one() {
    for aborted_first in [false, true] {
        for second_is_first in [false, true] {
            let mut host = Host::new();
            let (sid, _) = host.polling();
            let first = host.upgrade(sid, "first");
            let second = host.upgrade(sid, "second");
            let (gone, name) = if second_is_first { (first, "second") } else { (second, "first") };
            if aborted_first {
                assert!(host.abort(gone));
            }
            let said = host.drain();
            assert_eq!(
                said.iter().filter(|line| line.ends_with("101")).count(),
                usize::from(!(aborted_first && second_is_first)),
                "{name}: {said:?}"
            );
            host.abort(gone);
            // Whatever happened, a new upgrade is possible or the first goes on; the session is alive.
            assert_eq!(host.server.len(), 1);
            assert_eq!(host.waiting(), 0);
        }
    }
}

fn first_goes_on(host: &mut Host, ws: engineio_proto::WsKey) {
    host.text(ws, "2probe");
    host.text(ws, "5");
    host.text(ws, "4hello");
    assert_eq!(host.drain(), ["upgraded", "message hello", "ws> 3probe"]);
    host.ws_closed(ws, WsEnd::Closed);
    assert_eq!(host.drain(), ["transport close: TransportClose"]);
    host.assert_empty();
}
