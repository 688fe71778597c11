//! Servers, and what stands between, that say what is not to be said.

use crate::host::Host;
use engineio_proto::{CallFault, ClientConfig, Transport, WsEnd, WsFault};

#[test]
fn b11_garbage_is_a_parse_error() {
    for (body, error) in [
        ("", "Empty"),
        ("<html>", "UnknownType(60)"),
        ("4a\u{1e}", "Empty"),
        ("4a\u{1e}\u{1e}4b", "Empty"),
        ("b!", "Base64"),
        ("7", "UnknownType(55)"),
    ] {
        let closed = format!("parse error: ParseError({error})");
        let mut host = Host::polling();
        host.got(body);
        let said = host.drain();
        assert_eq!(said.last(), Some(&closed), "{body:?}");
        assert_eq!(said.len() == 2, body.starts_with('4'), "what stands before it is delivered: {said:?}");
        host.assert_over();
    }
    let mut host = Host::new();
    host.drain();
    host.got("<html>");
    assert_eq!(host.drain(), ["parse error: ParseError(UnknownType(60))"]);
    host.assert_over();
}

#[test]
fn b11_bytes_that_are_no_text_are_a_parse_error() {
    let mut host = Host::polling();
    let get = host.get.take().unwrap();
    host.client.response(host.now(), get.decode(200, (&b"4a\x1e4\xff"[..]).into()));
    assert_eq!(host.drain(), ["message a", "parse error: ParseError(Utf8)"]);
    host.assert_over();
}

#[test]
fn f15_a_payload_of_too_many_packets_is_a_parse_error() {
    let mut host = Host::polling_with(ClientConfig::builder().max_packets_per_payload(2));
    host.got("4a\u{1e}4b\u{1e}4c");
    assert_eq!(host.drain(), ["message a", "message b", "parse error: ParseError(TooManyPackets)"]);
    host.assert_over();
}

const HTML: &str = "<html><body>502 Bad Gateway</body></html>";
const UNKNOWN: &str = r#"{"code":1,"message":"Session ID unknown"}"#;

#[test]
fn a_code_is_looked_for_in_short_answers_only() {
    for (len, code) in [(4096, "Some(1)"), (4097, "None")] {
        let mut host = Host::polling();
        host.got_status(400, format!(r#"{{"code":1{:1$}}}"#, "", len - 10).leak());
        assert_eq!(host.drain(), [format!("transport error: TransportError(Status {{ status: 400, code: {code} }})")]);
        host.assert_over();
    }
}

#[test]
fn a_status_that_is_not_200_is_the_end_and_its_code_is_told() {
    for (status, body, code) in [
        (502, HTML, "None"),
        (400, UNKNOWN, "Some(1)"),
        (400, r#"{"code":5,"message":"Unsupported protocol version"}"#, "Some(5)"),
        (400, r#"{"code":6}"#, "None"),
        (400, r#"{"code":-1}"#, "None"),
        (400, "{", "None"),
        (204, "", "None"),
        (201, "4not this one", "None"),
        (304, "", "None"),
        (413, "", "None"),
    ] {
        let closed = format!("transport error: TransportError(Status {{ status: {status}, code: {code} }})");
        let mut host = Host::new();
        host.drain();
        host.got_status(status, body);
        assert_eq!(host.drain(), [closed.as_str()]);
        host.assert_over();

        let mut host = Host::polling();
        host.got_status(status, body);
        assert_eq!(host.drain(), [closed.as_str()]);
        host.assert_over();

        let mut host = Host::polling();
        host.send("a");
        host.drain();
        host.posted_status(status, body);
        assert_eq!(host.drain(), ["abandon get", &closed]);
        host.assert_over();
    }
}

#[test]
fn the_body_of_an_accepted_post_says_nothing() {
    for body in ["ok", "OK", "", "1", "\u{1e}"] {
        let mut host = Host::polling();
        let id = host.client.send_tracked(host.now(), "a").unwrap();
        host.drain();
        host.posted_status(200, body);
        assert_eq!(host.drain(), [format!("sent {id:?}")]);
    }
}

#[test]
fn a_call_that_fails_is_the_end() {
    for fault in [CallFault::Unreachable, CallFault::Connection, CallFault::Protocol, CallFault::TooLarge] {
        let closed = format!("transport error: TransportError(Call({fault:?}))");
        let mut host = Host::new();
        host.drain();
        host.get_fails(fault);
        assert_eq!(host.drain(), [closed.as_str()]);
        host.assert_over();

        let mut host = Host::polling();
        host.get_fails(fault);
        assert_eq!(host.drain(), [closed.as_str()]);
        host.assert_over();

        let mut host = Host::dialling();
        host.get_fails(fault);
        assert_eq!(host.drain(), ["abandon dial", &closed]);
        host.assert_over();

        let mut host = Host::draining();
        host.get_fails(fault);
        assert_eq!(host.drain(), ["ws closed", &closed]);
        host.assert_over();
    }
}

#[test]
fn b11_garbage_on_the_websocket_is_a_parse_error() {
    for (text, error) in [("", "Empty"), ("x", "UnknownType(120)"), ("b!", "Base64")] {
        let mut host = Host::websocket();
        host.text(text);
        assert_eq!(host.drain(), ["ws closed".into(), format!("parse error: ParseError({error})")]);
        host.assert_over();
    }
    let mut host = Host::with(ClientConfig::builder().transports([Transport::WebSocket]));
    host.drain();
    host.connected();
    host.text("garbage");
    assert_eq!(host.drain(), ["ws closed", "parse error: ParseError(UnknownType(103))"]);
    host.assert_over();
}

#[test]
fn a_websocket_that_ends_is_the_end() {
    for (end, closed) in [
        (WsEnd::Closed, "transport close: TransportClose"),
        (WsEnd::Failed(WsFault::Protocol), "transport error: TransportError(WebSocket(Protocol))"),
        (WsEnd::Failed(WsFault::TooLarge), "transport error: TransportError(WebSocket(TooLarge))"),
    ] {
        for mut host in [Host::websocket(), Host::upgraded()] {
            host.send("a");
            host.ws_closed(end);
            assert_eq!(host.drain(), [closed]);
            host.assert_over();
        }
    }
}

#[test]
fn nothing_reaches_a_session_over_a_websocket_that_is_not_its_own() {
    let mut host = Host::probing();
    let ws = host.ws.unwrap();
    host.text("x");
    assert_eq!(host.drain(), ["ws closed", "upgrade failed: Answer"]);
    let now = host.now();
    host.client.frame(now, ws, engineio_proto::Frame::Text("4late".into()));
    host.client.wrote(now, ws, 3);
    host.client.ws_closed(now, ws, WsEnd::Closed);
    assert!(host.client.poll_frame(ws).is_none());
    host.got("6");
    assert_eq!(host.drain(), ["get polling&sid=abc"]);
}
