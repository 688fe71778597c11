//! What the reference's client gets wrong, by the rows of the list of hazards.

use crate::host::{HELLO, Host, NOTHING, PLAIN, millis};
use engineio_proto::{CallFault, ClientConfig, ClientStart, Transport, WsEnd, WsFault};

const LOST: WsEnd = WsEnd::Failed(WsFault::Connection);

#[test]
fn k01_a_websocket_that_dies_after_its_probe_was_answered_leaves_polling_as_it_was() {
    let mut host = Host::draining();
    host.send("one");
    host.got("4hello");
    host.client.send(host.now(), vec![1]).unwrap();
    // `5` is due; the host asks what to do and the socket dies before the frame is taken.
    host.ws_closed(LOST);
    let fault = "upgrade failed: Closed(Failed(Connection))";
    assert_eq!(host.drain(), ["message hello", fault, "get polling&sid=abc", "post 4one|bAQ=="]);
    host.posted();
    host.got("4still here");
    assert_eq!(host.drain(), ["message still here", "get polling&sid=abc"]);
    assert_eq!(host.client.transport(), Some(Transport::Polling));
}

#[test]
fn k01_so_does_one_that_dies_with_its_upgrade_packet_unwritten() {
    let mut host = Host::draining();
    host.unwritten = Some(0);
    host.got("6");
    host.send("kept");
    assert_eq!(host.drain(), ["ws> 5"], "no message goes before it is known that `5` went");
    host.ws_closed(LOST);
    let fault = "upgrade failed: Closed(Failed(Connection))";
    assert_eq!(host.drain(), [fault, "get polling&sid=abc", "post 4kept"]);
}

#[test]
fn k02_a_malformed_handshake_is_a_reason_to_close() {
    for (body, fault) in [
        ("0", "Malformed"),
        ("0{", "Malformed"),
        ("0[]", "Malformed"),
        (r#"0{"sid":"a"}"#, r#"Missing("pingInterval")"#),
        (r#"0{"sid":1,"upgrades":[],"pingInterval":1,"pingTimeout":1}"#, r#"Invalid("sid")"#),
        (r#"0{"sid":"","upgrades":[],"pingInterval":1,"pingTimeout":1}"#, "Sid(InvalidSessionId)"),
    ] {
        let closed = format!("transport error: TransportError(Handshake({fault}))");
        let mut host = Host::new();
        host.drain();
        host.got(body);
        assert_eq!(host.drain(), [closed.as_str()], "{body}");
        host.assert_over();

        let mut host = Host::with(ClientConfig::builder().transports([Transport::WebSocket]));
        host.drain();
        host.connected();
        host.text(body);
        assert_eq!(host.drain(), ["ws closed", &closed], "{body}");
        host.assert_over();
    }
}

#[test]
fn k03_what_comes_before_the_handshake_is_not_delivered() {
    for body in ["4hello", "4hello\u{1e}0{}", "2", "6", "3", "1", "bAQ=="] {
        let mut host = Host::new();
        host.drain();
        host.got(body);
        assert_eq!(host.drain(), ["transport error: TransportError(NoHandshake)"], "{body}");
        host.assert_over();
    }
    for text in ["4hello", "2", "6", "1"] {
        let mut host = Host::with(ClientConfig::builder().transports([Transport::WebSocket]));
        host.drain();
        host.connected();
        host.text(text);
        assert_eq!(host.drain(), ["ws closed", "transport error: TransportError(NoHandshake)"], "{text}");
        host.assert_over();
    }
}

#[test]
fn k03_an_opening_that_brings_nothing_ends() {
    let mut host = Host::new();
    assert_eq!(host.drain(), ["get polling"]);
    let closed = "transport error: TransportError(OpenTimeout)";
    assert_eq!(host.pass(millis(30_000)), [(20_000, "abandon get".into()), (20_000, closed.into())]);
    host.assert_over();
}

#[test]
fn k04_a_session_is_opened_once() {
    let mut host = Host::polling();
    host.got(PLAIN);
    assert_eq!(host.drain(), ["transport error: TransportError(SecondHandshake)"]);
    host.assert_over();

    let mut host = Host::polling();
    host.got(concat!("4before\u{1e}", r#"0{"sid":"def"}"#, "\u{1e}4after"));
    assert_eq!(host.drain(), ["message before", "transport error: TransportError(SecondHandshake)"]);
    host.assert_over();

    let mut host = Host::websocket();
    host.text(PLAIN);
    assert_eq!(host.drain(), ["ws closed", "transport error: TransportError(SecondHandshake)"]);
    host.assert_over();
}

#[test]
fn k05_closing_while_opening_leaves_no_session_behind() {
    let mut host = Host::new();
    assert_eq!(host.drain(), ["get polling"]);
    host.close();
    assert_eq!(host.drain(), NOTHING, "the server may have made a session; its id is not known yet");
    host.got(HELLO);
    assert_eq!(host.drain(), ["open abc", "post 1"]);
    host.posted();
    assert_eq!(host.drain(), ["forced close: ForcedClose"]);
    host.assert_over();
}

#[test]
fn k05_an_opening_that_nobody_knows_of_is_cancelled_at_once() {
    let mut host = Host::new();
    host.close();
    assert_eq!(host.drain(), ["forced close: ForcedClose"], "nothing was asked of the host yet");
    host.assert_over();

    let websocket = || ClientConfig::builder().transports([Transport::WebSocket]);
    let mut host = Host::with(websocket());
    assert_eq!(host.drain(), ["dial websocket"]);
    host.close();
    assert_eq!(host.drain(), ["abandon dial", "forced close: ForcedClose"]);
    host.assert_over();

    let mut host = Host::with(websocket());
    host.drain();
    host.connected();
    host.close();
    assert_eq!(host.drain(), ["ws closed", "forced close: ForcedClose"], "its session ends with its socket");
    host.assert_over();
}

#[test]
fn k06_a_send_is_complete_when_its_own_batch_was_accepted() {
    let mut host = Host::polling();
    let now = host.now();
    let ids = [b'a', b'b', b'c'].map(|byte| {
        let text = String::from_utf8(vec![byte; 60]).unwrap();
        host.client.send_tracked(now, text).unwrap()
    });
    let said = host.drain();
    assert_eq!(said.len(), 1, "one of them is as much as the server takes at once: {said:?}");
    for id in ids {
        host.posted();
        let said = host.drain();
        assert_eq!(said[0], format!("sent {id:?}"));
        assert!(said.len() <= 2 && said.iter().skip(1).all(|line| line.starts_with("post 4")), "{said:?}");
    }
}

#[test]
fn k07_a_wrong_answer_to_the_probe_ends_that_websocket_and_nothing_else() {
    for text in ["3", "3prob", "4hello", "6", "5", "x", "", "2probe", "1"] {
        let mut host = Host::probing();
        host.text(text);
        assert_eq!(host.drain(), ["ws closed", "upgrade failed: Answer"], "{text}");
        host.got("4on");
        assert_eq!(host.drain(), ["message on", "get polling&sid=abc"]);
    }
    let mut host = Host::probing();
    host.binary(b"3probe");
    assert_eq!(host.drain(), ["ws closed", "upgrade failed: Answer"]);
}

#[test]
fn k08_a_session_that_begins_on_websocket_is_not_upgraded() {
    let websocket = ClientConfig::builder().transports([Transport::WebSocket, Transport::Polling]);
    let mut host = Host::with(websocket);
    assert_eq!(host.drain(), ["dial websocket"]);
    host.connected();
    host.text(HELLO);
    host.send("at once");
    assert_eq!(host.drain(), ["open abc", "ws> 4at once"]);
}

#[test]
fn k09_batches_are_measured_exactly() {
    // 100 bytes: `b` and 96 characters, a separator, and two bytes of text.
    let mut host = Host::polling();
    let now = host.now();
    host.client.send(now, vec![0; 72]).unwrap();
    host.send("x");
    host.send("y");
    let binary = format!("b{}", "A".repeat(96));
    assert_eq!(host.drain(), [format!("post {binary}|4x")]);
    host.posted();
    assert_eq!(host.drain(), ["post 4y"]);
    host.posted();
    // One byte more becomes four characters more.
    host.client.send(now, vec![0; 73]).unwrap();
    host.send("z");
    assert_eq!(host.drain(), [format!("post b{}==", "A".repeat(98))]);
    host.posted();
    assert_eq!(host.drain(), ["post 4z"]);
}

#[test]
fn k09_a_message_that_is_longer_on_its_own_goes_alone() {
    let mut host = Host::polling();
    let long = "x".repeat(100);
    for text in ["a", &long, "b"] {
        host.send(text);
    }
    assert_eq!(host.drain(), ["post 4a"]);
    host.got("2");
    host.drain();
    host.posted();
    assert_eq!(host.drain(), ["post 3"], "not even the heartbeat goes with it");
    host.posted();
    assert_eq!(host.drain(), [format!("post 4{long}")]);
    host.posted();
    assert_eq!(host.drain(), ["post 4b"]);
}

#[test]
fn k10_what_is_remembered_is_what_the_host_says() {
    let remembered = ClientStart { websocket_worked: true, ..ClientStart::default() };
    let mut host = Host::start(ClientConfig::builder(), remembered);
    assert_eq!(host.drain(), ["dial websocket"]);
    host.dial_fails(CallFault::Refused(502));
    assert_eq!(host.drain(), ["get polling"], "then the configured order counts");
    let mut host = Host::new();
    assert_eq!(host.drain(), ["get polling"]);
    let polling = ClientConfig::builder().transports([Transport::Polling]);
    assert_eq!(Host::start(polling, remembered).drain(), ["get polling"]);
}

#[test]
fn k11_the_messages_of_a_failed_post_are_lost_only_together_with_the_session() {
    let mut host = Host::polling();
    let now = host.now();
    host.client.send_tracked(now, "lost").unwrap();
    assert_eq!(host.drain(), ["post 4lost"]);
    host.client.send_tracked(now, "queued").unwrap();
    host.post_fails(CallFault::Connection);
    let closed = "transport error: TransportError(Call(Connection))";
    assert_eq!(host.drain(), ["abandon get", closed], "neither is said to be sent");
    host.assert_over();
}

#[test]
fn k12_a_frame_counts_as_sent_when_it_was_handed_to_the_transport() {
    let mut host = Host::websocket();
    host.unwritten = Some(0);
    let now = host.now();
    let first = host.client.send_tracked(now, "a").unwrap();
    assert_eq!(host.drain(), ["ws> 4a"]);
    assert_eq!(host.pass(millis(1000)), []);
    host.write();
    assert_eq!(host.drain(), [format!("sent {first:?}")]);
    host.client.send_tracked(now, "b").unwrap();
    assert_eq!(host.drain(), ["ws> 4b"]);
    host.ws_closed(LOST);
    assert_eq!(host.drain(), ["transport error: TransportError(WebSocket(Connection))"]);
    host.assert_over();
}
