//! Protocol 3 as a client speaks it: the client pings, payloads have lengths, binary is bytes or base64.

use crate::host::{Host, NOTHING, millis};
use engineio_proto::{ClientConfig, ClientConfigBuilder, Message, Transport, Version};
use std::time::Duration;

/// 25 s and 5 s, a payload of at most 40 bytes, no upgrade.
const PLAIN: &str = r#"84:0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":5000,"maxPayload":40}"#;
const UPGRADE: &str =
    r#"95:0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000,"maxPayload":40}"#;

const SILENT: &str = "ping timeout: PingTimeout";

fn settings() -> ClientConfigBuilder {
    ClientConfig::builder().version(Version::V3)
}

fn polling() -> Host {
    polling_with(settings(), "get polling")
}

fn polling_with(settings: ClientConfigBuilder, first: &str) -> Host {
    let mut host = Host::with(settings);
    assert_eq!(host.drain(), [first]);
    host.got(PLAIN);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc"]);
    host
}

fn websocket(settings: ClientConfigBuilder, first: &str) -> Host {
    let mut host = Host::with(settings.transports([Transport::WebSocket]));
    assert_eq!(host.drain(), [first]);
    host.connected();
    host.text(PLAIN.strip_prefix("84:").unwrap());
    assert_eq!(host.drain(), ["open abc"]);
    host
}

fn draining() -> Host {
    let mut host = Host::with(settings());
    assert_eq!(host.drain(), ["get polling"]);
    host.got(UPGRADE);
    assert_eq!(host.drain(), ["open abc", "dial websocket&sid=abc", "get polling&sid=abc"]);
    host.connected();
    assert_eq!(host.drain(), ["ws> 2probe"]);
    host.text("3probe");
    assert_eq!(host.drain(), NOTHING);
    host
}

#[test]
fn the_version_is_in_every_target() {
    let config = settings().cache_buster(false).build().unwrap();
    let mut client = engineio_proto::Client::open(engineio_proto::Instant::EPOCH, config, Default::default());
    let Some(engineio_proto::ClientAction::Get { call, target }) = client.poll() else { panic!("no handshake") };
    assert_eq!(target, "/engine.io/?EIO=3&transport=polling");
    client.response(engineio_proto::Instant::EPOCH, call.decode(200, UPGRADE.into()));
    let mut targets = Vec::new();
    while let Some(action) = client.poll() {
        use engineio_proto::ClientAction::{Connect, Get};
        if let Get { target, .. } | Connect { target, .. } = action {
            targets.push(target);
        }
    }
    assert_eq!(
        targets,
        ["/engine.io/?EIO=3&transport=websocket&sid=abc", "/engine.io/?EIO=3&transport=polling&sid=abc"]
    );
}

#[test]
fn text_is_counted_in_utf16_units() {
    let mut host = polling();
    host.send("€uro");
    host.send("🦀");
    assert_eq!(host.drain(), ["post 5:4€uro3:4🦀"]);
    host.posted();
    host.got("5:4€uro3:4🦀1:6");
    assert_eq!(host.drain(), ["message €uro", "message 🦀", "get polling&sid=abc"]);
}

#[test]
fn a_separator_is_a_character_like_any_other() {
    let mut host = polling();
    host.send("a\u{1e}b");
    assert_eq!(host.drain(), ["post 4:4a|b"]);
    host.got("4:4a\u{1e}b");
    assert_eq!(host.drain(), ["message a\u{1e}b", "get polling&sid=abc"]);
}

#[test]
fn binary_makes_bytes_of_a_payload() {
    let mut host = polling();
    host.send("€");
    host.client.send(host.now(), vec![1, 2, 255]).unwrap();
    let payload = [0, 4, 0xff, 0x34, 0xe2, 0x82, 0xac, 1, 4, 0xff, 4, 1, 2, 0xff];
    assert_eq!(host.drain(), [format!("post {payload:?}")]);
    host.got_octets(b"\x00\x04\xff4\xe2\x82\xac\x01\x04\xff\x04\x01\x02\xff");
    assert_eq!(host.drain(), ["message €", "message [1, 2, 255]", "get polling&sid=abc"]);
    host.got("10:b4AQL/AQL/");
    assert_eq!(host.drain(), ["message [1, 2, 255, 1, 2, 255]", "get polling&sid=abc"], "base64 is understood, too");
}

#[test]
fn the_content_type_tells_the_forms_apart() {
    for (content_type, bytes) in [
        (Some("application/octet-stream"), true),
        (Some("Application/Octet-Stream ; charset=UTF-8"), true),
        (Some("text/plain; charset=UTF-8"), false),
        (Some("application/octet-streams"), false),
        (None, false),
    ] {
        let mut host = polling();
        let call = host.get.take().unwrap().of_content_type(content_type.map(str::as_bytes));
        host.client.response(host.now(), call.decode(200, b"\x01\x02\xff\x04\x09".as_slice().into()));
        let first = host.drain().into_iter().find(|line| !line.starts_with("abandon")).unwrap();
        let expected = if bytes { "message [9]" } else { "parse error: ParseError(Utf8)" };
        assert_eq!(first, expected, "{content_type:?}");
    }
    // Protocol 4 has one form.
    let mut host = Host::polling();
    host.got_octets(b"4hello");
    assert_eq!(host.drain(), ["message hello", "get polling&sid=abc"]);
}

#[test]
fn base64_is_asked_for_once_over_polling_and_always_over_websocket() {
    let mut host = polling_with(settings().force_base64(true), "get polling&b64=1");
    host.client.send(host.now(), vec![1, 2, 255]).unwrap();
    host.send("x");
    assert_eq!(host.drain(), ["post 6:b4AQL/2:4x"]);

    let mut host = websocket(settings().force_base64(true), "dial websocket&b64=1");
    host.client.send(host.now(), vec![1, 2, 255]).unwrap();
    assert_eq!(host.drain(), ["ws> b4AQL/"]);
    host.text("b4AQL/");
    assert_eq!(host.drain(), ["message [1, 2, 255]"]);

    // In protocol 4 only the WebSocket changes.
    let mut host = Host::with(ClientConfig::builder().force_base64(true));
    assert_eq!(host.drain(), ["get polling&b64=1"]);
    host.got(crate::host::HELLO);
    assert_eq!(host.drain(), ["open abc", "dial websocket&sid=abc&b64=1", "get polling&sid=abc"]);
    host.client.send(host.now(), vec![1, 2, 255]).unwrap();
    assert_eq!(host.drain(), ["post bAQL/"]);
}

#[test]
fn binary_frames_have_a_type() {
    let mut host = websocket(settings(), "dial websocket");
    host.client.send(host.now(), vec![9, 8]).unwrap();
    host.send("text");
    assert_eq!(host.drain(), ["ws> [4, 9, 8]", "ws> 4text"]);
    host.binary(&[4, 9, 8]);
    host.text("4text");
    assert_eq!(host.drain(), ["message [9, 8]", "message text"]);
    host.binary(&[9]);
    assert_eq!(host.drain(), ["ws closed", "parse error: ParseError(UnknownType(9))"]);
    host.assert_over();
}

/// 40 bytes hold exactly this much, in each of the three forms.
#[test]
fn k09_batches_of_protocol_3_are_measured_exactly() {
    let fits = |settings: ClientConfigBuilder, messages: [Message; 2], first: &str| {
        let mut host = polling_with(settings, first);
        host.client.send_many(host.now(), messages).unwrap();
        let said = host.drain();
        let [post] = &said[..] else { panic!("{said:?}") };
        host.posted();
        let left = host.drain();
        assert!(left.len() <= 1, "{left:?}");
        (post.clone(), left.is_empty())
    };
    // `20:4…` and `15:4…` are 3 + 20 and 3 + 14 bytes.
    let text = |len: usize| Message::from("x".repeat(len));
    let (post, whole) = fits(settings(), [text(19), text(13)], "get polling");
    assert!(whole && post.len() == "post ".len() + 40, "{post}");
    assert!(!fits(settings(), [text(19), text(14)], "get polling").1);
    // Bytes: two of length, a marker, the end of the length and a type around each.
    let bytes = |len: usize| Message::from(vec![0; len]);
    assert!(fits(settings(), [bytes(15), text(15)], "get polling").1);
    assert!(!fits(settings(), [bytes(15), text(16)], "get polling").1);
    // Base64: `10:b4` and eight characters, then `22:b4` and twenty.
    let base64 = || settings().force_base64(true);
    assert!(fits(base64(), [bytes(6), text(23)], "get polling&b64=1").1);
    assert!(!fits(base64(), [bytes(7), text(23)], "get polling&b64=1").1);
}

#[test]
fn the_client_pings_and_the_server_answers() {
    let mut host = polling();
    assert_eq!(host.pass(millis(26_000)), [(25_000, "post 1:2".into())]);
    host.posted();
    host.got("1:3");
    assert_eq!(host.drain(), ["get polling&sid=abc"]);
    assert_eq!(host.pass(millis(26_000)), [(25_000, "post 1:2".into())], "counted from the answer");
    host.posted();
    assert_eq!(
        host.pass(millis(10_000)),
        [(4000, "abandon get".into()), (4000, SILENT.into())],
        "five seconds after the ping"
    );
    host.assert_over();

    let mut host = websocket(settings(), "dial websocket");
    assert_eq!(host.pass(millis(25_000)), [(25_000, "ws> 2".into())]);
    host.text("4other traffic does not count");
    host.text("2");
    assert_eq!(host.drain(), ["message other traffic does not count"], "no server pings");
    assert_eq!(host.pass(millis(60_000)), [(5000, "ws closed".into()), (5000, SILENT.into())]);
    host.assert_over();
}

#[test]
fn h41_an_answer_to_no_ping_does_not_postpone_the_next() {
    let mut host = websocket(settings(), "dial websocket");
    host.suspend(millis(20_000));
    host.text("3");
    assert_eq!(host.drain(), NOTHING);
    assert_eq!(host.pass(millis(6000)), [(5000, "ws> 2".into())]);
}

#[test]
fn the_ping_waits_for_the_websocket_that_the_session_goes_over_to() {
    let mut host = draining();
    assert_eq!(host.pass(millis(9000)), []);
    host.got("1:6");
    assert_eq!(host.drain(), ["ws> 5", "upgraded"]);
    assert_eq!(host.pass(millis(16_000)), [(16_000, "ws> 2".into())]);
    host.text("3");
    assert_eq!(host.pass(millis(25_000)), [(25_000, "ws> 2".into())]);
}

#[test]
fn f42_a_machine_that_was_suspended_says_nothing_to_a_server_that_forgot_it() {
    type Wake = fn(&mut Host);
    let wakes: [Wake; 3] = [
        |host| assert!(host.client.send(host.now(), "hello").is_err()),
        |host| host.text("3"),
        |host| host.client.timeout(host.now()),
    ];
    for wake in wakes {
        for pinged in [false, true] {
            let mut host = websocket(settings(), "dial websocket");
            if pinged {
                assert_eq!(host.pass(millis(25_000)), [(25_000, "ws> 2".into())]);
            }
            host.suspend(Duration::from_secs(8 * 3600));
            wake(&mut host);
            assert_eq!(host.drain(), ["ws closed", SILENT]);
            host.assert_over();
        }
    }
    // A little late is not forgotten.
    let mut host = websocket(settings(), "dial websocket");
    host.suspend(millis(29_999));
    host.send("hello");
    assert_eq!(host.drain(), ["ws> 2", "ws> 4hello"]);
}

#[test]
fn closing_says_so_with_a_length() {
    let mut host = polling();
    host.send("last words");
    host.close();
    assert_eq!(host.drain(), ["post 11:4last words"]);
    host.posted();
    assert_eq!(host.drain(), ["post 1:1"]);
    host.posted();
    assert_eq!(host.drain(), ["abandon get", "forced close: ForcedClose"]);
    host.assert_over();
}

/// A server that speaks the other protocol is no server that this client can talk to.
#[test]
fn an_answer_of_the_other_protocol_is_no_handshake() {
    let mut host = Host::with(settings());
    host.drain();
    host.got(crate::host::PLAIN);
    assert_eq!(host.drain(), ["parse error: ParseError(Framing)"]);
    host.assert_over();
    let mut host = Host::new();
    host.drain();
    host.got(PLAIN);
    assert_eq!(host.drain(), ["parse error: ParseError(UnknownType(56))"]);
    host.assert_over();
}
