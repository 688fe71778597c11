//! What the body of a POST means (protocol revision 4, long-polling).

use crate::{MANY, Outcome, V4, binary, decode, messages, text};
use bytes::Bytes;
use engineio_proto::{Messages, PacketError, Upload, UploadEnd};

const NONE: [&str; 0] = [];

fn fault(error: PacketError) -> UploadEnd {
    UploadEnd::Fault(error)
}

#[test]
fn a_message_is_what_follows_the_digit() {
    assert_eq!(decode("4hello"), messages(["hello"]));
    assert_eq!(decode("4"), messages([""]));
    assert_eq!(decode("44"), messages(["4"]));
    assert_eq!(decode("4h\u{e9}llo \u{1f600}"), messages(["h\u{e9}llo \u{1f600}"]));
    assert_eq!(decode("4b\0\r\n=&"), messages(["b\0\r\n=&"]));
}

#[test]
fn a_separator_stands_between_packets() {
    assert_eq!(decode("4a\x1e4b\x1e4\x1e4c"), messages(["a", "b", "", "c"]));
}

#[test]
fn binary_is_base64_without_a_digit() {
    assert_eq!(decode("bAQIDBA=="), messages([binary(&[1, 2, 3, 4])]));
    assert_eq!(decode("b"), messages([binary(&[])]));
    assert_eq!(decode("b+/8="), messages([binary(&[0xfb, 0xff])]));
}

#[test]
fn text_and_binary_keep_their_order() {
    let expected = messages([text("a"), binary(&[1]), text(""), binary(&[]), binary(&[2, 3]), text("b")]);
    assert_eq!(decode("4a\x1ebAQ==\x1e4\x1eb\x1ebAgM=\x1e4b"), expected);
}

#[test]
fn a_pong_is_noticed_wherever_it_stands() {
    assert_eq!(decode("3"), Outcome { pong: true, ..messages(NONE) });
    assert_eq!(decode("4a\x1e3\x1e4b"), Outcome { pong: true, ..messages(["a", "b"]) });
    assert_eq!(decode("3probe\x1e4a"), Outcome { pong: true, ..messages(["a"]) });
    assert_eq!(decode("3\x1e1"), Outcome { pong: true, ..messages(NONE) }.then(UploadEnd::Close));
}

#[test]
fn f14_open_upgrade_and_noop_are_ignored() {
    assert_eq!(decode("0{}\x1e4a\x1e5\x1e4b\x1e6\x1e6x\x1e4c\x1e5"), messages(["a", "b", "c"]));
    assert_eq!(decode("6"), messages(NONE));
}

#[test]
fn f14_nothing_counts_after_a_close() {
    assert_eq!(decode("4a\x1e1\x1e4late"), messages(["a"]).then(UploadEnd::Close));
    assert_eq!(decode("1\x1e3\x1e9\x1e\x1eb!"), messages(NONE).then(UploadEnd::Close));
    assert_eq!(decode(b"1\x1e\xff"), messages(NONE).then(UploadEnd::Close));
    assert_eq!(decode("1data"), messages(NONE).then(UploadEnd::Close));
}

#[test]
fn f14_a_client_does_not_ping() {
    for ping in ["2", "2probe"] {
        assert_eq!(decode(ping), messages(NONE).then(UploadEnd::HeartbeatDirection));
        let body = format!("4a\x1e{ping}\x1e3\x1e4late");
        assert_eq!(decode(body), messages(["a"]).then(UploadEnd::HeartbeatDirection));
    }
}

#[test]
fn f13_packets_before_the_bad_one_are_delivered() {
    assert_eq!(decode("4ok\x1e9bad\x1e4after"), messages(["ok"]).then(fault(PacketError::UnknownType(b'9'))));
    assert_eq!(decode("4ok\x1ebAQ==\x1eb!"), messages([text("ok"), binary(&[1])]).then(fault(PacketError::Base64)));
}

#[test]
fn b04_f13_every_first_byte_but_the_known_ones_is_an_unknown_type() {
    for byte in (0..0x80).filter(|byte| !b"0123456b\x1e".contains(byte)) {
        assert_eq!(decode([byte]), messages(NONE).then(fault(PacketError::UnknownType(byte))));
    }
    assert_eq!(decode("\u{e9}"), messages(NONE).then(fault(PacketError::UnknownType(0xc3))));
}

#[test]
fn f13_an_empty_packet_is_a_fault() {
    for empty in ["", "\x1e", "\x1e4a", "\x1e\x1e\x1e"] {
        assert_eq!(decode(empty), messages(NONE).then(fault(PacketError::Empty)), "{empty:?}");
    }
    for empty in ["4a\x1e", "4a\x1e\x1e4b", "4a\x1e\x1e"] {
        assert_eq!(decode(empty), messages(["a"]).then(fault(PacketError::Empty)), "{empty:?}");
    }
}

#[test]
fn f11_bytes_that_are_not_utf8_spoil_their_packet_and_not_the_ones_before() {
    for bad in [&b"\xff"[..], b"4\xff", b"4a\xc3", b"4\xed\xa0\x80", b"b\xff", b"3\xff", b"9\xff", b"4\xc3\x1e4\xa9"] {
        let body = [b"4ok\x1e", bad].concat();
        assert_eq!(decode(&body), messages(["ok"]).then(fault(PacketError::Utf8)), "{bad:?}");
        assert_eq!(decode(bad), messages(NONE).then(fault(PacketError::Utf8)), "{bad:?}");
        let body = [bad, b"\x1e4late"].concat();
        assert_eq!(decode(&body), messages(NONE).then(fault(PacketError::Utf8)), "{bad:?}");
    }
}

#[test]
fn h45_packets_are_counted() {
    let limited = |body: &str, max| Outcome::from(V4.decode_payload(Bytes::copy_from_slice(body.as_bytes()), max));
    let too_many = fault(PacketError::TooManyPackets);
    assert_eq!(limited("4a\x1e4b\x1e4c", 3), messages(["a", "b", "c"]));
    assert_eq!(limited("4a\x1e4b\x1e4c", 2), messages(["a", "b"]).then(too_many));
    assert_eq!(limited("6\x1e6\x1e4c", 2), messages(NONE).then(too_many));
    assert_eq!(limited("4a\x1e4b\x1e4c", 1), messages(["a"]).then(too_many));
    assert_eq!(limited("4a", 0), messages(NONE).then(too_many));
    assert_eq!(limited("4a\x1e1\x1e4c", 2), messages(["a"]).then(UploadEnd::Close));
}

#[test]
fn only_a_fault_is_an_error() {
    let error = |body: &'static str| V4.decode_payload(Bytes::from_static(body.as_bytes()), MANY).error();
    assert_eq!(error("4ok"), None);
    assert_eq!(error("1"), None);
    assert_eq!(error("2"), None);
    assert_eq!(error("x"), Some(PacketError::UnknownType(b'x')));
    assert_eq!(Upload::too_large().error(), None);
}

#[test]
fn a_body_that_was_not_read_holds_nothing() {
    assert_eq!(Outcome::from(Upload::too_large()), messages(NONE).then(UploadEnd::TooLarge));
}

#[test]
fn messages_can_be_looked_at_before_they_are_taken() {
    let upload = V4.decode_payload(Bytes::from_static(b"4abc\x1ebAQI=\x1e4"), MANY);
    assert_eq!((upload.messages().len(), upload.messages().byte_len()), (3, 5));
    assert!(!upload.messages().is_empty());
}

#[test]
fn one_message_is_messages_too() {
    let mut one = Messages::from(text("abc"));
    assert_eq!((one.len(), one.byte_len(), one.is_empty()), (1, 3, false));
    assert_eq!(one.next(), Some(text("abc")));
    assert_eq!((one.len(), one.byte_len(), one.is_empty()), (0, 0, true));
    assert_eq!(one.next(), None);
    assert!(Messages::default().is_empty());
}
