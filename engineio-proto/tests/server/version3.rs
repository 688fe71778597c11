//! Sessions of protocol 3, which are off unless they are allowed.

use crate::host::Host;
use engineio_proto::{
    Action, Config, Delivery, Event, Message, Opened, Refusal, RequestHead, SendError, SessionKey, Sid, Version, WsKey,
};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

fn host() -> Host {
    Host::with(Config::builder().allow_eio3(true))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn at(seconds: u128, line: &str) -> (u128, String) {
    (seconds * 1000, line.into())
}

/// A polling session whose handshake was answered.
fn polling(host: &mut Host) -> (Sid, SessionKey) {
    let (sid, ticket) = host.open_query("EIO=3&transport=polling", "handshake").unwrap();
    let said = host.drain();
    assert_eq!(said.len(), 2, "{said:?}");
    (sid, ticket.session().unwrap())
}

/// A session that began on WebSocket and has sent its handshake.
fn websocket(host: &mut Host, query: &str) -> (SessionKey, WsKey) {
    let (_, ticket) = host.open_query(query, "handshake").unwrap();
    let ws = host.drain_ws().1.unwrap();
    (ticket.session().unwrap(), ws)
}

/// A session that has gone from polling to WebSocket.
fn upgraded(host: &mut Host, query: &str) -> (Sid, SessionKey, WsKey) {
    let (sid, key) = polling(host);
    host.raw("GET", &format!("{query}&transport=websocket&sid={sid}"), true, "upgrade").unwrap();
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe"]);
    (sid, key, ws)
}

#[test]
fn it_is_off_by_default() {
    let mut host = Host::new();
    for query in ["EIO=3&transport=polling", "transport=polling", "EIO=3&transport=websocket"] {
        assert_eq!(host.open_query(query, "handshake").unwrap_err(), Refusal::UnsupportedVersion);
    }
    host.assert_empty();
}

#[test]
fn a_handshake_that_names_no_version_is_one_of_three() {
    let mut host = host();
    for (query, version) in [
        ("EIO=3&transport=polling", Version::V3),
        ("transport=polling", Version::V3),
        ("transport=websocket", Version::V3),
        ("EIO=4&transport=polling", Version::V4),
    ] {
        host.open_query(query, "handshake").unwrap();
        let Some(Action::Event(_, Event::Open(Opened { version: opened, .. }))) = host.server.poll() else {
            panic!("a session opens");
        };
        assert_eq!(opened, version, "{query}");
        host.drain();
    }
    for query in ["EIO=2&transport=polling", "EIO=5&transport=polling", "EIO=&transport=polling"] {
        assert_eq!(host.open_query(query, "handshake").unwrap_err(), Refusal::UnsupportedVersion, "{query}");
    }
}

#[test]
fn the_handshake_is_a_payload_with_a_length() {
    let mut host = host();
    let (sid, _) = host.open_query("EIO=3&transport=polling", "handshake").unwrap();
    let json = format!(
        r#"0{{"sid":"{sid}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#
    );
    assert_eq!(host.drain(), ["open polling".into(), format!("handshake: 200 {}:{json}", json.len())]);
    let (_, ws) = websocket(&mut host, "EIO=3&transport=websocket");
    host.text(ws, "4hi");
    assert_eq!(host.drain(), ["message hi"]);
}

#[test]
fn messages_go_both_ways() {
    let mut host = host();
    let (sid, key) = polling(&mut host);
    host.send(key, "h\u{e9}\u{1f600}");
    host.send(key, "b");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 5:4h\u{e9}\u{1f600}2:4b"]);
    host.post(sid, "post", "5:4h\u{e9}\u{1f600}6:b4AQID");
    assert_eq!(host.drain(), ["message h\u{e9}\u{1f600}", "message [1, 2, 3]", "post: 200 ok"]);
}

#[test]
fn one_binary_message_makes_the_answer_binary() {
    let mut host = host();
    let (sid, key) = polling(&mut host);
    host.send(key, "a");
    host.server.send(key, vec![7, 8]).unwrap();
    host.get(sid, "get");
    assert_eq!(host.drain(), [format!("get: 200 {:?}", b"\x00\x02\xff4a\x01\x03\xff\x04\x07\x08")]);
}

#[test]
fn for_those_who_ask_for_text_it_is_text() {
    let mut host = host();
    let (sid, ticket) = host.open_query("EIO=3&b64=1&transport=polling", "handshake").unwrap();
    host.drain();
    host.server.send(ticket.session().unwrap(), vec![1, 2, 3]).unwrap();
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6:b4AQID"]);
    // What a later request says about it does not count.
    host.server.send(ticket.session().unwrap(), vec![1, 2, 3]).unwrap();
    host.raw("GET", &format!("EIO=3&transport=polling&sid={sid}"), false, "get").unwrap();
    assert_eq!(host.drain(), ["get: 200 6:b4AQID"]);
}

#[test]
fn h14_a_post_says_by_its_content_type_how_it_is_written() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    let query = format!("EIO=3&transport=polling&sid={sid}");
    let head = RequestHead { method: "POST", query: &query, ..RequestHead::default() };
    let octets = RequestHead { content_type: Some(b"application/octet-stream"), ..head };
    let ticket = host.raw_head(&octets, "octets").unwrap();
    host.body(ticket, &b"\x00\x02\xff4a\x01\x03\xff\x04\x07\x08\x00\x01\xff2"[..]);
    assert_eq!(host.drain(), ["message a", "message [7, 8]", "octets: 200 ok"]);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 1:3"]);
    for text in [None, Some(&b"text/plain;charset=UTF-8"[..])] {
        let ticket = host.raw_head(&RequestHead { content_type: text, ..head }, "text").unwrap();
        host.body(ticket, "2:4a");
        assert_eq!(host.drain(), ["message a", "text: 200 ok"]);
    }
    let ticket = host.raw_head(&octets, "octets").unwrap();
    host.body(ticket, "2:4a");
    assert_eq!(host.drain()[0], "parse error: ParseError(Framing)");
    host.assert_empty();
}

#[test]
fn a_client_that_pings_is_answered_and_lives() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    for _ in 0..10 {
        host.get(sid, "get");
        assert_eq!(host.pass(seconds(44)), NOTHING, "this side sends no pings");
        host.post(sid, "post", "1:2");
        assert_eq!(host.drain(), ["post: 200 ok", "get: 200 1:3"]);
    }
    let (_, ws) = websocket(&mut host, "EIO=3&transport=websocket");
    for _ in 0..10 {
        host.post(sid, "post", "1:2");
        host.drain();
        assert_eq!(host.pass(seconds(44)), NOTHING);
        host.text(ws, "2");
        assert_eq!(host.drain(), ["ws> 3"]);
    }
}

#[test]
fn f23_silence_ends_the_session_after_interval_and_timeout() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    host.get(sid, "get");
    assert_eq!(host.pass_timed(seconds(60)), [at(45, "ping timeout: PingTimeout"), at(45, "get: 200 1:1")]);
    host.assert_empty();
    let (_, ws) = websocket(&mut host, "EIO=3&transport=websocket");
    assert_eq!(host.pass(seconds(10)), NOTHING);
    host.text(ws, "2");
    assert_eq!(host.pass(seconds(0)), ["ws> 3"]);
    // Messages are no pings.
    assert_eq!(host.pass(seconds(40)), NOTHING);
    host.text(ws, "4still here");
    assert_eq!(host.pass(seconds(0)), ["message still here"]);
    assert_eq!(host.pass_timed(seconds(10)), [at(5, "ping timeout: PingTimeout"), at(5, "ws closed None")]);
    host.assert_empty();
}

#[test]
fn h27_the_deadline_survives_an_upgrade() {
    let mut host = host();
    let (_, _, ws) = upgraded(&mut host, "EIO=3");
    assert_eq!(host.pass_timed(seconds(600)), [at(45, "ping timeout: PingTimeout"), at(45, "ws closed None")]);
    let _ = ws;
    host.assert_empty();
    let (_, _, ws) = upgraded(&mut host, "EIO=3");
    for _ in 0..10 {
        assert_eq!(host.pass(seconds(44)), NOTHING);
        host.text(ws, "2");
        assert_eq!(host.drain(), ["ws> 3"]);
    }
    assert_eq!(host.pass_timed(seconds(600)), [at(45, "ping timeout: PingTimeout"), at(45, "ws closed None")]);
}

#[test]
fn a_pong_that_is_owed_goes_over_with_the_session() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    host.upgrade(sid, "upgrade");
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.post(sid, "post", "1:2");
    assert_eq!(host.drain(), ["post: 200 ok", "ws> 3probe"]);
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "ws> 3"]);
}

#[test]
fn c09_a_million_pings_are_one_pong() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    host.post(sid, "post", "1:2".repeat(900));
    host.drain();
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 1:3"]);
    let parked = host.get(sid, "get");
    assert_eq!(host.drain(), NOTHING);
    assert!(host.abort(parked));
}

#[test]
fn each_side_keeps_its_direction() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    host.post(sid, "post", "2:4a1:3");
    assert_eq!(host.drain()[1], "transport error: TransportError(HeartbeatDirection)");
    let (_, ws) = websocket(&mut host, "EIO=3&transport=websocket");
    host.text(ws, "3");
    assert_eq!(host.drain(), ["transport error: TransportError(HeartbeatDirection)", "ws closed None"]);
    host.assert_empty();
}

#[test]
fn c13_every_answer_is_written_alike() {
    let mut host = host();
    // Parked until the probe.
    let (sid, key) = polling(&mut host);
    host.get(sid, "get");
    host.upgrade(sid, "upgrade");
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    assert_eq!(host.drain(), ["ws> 3probe", "get: 200 1:6"]);
    // Parked until the switch.
    host.get(sid, "get");
    host.text(ws, "5");
    assert_eq!(host.drain(), ["upgraded", "get: 200 1:6"]);
    host.server.close(host.now(), key);
    host.drain();
    // Parked until the end, by either side.
    let (sid, key) = polling(&mut host);
    host.get(sid, "get");
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), ["get: 200 1:1", "forced close: ForcedClose"]);
    let (sid, _) = polling(&mut host);
    host.get(sid, "get");
    host.post(sid, "post", "1:1");
    assert_eq!(host.drain(), ["transport close: TransportClose", "post: 200 ok", "get: 200 1:6"]);
    // Closed before it polls.
    let (sid, key) = polling(&mut host);
    host.server.close(host.now(), key);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 1:61:1", "forced close: ForcedClose"]);
    // Overlapping.
    let (sid, _) = polling(&mut host);
    host.get(sid, "first");
    host.get(sid, "second");
    assert_eq!(host.drain(), ["transport error: TransportError(GetOverlap)", "second: 400 ", "first: 200 1:1"]);
    host.assert_empty();
}

#[test]
fn text_may_hold_a_separator() {
    let mut host = host();
    let (sid, key) = polling(&mut host);
    host.send(key, "a\u{1e}1");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 4:4a|1"]);
    let (_, key) = host.polling();
    let message = Message::from("a\u{1e}1");
    assert_eq!(host.server.send(key, message.clone()), Err(SendError::Separator(message.into())));
}

#[test]
fn h26_p01_a_session_keeps_its_version() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    let mismatch = r#"odd: 400 {"code":3,"message":"Bad request"}"#;
    for eio in ["4", "5", ""] {
        host.raw("GET", &format!("EIO={eio}&transport=polling&sid={sid}"), false, "odd").unwrap();
        host.raw("GET", &format!("EIO={eio}&transport=websocket&sid={sid}"), true, "odd").unwrap();
        assert_eq!(host.drain(), [mismatch, mismatch], "{eio:?}");
    }
    let (v4, _) = host.polling();
    host.raw("GET", &format!("EIO=3&transport=polling&sid={v4}"), false, "odd").unwrap();
    assert_eq!(host.drain(), [mismatch]);
    // Whoever does not name one means the session's, on its WebSocket too.
    for query in ["EIO=3", "x=y"] {
        let (_, key, ws) = upgraded(&mut host, query);
        host.server.send(key, vec![9, 8]).unwrap();
        host.binary(ws, b"\x04\x07");
        host.text(ws, "b4AQID");
        assert_eq!(host.drain(), ["message [7]", "message [1, 2, 3]", "ws> [4, 9, 8]"]);
    }
}

#[test]
fn base64_belongs_to_the_websocket_that_asks_for_it() {
    let mut host = host();
    let (_, key, _) = upgraded(&mut host, "EIO=3&b64=1");
    host.server.send(key, vec![1, 2, 3]).unwrap();
    assert_eq!(host.drain(), ["ws> b4AQID"]);
    let (key, _) = websocket(&mut host, "EIO=3&b64=1&transport=websocket");
    host.server.send(key, vec![1, 2, 3]).unwrap();
    assert_eq!(host.drain(), ["ws> b4AQID"]);
    let (key, _) = websocket(&mut host, "EIO=4&b64=1&transport=websocket");
    host.server.send(key, vec![1, 2, 3]).unwrap();
    assert_eq!(host.drain(), ["ws> bAQID"]);
    // A session that asked for it on polling did not on its WebSocket.
    let (sid, ticket) = host.open_query("EIO=4&b64=1&transport=polling", "handshake").unwrap();
    host.drain();
    host.upgrade(sid, "upgrade");
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.text(ws, "5");
    host.server.send(ticket.session().unwrap(), vec![1, 2, 3]).unwrap();
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe", "ws> [1, 2, 3]"]);
}

#[test]
fn a_pong_whose_answer_is_lost_ends_the_session() {
    let mut host = host();
    let (sid, _) = polling(&mut host);
    host.post(sid, "post", "1:2");
    host.drain();
    host.reports = false;
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 1:3"]);
    host.report(Delivery::Lost);
    assert_eq!(host.drain(), ["transport error: TransportError(Undelivered)"]);
    host.assert_empty();
}

#[test]
fn p12_answers_keep_to_the_limit() {
    let mut host = Host::with(Config::builder().allow_eio3(true).max_payload(100));
    for (query, binary) in [("EIO=3", false), ("EIO=3", true), ("EIO=3&b64=1", true)] {
        let (sid, ticket) = host.open_query(&format!("{query}&transport=polling"), "handshake").unwrap();
        let key = ticket.session().unwrap();
        for _ in 0..50 {
            let message = if binary { Message::from(vec![1; 7]) } else { Message::from("1234567") };
            host.server.send(key, message).unwrap();
        }
        host.drain();
        let mut answers = 0;
        while host.server.queued(key).unwrap().0 > 0 {
            host.get(sid, "get");
            let mut len = 0;
            while let Some(action) = host.server.poll() {
                let Action::Answer(answer) = action else { continue };
                let ticket = answer.ticket().unwrap();
                let (handle, engineio_proto::Verdict::Respond(response)) = answer.into_parts() else { panic!() };
                handle.settle();
                len = response.encode().len();
                host.server.written(host.now(), ticket, Delivery::Written);
            }
            assert!(len <= 100, "{len}");
            answers += 1;
        }
        assert!(answers <= 10, "they are filled: {answers}");
    }
}
