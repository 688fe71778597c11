//! JSONP: answers are scripts, and POSTs are forms.

use crate::{MANY, Outcome, V3, V4, binary, messages, text};
use engineio_proto::{Batch, Encoding, Jsonp, Message, Packet, PacketError, UploadEnd};

fn jsonp(encoding: Encoding) -> Encoding {
    encoding.with_jsonp("12".parse().unwrap())
}

fn script(encoding: Encoding, packets: impl IntoIterator<Item = Packet>) -> String {
    let batch = Batch::new(jsonp(encoding), packets);
    let body = batch.encode();
    assert_eq!(body.len(), batch.encoded_len());
    assert_eq!(batch.content_type(), "text/javascript; charset=UTF-8");
    String::from_utf8(body.to_vec()).unwrap()
}

fn say(message: impl Into<Message>) -> Packet {
    Packet::Message(message.into())
}

fn post(encoding: Encoding, form: impl AsRef<[u8]>) -> Outcome {
    jsonp(encoding).decode_payload(form.as_ref().to_vec().into(), MANY).into()
}

/// What a browser of the time sends for a payload: the client escapes line feeds, the form does the rest.
fn form(payload: &str) -> String {
    let escaped = payload.replace("\\n", "\\\\n").replace('\n', "\\n");
    let encode = |byte: u8| match byte {
        b' ' => "+".into(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    format!("d={}", escaped.bytes().map(encode).collect::<String>())
}

#[test]
fn an_answer_calls_its_callback_with_the_payload() {
    assert_eq!(script(V4, [say("hi"), Packet::Noop]), "___eio[12](\"4hi\\u001e6\");");
    assert_eq!(script(V4, [say(vec![1, 2, 255])]), "___eio[12](\"bAQL/\");");
    assert_eq!(script(V3, [say("\u{1f600}"), Packet::Noop]), "___eio[12](\"3:4\u{1f600}1:6\");");
}

#[test]
fn scripts_are_text_so_protocol_3_writes_base64() {
    assert_eq!(script(V3, [say(vec![1, 2, 255]), say("a")]), "___eio[12](\"6:b4AQL/2:4a\");");
}

#[test]
fn f32_nothing_ends_the_string_or_the_script() {
    let all: String = (0..0x80).map(char::from).chain(['\u{2028}', '\u{2029}', '\u{202a}', '\u{2027}']).collect();
    for message in [&all, "</script>", "<!--", "<</", "</", "<", "/", "\\\"", "\u{e2}\u{80}\u{a8}", "\u{1f600}", ""] {
        for encoding in [V4, V3] {
            if encoding == V4 && message.contains('\x1e') {
                continue;
            }
            let script = script(encoding, [say(message), say(message)]);
            let string = script.strip_prefix("___eio[12](").unwrap().strip_suffix(");").unwrap();
            assert!(!string.contains("</") && !string.contains(['\u{2028}', '\u{2029}']), "{string}");
            assert!(!string.bytes().any(|byte| byte < b' '), "{string:?}");
            let payload: String = serde_json::from_str(string).unwrap();
            assert_eq!(payload.as_bytes(), Batch::new(encoding, [say(message), say(message)]).encode());
        }
    }
    assert_eq!(
        script(V3, [say("\"\\\u{8}\u{c}\n\r\t\u{b}\u{1f}\u{2028}\u{2029}</")]),
        r#"___eio[12]("14:4\"\\\b\f\n\r\t\u000b\u001f\u2028\u2029<\/");"#
    );
}

#[test]
fn a_post_is_the_field_d_of_a_form() {
    let expected = messages([text("h\u{e9} \u{1f600}&=%"), binary(&[1])]);
    assert_eq!(post(V4, form("4h\u{e9} \u{1f600}&=%\x1ebAQ==")), expected);
    assert_eq!(post(V3, form("9:4h\u{e9} \u{1f600}&=%6:b4AQ==")), expected);
    for around in ["d=4a&x=1", "x=1&d=4a", "x&d=4a&", "&&d=4a", "%64=4a", "d=%34a"] {
        assert_eq!(post(V4, around), messages(["a"]), "{around}");
    }
}

#[test]
fn line_feeds_come_escaped() {
    for (wire, meant) in [
        ("4a\\nb", "a\nb"),
        ("4a\\\\nb", "a\\nb"),
        ("4a\\\\\\nb", "a\\\\nb"),
        ("4\\", "\\"),
        ("4\\\\", "\\\\"),
        ("4\\r", "\\r"),
        ("4n\\\\x\\n", "n\\\\x\n"),
        ("4\\n\\n", "\n\n"),
        ("4\\\\n\\n", "\\n\n"),
        ("4a\nb", "a\nb"),
    ] {
        let encoded: String = wire.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(post(V4, format!("d={encoded}")), messages([meant]), "{wire:?}");
    }
}

#[test]
fn c13_what_a_client_escapes_is_what_it_meant() {
    let pieces = ["a", "n", "\\n", "\n", "\\\\n", "\u{e9}"];
    for first in pieces {
        for second in pieces {
            let message = format!("{first}{second}");
            // A backslash in front of a line feed looks like an escaped one; no client can tell them apart.
            if !message.contains("\\\n") {
                assert_eq!(post(V4, form(&format!("4{message}"))), messages([message]));
            }
        }
    }
}

#[test]
fn f32_a_form_without_exactly_one_d_is_a_fault() {
    let expected = messages::<&str>([]).then(UploadEnd::Fault(PacketError::Form));
    for form in ["", "x=4a", "D=4a", "dd=4a", "d=4a&d=4b", "d=4a&d=4a", "d=4a&%64=4b", "d&d", "4a", "&", "="] {
        assert_eq!(post(V4, form), expected, "{form:?}");
    }
}

#[test]
fn what_is_in_the_form_is_checked_as_ever() {
    for (form, error) in [
        (&b"d="[..], PacketError::Empty),
        (b"d", PacketError::Empty),
        (b"d=9", PacketError::UnknownType(b'9')),
        (b"d=4%ff", PacketError::Utf8),
        (b"d=4\xff", PacketError::Utf8),
        (b"d=bA!", PacketError::Base64),
    ] {
        assert_eq!(post(V4, form), messages::<&str>([]).then(UploadEnd::Fault(error)), "{form:?}");
    }
    assert_eq!(post(V4, "d=4%4"), messages(["%4"]), "a `%` without two digits is itself");
    assert_eq!(post(V3.of_octet_stream(), "d=2%3A4a"), messages(["a"]), "a form is a form whatever it calls itself");
}

#[test]
fn the_number_of_the_callback_is_a_number() {
    assert_eq!("007".parse::<Jsonp>().map(Jsonp::number), Ok(7));
    assert_eq!(Batch::new(V4.with_jsonp("007".parse().unwrap()), [Packet::Noop]).encode(), "___eio[7](\"6\");");
    assert!("".parse::<Jsonp>().is_err());
}
