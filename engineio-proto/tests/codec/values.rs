//! The small types that everything else is made of.

use bytes::Bytes;
use engineio_proto::{Encoding, Jsonp, Message, Messages, Query, Refusal, SessionId, Sid, Text, UploadEnd, Version};
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

#[test]
fn a_text_is_its_bytes_without_a_copy() {
    let bytes = Bytes::from_static("h\u{e9}llo".as_bytes());
    let text = Text::try_from(bytes.clone()).unwrap();
    assert_eq!((text.len(), text.is_empty(), Text::default().is_empty()), (6, false, true));
    assert_eq!(text, Text::from_static("h\u{e9}llo"));
    assert!(text == *"h\u{e9}llo" && text != *"hello" && text == "h\u{e9}llo" && text != "hello");
    assert_eq!((text.as_ref() as &str, String::from(text.clone())), ("h\u{e9}llo", "h\u{e9}llo".to_owned()));
    assert_eq!(format!("{text} {text:?}"), "h\u{e9}llo \"h\u{e9}llo\"");
    assert_eq!(Bytes::from(text.clone()).as_ptr(), bytes.as_ptr());
    assert_eq!(text.into_bytes().as_ptr(), bytes.as_ptr());
}

#[test]
fn a_text_that_is_not_what_it_was_said_to_be_ends_at_the_first_bad_byte() {
    for (bytes, seen) in [(&b"ab\xffcd"[..], "ab"), (b"\xc3", ""), (b"\xc3\xa9\xc3", "\u{e9}")] {
        assert_eq!(Text::assume_utf8(Bytes::from_static(bytes)).as_str(), seen);
    }
}

#[test]
fn a_message_is_text_or_bytes() {
    for (message, binary) in [(Message::from("\u{e9}"), false), (Message::from(vec![0xc3, 0xa9]), true)] {
        assert_eq!(
            (message.is_binary(), message.byte_len(), message.as_bytes().as_ref()),
            (binary, 2, &[0xc3, 0xa9][..])
        );
    }
}

#[test]
fn an_encoding_says_what_its_peer_asked_for() {
    let parts = |encoding: Encoding| (encoding.version(), encoding.is_base64(), encoding.jsonp());
    let jsonp: Jsonp = "7".parse().unwrap();
    for version in [Version::V3, Version::V4] {
        let plain = Encoding::new(version);
        assert_eq!(parts(plain), (version, false, None));
        assert_eq!(parts(plain.of_octet_stream()), (version, false, None));
        assert_eq!(parts(plain.with_base64()), (version, true, None));
        assert_eq!(parts(plain.with_jsonp(jsonp)), (version, false, Some(jsonp)));
        assert_eq!(parts(plain.with_jsonp(jsonp).with_base64()), (version, true, Some(jsonp)));
    }
}

fn hash(sid: &Sid) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(sid)
}

#[test]
fn session_ids_are_equal_if_and_only_if_their_characters_are() {
    let ids = ["a", "b", "aa", "A", "a-", "~", "a.b_c-d~e"].map(|id| id.parse::<Sid>().unwrap());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert_eq!(ids.iter().chain(&ids).collect::<HashSet<_>>().len(), ids.len());
    for (a, b) in ids.iter().flat_map(|a| ids.iter().map(move |b| (a, b))) {
        assert_eq!(a == b, a.as_str() == b.as_str());
        assert_eq!(hash(a) == hash(b), a == b, "always the same hash, and another for most others");
        assert_eq!(a.partial_cmp(b), a.as_str().partial_cmp(b.as_str()));
    }
}

#[test]
fn u12_a_session_id_is_its_text_whoever_made_it() {
    let ids = ["a", "a:b", "ab", "b", "é"].map(|id| id.parse::<SessionId>().unwrap());
    assert!(ids.is_sorted(), "by their text");
    let sid = Sid::from_entropy([7; 15]);
    let (made, read) = (SessionId::from(sid), sid.as_str().parse::<SessionId>().unwrap());
    assert_eq!((&made, made.sid()), (&read, Some(sid)));
    assert_eq!(ids.each_ref().map(|id| id.sid().is_some()), [true, false, true, true, false]);
}

#[test]
fn f28_u12_an_id_of_another_server_shows_only_how_it_begins() {
    for (id, shown) in
        [("ab:cd", "a"), ("user:42/Zm9v+YmFy==", "user"), ("a=", ""), ("\u{202e}\u{202e}:12345", "\\u{202e}\\u{202e}")]
    {
        assert_eq!(format!("{:?}", id.parse::<SessionId>().unwrap()), format!("SessionId({shown}…)"));
    }
}

#[test]
fn f28_b01_a_session_id_shows_only_how_it_begins() {
    let sid = Sid::from_entropy([0xfb; 15]);
    assert_eq!((sid.to_string(), format!("{sid:?}")), ("-_v7-_v7-_v7-_v7-_v7".to_owned(), "Sid(-_v7…)".to_owned()));
}

#[test]
fn the_bounds_of_a_session_ids_length() {
    let sid = |len| "a".repeat(len).parse::<Sid>().map(|sid| sid.as_str().len());
    assert_eq!([0, 1, 47, 48, 1000].map(|len| sid(len).ok()), [None, Some(1), Some(47), None, None]);
}

#[test]
fn hexadecimal_digits_are_worth_what_they_say() {
    for byte in 0..=u8::MAX {
        for escaped in [format!("%{byte:02x}"), format!("%{byte:02X}")] {
            let query = Query::parse(&format!("sid={escaped}"), 100).unwrap();
            let one = char::from(byte).to_string();
            assert_eq!(query.sid, Some(if byte < 0x80 { one.parse() } else { "".parse() }), "{escaped}");
        }
    }
}

#[test]
fn a_callback_is_known_by_its_number() {
    let jsonp = Query::parse("j=0042", 100).unwrap().j.unwrap().unwrap();
    assert_eq!((jsonp.number(), format!("{jsonp:?}")), (42, "Jsonp(42)".to_owned()));
    assert_eq!(Some(Ok::<Jsonp, ()>(jsonp)), Query::parse("j=42", 100).unwrap().j.map(|j| Ok(j.unwrap())));
}

#[test]
fn messages_say_how_many_are_left() {
    let mut messages = Messages::from(Message::from("one"));
    assert_eq!((messages.len(), messages.size_hint(), messages.byte_len()), (1, (1, Some(1)), 3));
    messages.next();
    assert_eq!((messages.len(), messages.size_hint(), messages.byte_len()), (0, (0, Some(0)), 0));
    let mut payload = crate::V4.decode_payload("4a\u{1e}3\u{1e}4bc".into(), 9).into_messages();
    for left in [(2, 3), (1, 2), (0, 0), (0, 0)] {
        assert_eq!((payload.size_hint(), payload.byte_len()), ((left.0, Some(left.0)), left.1));
        payload.next();
    }
    assert!(Messages::default().is_empty());
}

#[test]
fn an_upload_tells_its_fault() {
    let upload = crate::V4.decode_payload("4a\u{1e}x".into(), 9);
    assert_eq!(upload.error().map(UploadEnd::from), upload.end());
    assert_eq!(crate::V4.decode_payload("1".into(), 9).error(), None);
}

#[test]
fn every_refusal_has_its_status_its_code_and_its_words() {
    let forbidden = |text: Option<&'static str>| Refusal::Forbidden(text.map(Into::into));
    for (refusal, status, upgrade, body) in [
        (Refusal::UnknownTransport, 400, 400, r#"{"code":0,"message":"Transport unknown"}"#),
        (Refusal::UnknownSid, 400, 400, r#"{"code":1,"message":"Session ID unknown"}"#),
        (Refusal::BadHandshakeMethod, 400, 400, r#"{"code":2,"message":"Bad handshake method"}"#),
        (forbidden(None), 403, 400, r#"{"code":4,"message":"Forbidden"}"#),
        (forbidden(Some("not \"you\"")), 403, 400, r#"{"code":4,"message":"not \"you\""}"#),
        (Refusal::UnsupportedVersion, 400, 400, r#"{"code":5,"message":"Unsupported protocol version"}"#),
        (Refusal::MethodNotAllowed, 405, 405, ""),
        (Refusal::ContentEncoding, 415, 415, ""),
        (Refusal::QueryTooLong, 414, 414, ""),
        (Refusal::Overloaded, 503, 503, ""),
    ] {
        assert_eq!((refusal.status(false), refusal.status(true)), (status, upgrade), "{refusal:?}");
        assert_eq!(refusal.body(), body);
        assert!(!refusal.message().is_empty());
    }
}
