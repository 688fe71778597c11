//! The peer goes away: in each state, before and after an answer was decided.

use crate::host::{Host, SHARD};
use engineio_proto::{Delivery, SessionKey, Sid, Ticket, Upload, WsEnd, WsFault};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

#[test]
fn f01_h36_of_a_parked_get_ends_the_session_and_nothing_is_written() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    let get = host.get(sid, "get");
    // A message and the abort arrive between two polls: the message was never moved into the dead answer.
    host.send(key, "hi");
    assert!(host.abort(get));
    assert_eq!(host.drain(), ["transport error: TransportError(GetAborted)"]);
    host.assert_empty();
    host.get(sid, "late");
    assert_eq!(host.drain(), [r#"late: 400 {"code":1,"message":"Session ID unknown"}"#]);
}

#[test]
fn f02_p05_after_the_answer_was_decided_its_messages_are_lost_and_that_is_said() {
    let mut host = Host::new();
    host.reports = false;
    let (sid, key) = host.polling();
    host.report(Delivery::Written);
    let get = host.get(sid, "get");
    let id = host.server.send_tracked(key, "hi").unwrap();
    assert_eq!(host.drain(), ["get: 200 4hi"]);
    assert!(!host.abort(get), "the handle left with the answer");
    assert_eq!(host.drain(), ["transport error: TransportError(Undelivered)"]);
    assert!(!host.abort(get));
    host.report(Delivery::Written);
    assert_eq!(host.drain(), NOTHING, "{id:?} is never said to be sent");
    host.assert_empty();
}

#[test]
fn f02_a_lost_answer_is_as_an_abort() {
    let mut host = Host::new();
    host.reports = false;
    let (sid, key) = host.polling();
    host.report(Delivery::Written);
    host.get(sid, "get");
    host.send(key, "hi");
    assert_eq!(host.drain(), ["get: 200 4hi"]);
    host.report(Delivery::Lost);
    assert_eq!(host.drain(), ["transport error: TransportError(Undelivered)"]);
    host.assert_empty();
}

#[test]
fn f02_a03_a_late_abort_of_a_delivered_answer_does_nothing() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    let get = host.get(sid, "get");
    host.send(key, "hi");
    assert_eq!(host.drain(), ["get: 200 4hi"]);
    assert!(!host.abort(get));
    assert_eq!(host.drain(), NOTHING);
    assert_eq!(host.server.len(), 1);
}

#[test]
fn f07_of_a_post_delivers_nothing_and_ends_the_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    host.get(sid, "get");
    let post = host.post_head(sid, "post");
    assert!(host.abort(post));
    assert_eq!(host.drain(), ["transport error: TransportError(PostAborted)", "get: 200 1"]);
    host.body(post, "4late");
    host.assert_empty();
}

#[test]
fn f02_of_a_post_between_its_ok_and_the_transport_ends_the_session() {
    let mut host = Host::new();
    host.reports = false;
    let (sid, _) = host.polling();
    host.report(Delivery::Written);
    let post = host.post(sid, "post", "4hi");
    assert_eq!(host.drain(), ["message hi", "post: 200 ok"]);
    assert!(!host.abort(post));
    assert_eq!(host.drain(), ["transport error: TransportError(PostAborted)"]);
    host.assert_empty();
}

#[test]
fn f01_p11_of_the_handshake_before_its_answer_is_taken() {
    for transport in ["polling", "websocket"] {
        let mut host = Host::new();
        let (_, ticket) = host.open_quietly(transport, "handshake");
        assert!(host.abort(ticket));
        let said = host.drain();
        assert_eq!(said[1..], ["transport error: TransportError(HandshakeAborted)"]);
        host.assert_empty();
    }
}

#[test]
fn p11_of_the_handshake_after_its_answer_was_decided() {
    let mut host = Host::new();
    host.reports = false;
    let (_, ticket) = host.open_quietly("polling", "handshake");
    assert_eq!(host.drain().len(), 2);
    assert!(!host.abort(ticket));
    assert_eq!(host.drain(), ["transport error: TransportError(Undelivered)"]);
    host.assert_empty();
}

/// The request's future of a host may die after 101 was decided and before there is a WebSocket.
#[test]
fn f01_p03_of_an_upgrades_exchange_is_the_loss_of_its_websocket() {
    let mut host = Host::new();
    let (_, ticket) = host.open_quietly("websocket", "handshake");
    let said = host.drain();
    assert_eq!(said[..2], ["open websocket", "handshake: 101"]);
    assert!(!host.abort(ticket));
    assert_eq!(host.drain(), ["transport error: TransportError(WebSocket(Connection))"]);
    host.assert_empty();

    let (sid, key) = host.polling();
    let upgrade = host.upgrade(sid, "upgrade");
    assert_eq!(host.drain(), ["upgrade: 101"]);
    assert!(!host.abort(upgrade));
    host.send(key, "goes on");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4goes on"]);
}

#[test]
fn f03_h05_h30_while_the_host_decides_leaves_no_session() {
    let mut host = Host::new();
    let handle = host.handle("handshake");
    let config = engineio_proto::Config::default();
    let head = engineio_proto::RequestHead {
        method: "GET",
        query: "EIO=4&transport=polling",
        ..engineio_proto::RequestHead::default()
    };
    let Ok(engineio_proto::Route::Open(opening)) = engineio_proto::Router::new(config).route(&head) else {
        panic!("not a handshake")
    };
    let pending = opening.pending(handle);
    pending.aborted().settle();
    host.assert_empty();
}

#[test]
fn f01_a02_of_a_websocket_in_each_state() {
    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    host.ws_closed(ws, WsEnd::Failed(WsFault::Connection));
    assert_eq!(host.drain(), ["transport error: TransportError(WebSocket(Connection))"]);
    host.ws_closed(ws, WsEnd::Closed);
    host.text(ws, "4late");
    host.assert_empty();

    let (sid, key, ws) = host.probing();
    host.text(ws, "2probe");
    host.ws_closed(ws, WsEnd::Closed);
    host.send(key, "goes on");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4goes on"]);
    assert_eq!(host.pass(Duration::from_secs(24)), NOTHING, "no upgrade timeout is left");
}

/// A stale name is never another session's, even if that lives where the first one did.
#[test]
fn f43_stale_names_do_nothing() {
    let mut host = Host::new();
    let (sid, key, ws) = host.upgraded();
    let get = host.get(sid, "get");
    assert_eq!(host.drain(), [r#"get: 400 {"code":3,"message":"Bad request"}"#]);
    host.server.discard(host.now(), key);
    assert_eq!(host.drain(), ["forced close: ForcedClose", "ws closed None"]);
    let (_, other, _) = host.websocket();
    assert_eq!(key.slot(), other.slot(), "the slot is used again");
    assert_eq!((key.shard(), other.shard()), (SHARD, SHARD));
    assert!(!host.abort(get));
    host.text(ws, "4late");
    host.ws_closed(ws, WsEnd::Closed);
    host.server.wrote(host.now(), ws, 7);
    host.server.close(host.now(), key);
    assert!(host.server.poll_frame(ws).is_none());
    assert!(matches!(host.server.send(key, "late"), Err(engineio_proto::SendError::Closed(_))));
    assert_eq!(host.drain(), NOTHING);
    assert_eq!(host.server.transport(other), Some(engineio_proto::Transport::WebSocket));
    assert_eq!((host.server.transport(key), host.server.sid(key)), (None, None));
}

/// Found by the model checker.
#[test]
fn f01_h43_of_a_websocket_that_outlives_its_session_for_a_moment_leaves_nothing_to_close() {
    let mut host = Host::new();
    let (_, ticket) = host.open_quietly("websocket", "handshake");
    let (said, ws) = host.drain_ws();
    assert_eq!(said.first().map(String::as_str), Some("open websocket"));
    host.server.discard(host.now(), ws.unwrap().session());
    assert!(!host.abort(ticket), "the handle left with the 101");
    assert_eq!(host.drain(), ["forced close: ForcedClose"]);
    host.assert_empty();
}

/// A session on polling, and the name of an exchange of its that is over.
fn with_a_stale_exchange() -> (Host, Sid, SessionKey, Ticket) {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    let stale = host.get(sid, "first");
    host.send(key, "hi");
    assert_eq!(host.drain(), ["first: 200 4hi"]);
    (host, sid, key, stale)
}

/// A host may be late in each state; what is under way there goes on.
#[test]
fn f43_a_stale_abort_does_nothing_to_what_is_under_way() {
    let (mut host, sid, _, stale) = with_a_stale_exchange();
    let post = host.post_head(sid, "post");
    assert!(!host.abort(stale) && host.server.awaits_body(stale).is_none());
    host.server.body(host.now(), stale, Upload::too_large());
    host.body(post, "4a");
    assert!(!host.abort(stale), "the POST was accepted");
    host.reports = false;
    assert_eq!(host.drain(), ["message a", "post: 200 ok"]);
    assert!(!host.abort(stale), "its answer is on its way");
    let next = host.get(sid, "next");
    assert_eq!(host.drain(), NOTHING);
    assert!(host.abort(next));

    let (mut host, sid, key, stale) = with_a_stale_exchange();
    host.upgrade(sid, "upgrade");
    assert!(!host.abort(stale), "an upgrade was asked for");
    host.server.close(host.now(), key);
    assert!(!host.abort(stale), "and the session closes");
    assert_eq!(host.drain()[0], "upgrade: 101");

    let (mut host, sid, key, stale) = with_a_stale_exchange();
    host.reports = false;
    host.get(sid, "last");
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), ["last: 200 1"]);
    assert!(!host.abort(stale), "the close packet is on its way");
    assert_eq!(host.drain(), NOTHING);
    host.report(Delivery::Written);
    assert_eq!(host.drain(), ["forced close: ForcedClose"]);
    host.assert_empty();
}

#[test]
fn f43_a_stale_abort_does_nothing_to_a_handshake() {
    let mut host = Host::new();
    let (sid, _) = host.open_quietly("websocket", "handshake");
    let refused = host.get(sid, "get");
    assert!(host.abort(refused), "its answer is on its way");
    assert!(!host.abort(refused), "it was given up before");
    assert_eq!(host.drain()[..2], ["open websocket", "handshake: 101"]);
}

#[test]
fn f01_of_a_websocket_handshake_whose_session_closes_before_its_101() {
    let mut host = Host::new();
    let (_, ticket) = host.open_quietly("websocket", "handshake");
    host.server.close(host.now(), ticket.session().unwrap());
    assert!(host.abort(ticket));
    assert_eq!(host.drain(), ["open websocket", "transport error: TransportError(HandshakeAborted)"]);
    host.assert_empty();
}
