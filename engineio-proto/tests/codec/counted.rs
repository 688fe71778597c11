//! Payloads of protocol 3 that are text: each packet stands behind its length in UTF-16 units.

use crate::{MANY, Outcome, V3, binary, messages, reference, text};
use allocation_counter::measure;
use bytes::Bytes;
use core::hint::black_box;
use engineio_proto::{Batch, DownloadEnd, Encoding, Packet, PacketError, Text, UploadEnd};

const NONE: [&str; 0] = [];
const BASE64: Encoding = V3.with_base64();

fn decode(body: impl AsRef<[u8]>) -> Outcome {
    limited(body, MANY)
}

fn limited(body: impl AsRef<[u8]>, max_packets: usize) -> Outcome {
    V3.decode_payload(body.as_ref().to_vec().into(), max_packets).into()
}

fn encode(packets: impl IntoIterator<Item = Packet>) -> String {
    let batch = Batch::new(BASE64, packets);
    let body = batch.encode();
    assert_eq!(body.len(), batch.encoded_len());
    assert_eq!(batch.content_type(), "text/plain; charset=UTF-8");
    String::from_utf8(body.to_vec()).unwrap()
}

fn message(message: impl Into<engineio_proto::Message>) -> Packet {
    Packet::Message(message.into())
}

fn fault(error: PacketError) -> UploadEnd {
    UploadEnd::Fault(error)
}

/// What the reference writes.
#[test]
fn packets_stand_behind_their_lengths() {
    assert_eq!(encode([message("\u{20ac}uro")]), "5:4\u{20ac}uro");
    assert_eq!(encode([message("\u{1f600}x"), Packet::Pong(Text::from(""))]), "4:4\u{1f600}x1:3");
    assert_eq!(encode([message(vec![1, 2, 255])]), "6:b4AQL/");
    assert_eq!(encode([message(Vec::new())]), "2:b4");
    assert_eq!(encode([]), "0:");
    assert_eq!(encode([message("0123456789"), Packet::Noop, Packet::Close]), "11:401234567891:61:1");
    // Without binary it is the same for those who could take some.
    assert_eq!(Batch::new(V3, [message("a"), Packet::Close]).encode(), "2:4a1:1");
}

#[test]
fn lengths_count_utf16_units() {
    let expected = messages(["\u{20ac}uro", "\u{1f600}", "\u{e9}\u{1f600}\u{e9}"]);
    assert_eq!(decode("5:4\u{20ac}uro3:4\u{1f600}5:4\u{e9}\u{1f600}\u{e9}"), expected);
}

#[test]
fn binary_is_base64_behind_its_type() {
    assert_eq!(decode("6:b4AQL/2:b43:4hi"), messages([binary(&[1, 2, 255]), binary(&[]), text("hi")]));
    assert_eq!(decode("8:b4AQ\r\n= 2:4x"), messages([binary(&[1]), text("x")]));
    assert_eq!(decode("3:4ok4:b4A!2:4x"), messages(["ok"]).then(fault(PacketError::Base64)));
}

#[test]
fn a_separator_is_a_character_like_others() {
    assert_eq!(decode("7:4a\x1e1\x1e4b"), messages(["a\x1e1\x1e4b"]));
}

#[test]
fn a_ping_is_the_heartbeat_and_a_pong_is_not() {
    let beat = Outcome { pong: true, ..messages(["a"]) };
    assert_eq!(decode("1:22:4a"), beat);
    assert_eq!(decode("2:4a6:2probe"), beat);
    assert_eq!(decode("3:b2A2:4a"), beat);
    assert_eq!(decode("2:4a1:32:4b"), messages(["a"]).then(UploadEnd::HeartbeatDirection));
}

#[test]
fn what_has_no_length_is_skipped() {
    assert_eq!(decode("0:"), messages(NONE));
    assert_eq!(decode("0:2:4a0:00:2:4b0:"), messages(["a", "b"]));
    assert_eq!(limited("0:0:2:4a", 2), messages(NONE).then(fault(PacketError::TooManyPackets)));
}

#[test]
fn nothing_counts_after_a_close() {
    assert_eq!(decode("2:4a1:12:4late"), messages(["a"]).then(UploadEnd::Close));
    assert_eq!(decode(b"1:1x\xff"), messages(NONE).then(UploadEnd::Close));
}

#[test]
fn f13_packets_before_the_bad_one_are_delivered() {
    for bad in [
        "",
        "3:4a",
        "x",
        ":",
        ":4a",
        "-1:4a",
        "+2:4a",
        "2.0:4a",
        "0x2:4a",
        "2 :4a",
        "2",
        "2;4a",
        "99999999999999999999999:4",
    ] {
        let expected =
            if bad.is_empty() { messages(["ok"]) } else { messages(["ok"]).then(fault(PacketError::Framing)) };
        assert_eq!(decode(format!("3:4ok{bad}")), expected, "{bad:?}");
    }
    assert_eq!(decode("3:4ok1:92:4a"), messages(["ok"]).then(fault(PacketError::UnknownType(b'9'))));
    assert_eq!(decode("3:4ok1:b2:4a"), messages(["ok"]).then(fault(PacketError::UnknownType(b'b'))));
    assert_eq!(decode("3:4ok2:b9"), messages(["ok"]).then(fault(PacketError::UnknownType(b'9'))));
    assert_eq!(decode(""), messages(NONE).then(fault(PacketError::Empty)));
}

#[test]
fn a_length_that_splits_a_character_is_a_fault() {
    assert_eq!(decode("2:4\u{1f600}"), messages(NONE).then(fault(PacketError::Framing)));
    assert_eq!(decode("3:4\u{1f600}"), messages(["\u{1f600}"]));
    assert_eq!(decode("1:6\u{1f600}"), messages(NONE).then(fault(PacketError::Framing)));
}

#[test]
fn f11_bytes_that_are_not_utf8_spoil_their_packet_and_not_the_ones_before() {
    for bad in [&b"\xff"[..], b"2:4\xff", b"3:4a\xc3", b"1\xff:6", b"9:4abc\xe2\x82"] {
        let body = [b"3:4ok", bad].concat();
        assert_eq!(decode(&body), messages(["ok"]).then(fault(PacketError::Utf8)), "{bad:?}");
        assert_eq!(decode(bad), messages(NONE).then(fault(PacketError::Utf8)), "{bad:?}");
    }
}

#[test]
fn what_a_server_says_is_read_as_such() {
    let download = V3.decode_response("2:4a1:31:26:b4AQL/1:12:4b".into(), MANY);
    assert!(download.heartbeat(), "a pong");
    assert_eq!(download.end(), Some(DownloadEnd::Close));
    assert_eq!(download.into_messages().collect::<Vec<_>>(), [text("a"), binary(&[1, 2, 255])]);
    assert!(!V3.decode_response("1:2".into(), MANY).heartbeat(), "in protocol 3 no server pings");
}

/// All inputs of up to `len` symbols.
fn inputs(alphabet: &[&str], len: u32) -> impl Iterator<Item = String> {
    (0..=len).flat_map(move |len| {
        (0..alphabet.len().pow(len)).map(move |mut number| {
            let mut symbol = || {
                let symbol = alphabet[number % alphabet.len()];
                number /= alphabet.len();
                symbol
            };
            (0..len).map(|_| symbol()).collect()
        })
    })
}

fn check(body: &[u8]) {
    for max_packets in [MANY, 2] {
        let expected = reference::decode_counted(body, max_packets);
        assert_eq!(limited(body, max_packets), expected, "{:?}", body.escape_ascii().to_string());
    }
}

#[test]
fn p09_every_payload_of_up_to_five_symbols() {
    let alphabet = ["0", "1", "2", "3", ":", "4", "b", "\u{e9}", "\u{1f600}"];
    inputs(&alphabet, 5).for_each(|body| check(body.as_bytes()));
    inputs(&["1:", "2:", "4:", "4", "b4", "A", "=", "9", "3", "\u{1f600}"], 5).for_each(|body| check(body.as_bytes()));
}

#[test]
fn p09_every_truncation_and_every_byte_in_every_place() {
    let body = "0:4:0{}x3:4\u{1f600}8:b4AQIDBA1:66:2probe11:4h\u{e9}llo w\u{f6}rl2:b42:4\x1e4:b4AQ";
    assert_eq!(decode(body).messages.len(), 6);
    for len in 0..=body.len() {
        let whole = &body.as_bytes()[..len];
        check(whole);
        check(&[whole, b"1:1"].concat());
        check(&[b"3:4xy", whole].concat());
    }
    for place in 0..body.len() {
        for byte in 0..=u8::MAX {
            let mut body = body.as_bytes().to_vec();
            body[place] = byte;
            check(&body);
        }
    }
}

#[test]
fn c13_what_is_encoded_is_decoded() {
    let texts = ["", "a", "\u{e9}", "\u{1f600}", "\x1e1", "4:4ab", "0123456789", &"\u{20ac}".repeat(1000)];
    let packets = texts.into_iter().map(text).chain([&[][..], &[0xff], &[0x1e; 100]].map(binary));
    let packets: Vec<_> = packets.collect();
    for first in &packets {
        for second in &packets {
            let body = encode([Packet::Noop, message(first.clone()), message(second.clone()), Packet::Noop]);
            assert_eq!(decode(body), messages([first.clone(), second.clone()]));
        }
    }
}

#[test]
fn c15_nothing_is_allocated_for_a_length_that_is_only_claimed() {
    for body in ["999999999999:4a", "18446744073709551615:4", "18446744073709551616:4", "999999999:b4AAAA"] {
        let body = Bytes::from_static(body.as_bytes());
        let used = measure(|| drop(black_box(V3.decode_payload(body, MANY))));
        assert_eq!(used.count_total, 0, "{used:?}");
    }
}

#[test]
fn f15_packets_that_nobody_takes_stay_the_body_they_came_in() {
    for packet in ["1:4", "1:6", "0:", "2:b4", "4:b4AA", "2:4\u{e9}"] {
        let body = packet.repeat(500_000 / packet.len());
        let used = measure(|| {
            let upload = V3.decode_payload(Bytes::copy_from_slice(body.as_bytes()), MANY);
            upload.into_messages().for_each(|message| drop(black_box(message)));
        });
        assert!(used.bytes_max <= 2 * body.len() as u64, "{packet:?}: {used:?}");
        assert!(used.count_total <= 4, "{packet:?}: {used:?}");
        assert_eq!(used.bytes_current, 0);
    }
}

#[test]
fn a01_one_large_message_is_not_copied() {
    let body = format!("500001:4{}", "x".repeat(500_000));
    let used = measure(|| {
        let upload = V3.decode_payload(Bytes::copy_from_slice(body.as_bytes()), MANY);
        upload.into_messages().for_each(|message| drop(black_box(message)));
    });
    assert_eq!(used.bytes_total, body.len() as u64, "the body itself");
}
