//! How a session is closed by its application.

use crate::host::{HELLO, Host, NOTHING, PLAIN, millis};
use engineio_proto::{CallFault, ClientAction, ClientConfig, ClientEvent, CloseReason, SendError, Transport, WsEnd};

const CLOSED: &str = "forced close: ForcedClose";

#[test]
fn over_polling_the_server_is_told_by_a_post() {
    let mut host = Host::polling();
    host.close();
    assert_eq!(host.drain(), ["post 1"]);
    host.got("6");
    assert_eq!(host.drain(), NOTHING, "no further GET");
    host.posted();
    assert_eq!(host.drain(), [CLOSED]);
    host.assert_over();
}

#[test]
fn u16_what_the_poll_is_answered_after_the_close_changes_nothing() {
    for answer in ["", "?", HELLO, "4late\u{1e}"] {
        let mut host = Host::polling();
        host.close();
        assert_eq!(host.drain(), ["post 1"]);
        host.got(answer);
        let late: &[&str] = if answer.starts_with('4') { &["message late"] } else { &NOTHING };
        assert_eq!(host.drain(), late, "{answer:?}");
        host.posted();
        assert_eq!(host.drain(), [CLOSED], "{answer:?}");
        host.assert_over();
    }
    let mut host = Host::polling();
    host.got("");
    assert_eq!(
        host.drain().last().unwrap(),
        "parse error: ParseError(Empty)",
        "a session that is open has no use for it"
    );
}

#[test]
fn u16_an_ended_session_knows_its_last_transport() {
    let mut host = Host::new();
    host.client.discard(host.now());
    assert_eq!(host.client.last_transport(), None);
    for (mut host, transport) in [
        (Host::polling(), Transport::Polling),
        (Host::probing(), Transport::Polling),
        (Host::websocket(), Transport::WebSocket),
        (Host::upgraded(), Transport::WebSocket),
    ] {
        host.client.discard(host.now());
        assert_eq!((host.client.transport(), host.client.last_transport()), (None, Some(transport)));
    }
}

#[test]
fn what_is_queued_leaves_first() {
    let mut host = Host::polling();
    let id = host.client.send_tracked(host.now(), "a").unwrap();
    assert_eq!(host.drain(), ["post 4a"]);
    host.send(&"b".repeat(99));
    host.send("c");
    host.close();
    assert!(matches!(host.client.send(host.now(), "d"), Err(SendError::Closed(_))));
    assert_eq!(host.drain(), NOTHING);
    host.got("2\u{1e}4e");
    assert_eq!(host.drain(), ["message e", "get polling&sid=abc"], "meanwhile the session lives");
    host.posted();
    assert_eq!(host.drain(), [format!("sent {id:?}"), "post 3".into()]);
    host.posted();
    assert_eq!(host.drain(), [format!("post 4{}", "b".repeat(99))]);
    host.posted();
    assert_eq!(host.drain(), ["post 4c"]);
    host.posted();
    assert_eq!(host.drain(), ["post 1"]);
    host.posted();
    assert_eq!(host.drain(), ["abandon get", CLOSED]);
    host.assert_over();
}

#[test]
fn on_websocket_what_is_queued_leaves_and_then_the_socket_is_closed() {
    for mut host in [Host::websocket(), Host::upgraded()] {
        host.unwritten = Some(0);
        host.send("a");
        host.close();
        assert_eq!(host.drain(), ["ws> 4a"]);
        host.text("4b");
        assert_eq!(host.drain(), ["message b"]);
        host.write();
        assert_eq!(host.drain(), ["ws closed", CLOSED]);
        host.assert_over();
    }
}

#[test]
fn every_stage_has_a_deadline() {
    let close_timeout = || ClientConfig::builder().close_timeout(millis(3000));
    let mut host = Host::polling_with(close_timeout());
    host.close();
    let said =
        [(0, "post 1".to_owned()), (3000, "abandon get".into()), (3000, "abandon post".into()), (3000, CLOSED.into())];
    assert_eq!(host.drain(), [said[0].1.as_str()]);
    assert_eq!(host.pass(millis(9000)), said[1..]);
    host.assert_over();

    let mut host = Host::with(close_timeout());
    host.drain();
    host.close();
    assert_eq!(host.pass(millis(9000)), [(3000, "abandon get".into()), (3000, CLOSED.into())]);
    host.assert_over();

    let mut host = Host::with(close_timeout().transports([Transport::WebSocket]));
    host.drain();
    host.connected();
    host.text(PLAIN);
    host.unwritten = Some(0);
    host.send("a");
    host.close();
    assert_eq!(host.drain(), ["open abc", "ws> 4a"]);
    assert_eq!(host.pass(millis(9000)), [(3000, "ws closed".into()), (3000, CLOSED.into())]);
    host.assert_over();
}

#[test]
fn a_session_that_opens_while_it_is_being_closed_still_delivers_what_was_queued() {
    let mut host = Host::new();
    host.send("a");
    host.drain();
    host.close();
    host.got(HELLO);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc", "post 4a"], "and it is not upgraded");
    host.posted();
    assert_eq!(host.drain(), ["post 1"]);

    let mut host = Host::with(ClientConfig::builder().transports([Transport::WebSocket]));
    host.send("a");
    host.drain();
    host.close();
    host.connected();
    host.text(PLAIN);
    assert_eq!(host.drain(), ["open abc", "ws> 4a", "ws closed", CLOSED]);
    host.assert_over();
}

#[test]
fn a_session_that_cannot_be_opened_while_it_is_being_closed_is_closed() {
    let mut host = Host::new();
    host.drain();
    host.close();
    host.get_fails(CallFault::Connection);
    assert_eq!(host.drain(), [CLOSED]);
    host.assert_over();

    let mut host = Host::new();
    host.send("lost");
    host.drain();
    host.close();
    host.get_fails(CallFault::Connection);
    assert_eq!(host.drain(), ["transport error: TransportError(Call(Connection))"], "something was lost");
    host.assert_over();
}

#[test]
fn an_upgrade_ends_with_the_session_that_is_closed() {
    let mut host = Host::dialling();
    host.close();
    assert_eq!(host.drain(), ["abandon dial", "post 1"]);
    host.settle_stale();
    host.posted();
    assert_eq!(host.drain(), ["abandon get", CLOSED]);
    host.assert_over();
    for mut host in [Host::probing(), Host::draining()] {
        host.close();
        assert_eq!(host.drain(), ["ws closed", "post 1"]);
        host.posted();
        assert_eq!(host.drain(), ["abandon get", CLOSED]);
        host.assert_over();
    }
}

#[test]
fn an_upgrade_whose_last_packet_is_on_its_way_is_closed_over_its_websocket() {
    let mut host = Host::draining();
    host.unwritten = Some(0);
    host.got("6");
    host.send("a");
    assert_eq!(host.drain(), ["ws> 5"]);
    host.close();
    assert_eq!(host.drain(), ["ws> 4a"]);
    host.write();
    assert_eq!(host.drain(), ["ws closed", CLOSED]);
    host.assert_over();
}

#[test]
fn whatever_the_server_says_to_the_close_packet_it_is_the_end() {
    type Answer = fn(&mut Host);
    let answers: [(Answer, bool); 5] = [
        (|host| host.posted_status(400, r#"{"code":1}"#), true),
        (|host| host.post_fails(CallFault::Connection), true),
        (|host| host.got("1"), true),
        (|host| host.get_fails(CallFault::Connection), false),
        (|host| host.got_status(400, ""), false),
    ];
    for (answer, ends) in answers {
        let mut host = Host::polling();
        host.close();
        assert_eq!(host.drain(), ["post 1"]);
        answer(&mut host);
        if !ends {
            assert_eq!(host.drain(), NOTHING, "the POST is still outstanding");
            host.posted();
        }
        assert_eq!(host.drain().last().unwrap(), CLOSED);
        host.assert_over();
    }
}

#[test]
fn a_fault_while_closing_says_what_it_was() {
    let mut host = Host::polling();
    host.send("a");
    host.close();
    assert_eq!(host.drain(), ["post 4a"]);
    host.posted_status(413, "");
    let closed = "transport error: TransportError(Status { status: 413, code: None })";
    assert_eq!(host.drain(), ["abandon get", closed]);
    host.assert_over();

    let mut host = Host::websocket();
    host.unwritten = Some(0);
    host.send("a");
    host.close();
    host.drain();
    host.ws_closed(WsEnd::Closed);
    assert_eq!(host.drain(), ["transport close: TransportClose"]);
    host.assert_over();
}

#[test]
fn closing_twice_is_closing_once() {
    let mut host = Host::polling();
    host.close();
    host.drain();
    host.suspend(millis(1000));
    host.close();
    let said = [(29_000 - 10_000, "abandon get".into()), (19_000, "abandon post".into()), (19_000, CLOSED.into())];
    assert_eq!(host.pass(millis(60_000)), said, "the POST's own deadline, which came first");
    host.assert_over();
}

#[test]
fn discarding_ends_everything_at_once() {
    for mut host in [Host::new(), Host::polling(), Host::dialling(), Host::draining(), Host::upgraded()] {
        let _ = host.drain();
        host.send("dropped");
        host.client.discard(host.now());
        let said = host.drain();
        assert_eq!(said.last().unwrap(), CLOSED);
        assert!(said.iter().rev().skip(1).all(|line| line.starts_with("abandon") || line == "ws closed"), "{said:?}");
        host.assert_over();
    }
}

#[test]
fn an_end_gives_out_what_is_left_to_be_done() {
    let host = Host::draining();
    let (now, ws) = (host.now(), host.ws.unwrap());
    let get = host.get.as_ref().unwrap().id();
    let left: Vec<_> = host.client.end(now).collect();
    assert!(
        matches!(
            left[..],
            [
                ClientAction::Abandon(abandoned),
                ClientAction::CloseWs(closed),
                ClientAction::Event(ClientEvent::Close(CloseReason::ForcedClose))
            ] if abandoned == get && closed == ws
        ),
        "{left:?}"
    );
}
