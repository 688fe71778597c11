//! A session on WebSocket.

use crate::host::{Host, NOTHING, millis};
use engineio_proto::Frame;

#[test]
fn messages_go_both_ways() {
    for mut host in [Host::websocket(), Host::upgraded()] {
        host.send("a\u{1e}b");
        host.client.send(host.now(), vec![1, 2]).unwrap();
        host.text("4c\u{1e}d");
        host.binary(b"\x01\x02");
        host.text("bAQI=");
        let said = ["message c\u{1e}d", "message [1, 2]", "message [1, 2]", "ws> 4a\u{1e}b", "ws> [1, 2]"];
        assert_eq!(host.drain(), said);
    }
}

#[test]
fn frames_are_announced_once_until_they_were_taken() {
    let mut host = Host::websocket();
    let ws = host.ws.unwrap();
    host.send("a");
    assert!(host.client.poll().is_some());
    host.send("b");
    assert!(host.client.poll().is_none());
    assert!(host.client.poll_frame(ws).is_some() && host.client.poll_frame(ws).is_some());
    assert!(host.client.poll().is_none());
    assert!(host.client.poll_frame(ws).is_none());
    host.send("c");
    assert_eq!(host.drain(), ["ws> 4c"]);
}

#[test]
fn a_pong_goes_first() {
    let mut host = Host::websocket();
    host.send("a");
    host.text("2");
    host.text("2");
    assert_eq!(host.drain(), ["ws> 3", "ws> 4a"], "however many pings came");
}

#[test]
fn a_close_packet_closes() {
    let mut host = Host::websocket();
    host.text("4last");
    host.text("1");
    host.text("4never");
    assert_eq!(host.drain(), ["ws closed", "message last", "transport close: TransportClose"]);
    host.assert_over();
}

#[test]
fn what_a_server_has_no_reason_to_say_is_ignored() {
    let mut host = Host::websocket();
    for text in ["3", "3probe", "5", "6"] {
        host.text(text);
    }
    assert_eq!(host.drain(), NOTHING);
    assert_eq!(host.pass(millis(44_999)), []);
    let (now, ws) = (host.now(), host.ws.unwrap());
    host.client.frame(now, ws, Frame::Text("4a".into()));
    assert_eq!(host.drain(), ["message a"]);
}
