//! The data of the open packet.

use core::time::Duration;
use engineio_proto::{Handshake, HandshakeError, SessionId, Sid, Transport, Upgrades};

const JSON: &str = r#"{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

fn handshake() -> Handshake {
    Handshake {
        sid: Sid::from_entropy([0x42; 15]),
        upgrades: Upgrades::default().with(Transport::WebSocket),
        ping_interval: Duration::from_millis(25_000),
        ping_timeout: Duration::from_millis(20_000),
        max_payload: Some(1_000_000),
    }
}

/// The example with one key's value replaced, or with the key left out.
fn with(key: &str, value: Option<&str>) -> String {
    let mut pairs = vec![
        ("sid", r#""lv_VI97HAXpY6yYWAAAC""#),
        ("upgrades", r#"["websocket"]"#),
        ("pingInterval", "25000"),
        ("pingTimeout", "20000"),
        ("maxPayload", "1000000"),
    ];
    pairs.retain(|(known, _)| *known != key);
    pairs.extend(value.map(|value| (key, value)));
    let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| format!(r#""{key}":{value}"#)).collect();
    format!("{{{}}}", pairs.join(","))
}

#[test]
fn it_is_written_in_the_order_of_the_reference() {
    let sid = handshake().sid;
    let expected = JSON.replace("lv_VI97HAXpY6yYWAAAC", sid.as_str());
    assert_eq!(handshake().encode(), expected.as_str());
}

#[test]
fn no_upgrades_are_an_empty_list() {
    let handshake = Handshake { upgrades: Upgrades::default(), ..handshake() };
    assert!(handshake.encode().contains(r#""upgrades":[],"#));
}

#[test]
fn what_is_written_is_read() {
    for upgrades in [Upgrades::default(), Upgrades::default().with(Transport::WebSocket)] {
        for max_payload in [None, Some(0), Some(u64::MAX)] {
            for millis in [0, 1, 25_000, u64::from(u32::MAX)] {
                let duration = Duration::from_millis(millis);
                let handshake =
                    Handshake { upgrades, max_payload, ping_interval: duration, ping_timeout: duration, ..handshake() };
                assert_eq!(Handshake::decode(&handshake.encode()), Ok(handshake.into()));
            }
        }
    }
}

#[test]
fn the_example_of_the_specification_is_read() {
    let handshake = Handshake::decode(JSON).unwrap();
    assert_eq!(handshake.sid.as_str(), "lv_VI97HAXpY6yYWAAAC");
    assert!(handshake.upgrades.contains(Transport::WebSocket));
    assert!(!handshake.upgrades.contains(Transport::Polling));
    assert_eq!(handshake.ping_interval, Duration::from_secs(25));
    assert_eq!(handshake.ping_timeout, Duration::from_secs(20));
    assert_eq!(handshake.max_payload, Some(1_000_000));
}

#[test]
fn order_blanks_and_unknown_keys_do_not_matter() {
    let json = r#" { "pingTimeout" : 20000, "new": {"a": [1]}, "upgrades" : [ "websocket" ],
        "maxPayload":1000000, "pingInterval":25000.0, "sid":"lv_VI97HAXpY6yYWAAAC" } "#;
    assert_eq!(Handshake::decode(json), Handshake::decode(JSON));
}

#[test]
fn k02_every_truncation_is_malformed() {
    for len in 0..JSON.len() {
        assert_eq!(Handshake::decode(&JSON[..len]), Err(HandshakeError::Malformed), "{len}");
    }
}

#[test]
fn k02_what_is_no_object_is_malformed() {
    for json in ["", "null", "[]", "4", r#""x""#, "true", "{", "{}x", "\u{0}", r#"{"sid":"a",}"#] {
        assert_eq!(Handshake::decode(json), Err(HandshakeError::Malformed), "{json:?}");
    }
    let nested = "[".repeat(10_000);
    assert_eq!(Handshake::decode(&nested), Err(HandshakeError::Malformed));
    let nested = with("deep", Some(&nested));
    assert_eq!(Handshake::decode(&nested), Err(HandshakeError::Malformed));
}

#[test]
fn b11_id_and_heartbeat_must_be_there() {
    for key in ["sid", "pingInterval", "pingTimeout"] {
        assert_eq!(Handshake::decode(&with(key, None)), Err(HandshakeError::Missing(key)));
    }
    assert_eq!(Handshake::decode(&with("upgrades", None)).map(|handshake| handshake.upgrades), Ok(Upgrades::default()));
    assert_eq!(Handshake::decode(&with("maxPayload", None)).map(|handshake| handshake.max_payload), Ok(None));
}

#[test]
fn odd_upgrades_and_limits_count_as_none() {
    let upgrades = |json| Handshake::decode(&with("upgrades", Some(json))).map(|handshake| handshake.upgrades);
    for json in ["null", r#""websocket""#, r#"{"websocket":true}"#, "[4]", "[null]", "[[\"websocket\"]]", "true"] {
        assert_eq!(upgrades(json), Ok(Upgrades::default()), "{json}");
    }
    assert_eq!(upgrades(r#"[null,"websocket",4]"#), Ok(Upgrades::default().with(Transport::WebSocket)));
    for json in ["null", r#""1""#, "[]", "-1", "false", "{}"] {
        let read = Handshake::decode(&with("maxPayload", Some(json)));
        assert_eq!(read.map(|handshake| handshake.max_payload), Ok(None), "{json}");
    }
}

#[test]
fn b11_id_and_heartbeat_must_have_their_type() {
    let wrong = [
        ("sid", &["null", "4", "[]", "{}", "true"][..]),
        ("pingInterval", &["null", r#""25000""#, "[]", "-1", "-0.5"]),
        ("pingTimeout", &["null", r#""20000""#, "true", "-1", "-1e30"]),
    ];
    for (key, values) in wrong {
        for value in values {
            assert_eq!(Handshake::decode(&with(key, Some(value))), Err(HandshakeError::Invalid(key)), "{key}: {value}");
        }
    }
}

#[test]
fn u12_ids_of_other_servers_are_read_as_they_are() {
    let longest = "é".repeat(SessionId::MAX_LEN / 2);
    let hex = "0123456789abcdef".repeat(4);
    let ids =
        ["a b", "a&b", "a=b", "#1", "x:y", "/path?", "a+b", "Zm9v==", "%41", "__proto__", "\u{1f600}", &hex, &longest];
    for id in ids {
        let handshake = Handshake::decode(&with("sid", Some(&format!("{id:?}")))).unwrap();
        assert_eq!(handshake.sid.as_str(), id);
        assert_eq!(handshake.sid, id.parse().unwrap());
    }
}

#[test]
fn u12_an_id_without_text_or_with_control_characters_is_refused() {
    for sid in [r#""""#, r#""\r\n""#, r#""a\u0000""#, r#""\u007f""#, r#""\u0085""#, r#""\t""#] {
        let error = Handshake::decode(&with("sid", Some(sid)));
        assert!(matches!(error, Err(HandshakeError::Sid(_))), "{sid}: {error:?}");
    }
    let long = format!(r#""{}""#, "a".repeat(SessionId::MAX_LEN + 1));
    assert!(matches!(Handshake::decode(&with("sid", Some(&long))), Err(HandshakeError::Sid(_))));
}

#[test]
fn unknown_upgrades_are_ignored() {
    let upgrades = |json| Handshake::decode(&with("upgrades", Some(json))).map(|handshake| handshake.upgrades);
    let websocket = Upgrades::default().with(Transport::WebSocket);
    assert_eq!(upgrades(r#"["webtransport","websocket","WebSocket",""]"#), Ok(websocket));
    assert_eq!(upgrades(r#"["webtransport","polling"]"#), Ok(Upgrades::default()));
    assert_eq!(upgrades("[]"), Ok(Upgrades::default()));
}

#[test]
fn absurd_durations_are_bounded() {
    for value in ["4294967296", "18446744073709551615", "18446744073709551616", "1e300"] {
        let handshake = Handshake::decode(&with("pingInterval", Some(value))).unwrap();
        assert_eq!(handshake.ping_interval, Handshake::MAX_DURATION, "{value}");
        let handshake = Handshake::decode(&with("pingTimeout", Some(value))).unwrap();
        assert_eq!(handshake.ping_timeout, Handshake::MAX_DURATION, "{value}");
        // A double overflow of the two must not be possible either.
        assert!(handshake.ping_interval.checked_add(handshake.ping_timeout).is_some());
    }
    assert_eq!(Handshake::decode(&with("pingInterval", Some("1e999"))), Err(HandshakeError::Malformed));
    let fraction = Handshake::decode(&with("pingInterval", Some("1.9"))).unwrap();
    assert_eq!(fraction.ping_interval, Duration::from_millis(1));
}

#[test]
fn a_long_text_is_not_even_parsed() {
    let padded = |len: usize| format!("{JSON}{}", " ".repeat(len - JSON.len()));
    assert_eq!(Handshake::decode(&padded(Handshake::MAX_LEN)), Handshake::decode(JSON));
    assert_eq!(Handshake::decode(&padded(Handshake::MAX_LEN + 1)), Err(HandshakeError::TooLong));
}
