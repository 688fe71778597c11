//! A session on WebSocket.

use crate::host::Host;
use engineio_proto::{Action, Event, Frame};

const NOTHING: [&str; 0] = [];

#[test]
fn the_handshake_is_the_first_frame() {
    let mut host = Host::new();
    host.open_quietly("websocket", "handshake");
    assert_eq!(
        host.drain(),
        [
            "open websocket",
            "handshake: 101",
            r#"ws> 0{"sid":"AQEBAQEBAQEBAQEBAQEB","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        ]
    );
}

#[test]
fn messages_in_both_directions() {
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    host.text(ws, "4héllo");
    host.text(ws, "4");
    host.binary(ws, &[1, 2, 3]);
    host.binary(ws, &[]);
    host.text(ws, "bAQI=");
    assert_eq!(host.drain(), ["message héllo", "message ", "message [1, 2, 3]", "message []", "message [1, 2]"]);
    host.send(key, "text with \u{1e} in it");
    host.server.send(key, vec![4, 5]).unwrap();
    host.server.send(key, vec![]).unwrap();
    assert_eq!(host.drain(), ["ws> 4text with \u{1e} in it", "ws> [4, 5]", "ws> []"]);
}

#[test]
fn what_one_read_brings_comes_together_and_in_order() {
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    let (_, _, other) = host.websocket();
    let texts = |texts: &[&'static str]| texts.iter().map(|text| Frame::Text((*text).into())).collect::<Vec<_>>();
    host.server.frames(host.now(), ws, texts(&["4a", "4bc", "bAQI=", "6"]));
    host.server.frames(host.now(), other, texts(&["4other"]));
    host.server.frames(host.now(), ws, texts(&["4d"]));
    host.server.frames(host.now(), ws, texts(&["4e", "9", "4never"]));
    let mut batches = Vec::new();
    while let Some(action) = host.server.poll() {
        if let Action::Event(session, Event::Messages(messages)) = action {
            batches.push((session == key, messages.len(), messages.byte_len(), messages.count()));
        }
    }
    assert_eq!(batches, [(true, 3, 5, 3), (false, 1, 5, 1), (true, 2, 2, 2)]);
    assert!(host.server.sid(key).is_none(), "what is no packet has ended it");
}

#[test]
fn a_server_is_quiet_once_it_has_said_all() {
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    assert!(host.server.is_quiet());
    host.text(ws, "4hello");
    assert!(!host.server.is_quiet());
    assert_eq!(host.drain(), ["message hello"]);
    assert!(host.server.is_quiet());
    host.send(key, "hello");
    assert!(!host.server.is_quiet());
    assert_eq!(host.drain(), ["ws> 4hello"]);
    host.server.wrote(host.now(), ws, 1);
    assert!(host.server.is_quiet(), "nobody waits for that");
}

#[test]
fn what_is_no_packet_ends_the_session() {
    for bad in ["", "9", "x", "b!"] {
        let mut host = Host::new();
        let (_, _, ws) = host.websocket();
        host.text(ws, "4before");
        host.text(ws, bad);
        host.text(ws, "4after");
        let said = host.drain();
        assert_eq!(said[0], "message before");
        assert!(said[1].starts_with("parse error: ParseError("), "{said:?}");
        assert_eq!(said[2..], ["ws closed None"]);
        host.assert_empty();
    }
}

#[test]
fn f14_what_only_a_server_says() {
    let mut host = Host::new();
    let (_, _, ws) = host.websocket();
    for ignored in ["0{}", "5", "6", "3", "3probe"] {
        host.text(ws, ignored);
        assert_eq!(host.drain(), NOTHING);
    }
    host.text(ws, "2");
    assert_eq!(host.drain(), ["transport error: TransportError(HeartbeatDirection)", "ws closed None"]);
    host.assert_empty();
}

#[test]
fn frames_are_announced_once_until_they_were_taken() {
    let mut host = Host::new();
    let (_, key, ws) = host.websocket();
    host.send(key, "one");
    let announced = |host: &mut Host| core::iter::from_fn(|| host.server.poll()).count();
    assert_eq!(announced(&mut host), 1);
    host.send(key, "two");
    assert_eq!(announced(&mut host), 0);
    assert!(host.server.poll_frame(ws).is_some());
    host.send(key, "three");
    assert_eq!(announced(&mut host), 0);
    assert!(host.server.poll_frame(ws).is_some());
    assert!(host.server.poll_frame(ws).is_some());
    assert!(host.server.poll_frame(ws).is_none());
    host.send(key, "four");
    assert_eq!(announced(&mut host), 1);
}
