//! Payloads of protocol 3 that are binary, and its WebSocket messages.

use crate::{MANY, Outcome, V3, V4, binary, messages, reference, text};
use allocation_counter::measure;
use bytes::{Bytes, BytesMut};
use core::hint::black_box;
use engineio_proto::{Batch, Encoding, Frame, Message, Opcode, Packet, PacketError, Text, UploadEnd};

const NONE: [&str; 0] = [];
const OCTETS: Encoding = V3.of_octet_stream();

fn decode(body: impl AsRef<[u8]>) -> Outcome {
    limited(body, MANY)
}

fn limited(body: impl AsRef<[u8]>, max_packets: usize) -> Outcome {
    OCTETS.decode_payload(body.as_ref().to_vec().into(), max_packets).into()
}

fn encode(packets: impl IntoIterator<Item = Packet>) -> Vec<u8> {
    let batch = Batch::new(V3, packets);
    let body = batch.encode();
    assert_eq!(body.len(), batch.encoded_len());
    assert_eq!(batch.content_type(), "application/octet-stream");
    body.to_vec()
}

fn fault(error: PacketError) -> UploadEnd {
    UploadEnd::Fault(error)
}

/// What the reference writes.
#[test]
fn one_binary_message_makes_the_whole_payload_binary() {
    assert_eq!(
        encode([Packet::Message(text("\u{20ac}")), Packet::Message(binary(&[1, 2, 255]))]),
        b"\x00\x04\xff4\xe2\x82\xac\x01\x04\xff\x04\x01\x02\xff"
    );
    assert_eq!(
        encode([Packet::Message(text("xxxxxxxxxxx")), Packet::Message(binary(&[])), Packet::Close]),
        b"\x00\x01\x02\xff4xxxxxxxxxxx\x01\x01\xff\x04\x00\x01\xff1"
    );
    assert_eq!(encode([Packet::Message(binary(&[7; 1999]))])[..7], *b"\x01\x02\x00\x00\x00\xff\x04");
}

#[test]
fn text_and_binary_keep_their_order() {
    let body = b"\x00\x04\xff4\xe2\x82\xac\x01\x04\xff\x04\x01\x02\xff\x01\x01\xff\x04\x00\x01\xff4\x00\x06\xffb4AQI=";
    let expected = [text("\u{20ac}"), binary(&[1, 2, 255]), binary(&[]), text(""), binary(&[1, 2])];
    assert_eq!(decode(body), messages(expected));
}

#[test]
fn lengths_are_digits_whatever_their_number() {
    let body = [&b"\x01\x00\x00\x01\x02\xff\x04"[..], &[9; 11], b"\x00\x01\xff6"].concat();
    assert_eq!(decode(body), messages([binary(&[9; 11])]));
}

#[test]
fn the_other_types_are_read_from_either_form() {
    let beat = Outcome { pong: true, ..messages(NONE) };
    assert_eq!(decode(b"\x00\x01\xff2"), beat);
    assert_eq!(decode(b"\x01\x02\xff\x02\xff"), beat);
    assert_eq!(decode(b"\x01\x01\xff\x01\x00\x02\xff4a"), messages(NONE).then(UploadEnd::Close));
    assert_eq!(decode(b"\x00\x01\xff1\x00"), messages(NONE).then(UploadEnd::Close));
    assert_eq!(decode(b"\x01\x01\xff\x03"), messages(NONE).then(UploadEnd::HeartbeatDirection));
    assert_eq!(decode(b"\x01\x01\xff\x06\x01\x01\xff\x05\x01\x01\xff\x00"), messages(NONE));
}

#[test]
fn f13_packets_before_the_bad_one_are_delivered() {
    let cases = [
        (&b"\x00\x03\xff4a"[..], PacketError::Framing),
        (b"\x00\xff4", PacketError::Framing),
        (b"\x00\x01", PacketError::Framing),
        (b"\x00", PacketError::Framing),
        (b"\x02\x01\xff4", PacketError::Framing),
        (b"4a", PacketError::Framing),
        (b"\x00\x0a\xff4", PacketError::Framing),
        (b"\x00\x01\xfe4", PacketError::Framing),
        (b"\x00\x01\x01", PacketError::Framing),
        (b"\x00\x00\xff", PacketError::Empty),
        (b"\x01\x00\xff", PacketError::Empty),
        (b"\x00\x01\xff9", PacketError::UnknownType(b'9')),
        (b"\x01\x01\xff\x07", PacketError::UnknownType(7)),
        (b"\x01\x01\xff4", PacketError::UnknownType(b'4')),
        (b"\x00\x02\xff4\xff", PacketError::Utf8),
        (b"\x00\x02\xff4\xc3\x00\x02\xff\xa9", PacketError::Utf8),
        (b"\x00\x04\xffb4A!", PacketError::Base64),
    ];
    for (bad, error) in cases {
        let body = [b"\x00\x03\xff4ok", bad].concat();
        assert_eq!(decode(&body), messages(["ok"]).then(fault(error)), "{bad:?}");
        assert_eq!(decode(bad), messages(NONE).then(fault(error)), "{bad:?}");
    }
    assert_eq!(decode(b""), messages(NONE).then(fault(PacketError::Empty)));
    let many = limited(b"\x00\x01\xff4\x00\x01\xff4\x00\x01\xff4", 2);
    assert_eq!(many, messages(["", ""]).then(fault(PacketError::TooManyPackets)));
}

/// All inputs of up to `len` bytes.
fn inputs(alphabet: &[u8], len: u32) -> impl Iterator<Item = Vec<u8>> {
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
        let expected = reference::decode_marked(body, max_packets);
        assert_eq!(limited(body, max_packets), expected, "{:?}", body.escape_ascii().to_string());
    }
}

#[test]
fn p09_every_payload_of_up_to_six_bytes() {
    inputs(b"\x00\x01\x02\x04\xff4", 6).for_each(|body| check(&body));
    inputs(b"\x00\x01\x03\xff14b\xc3\xa9", 5).for_each(|body| check(&body));
}

#[test]
fn p09_every_truncation_and_every_byte_in_every_place() {
    let body = b"\x00\x04\xff4\xe2\x82\xac\x01\x04\xff\x04\x01\x02\xff\x00\x01\xff6\x01\x00\x01\xff\x04\x00\x01\x02\xff4hello w\xc3\xb6rl\x00\x06\xffb4AQI=";
    assert_eq!(decode(body).messages.len(), 5);
    for len in 0..=body.len() {
        let whole = &body[..len];
        check(whole);
        check(&[whole, b"\x00\x01\xff1"].concat());
        check(&[b"\x00\x02\xff4x", whole].concat());
    }
    for place in 0..body.len() {
        for byte in 0..=u8::MAX {
            let mut body = body.to_vec();
            body[place] = byte;
            check(&body);
        }
    }
}

#[test]
fn c13_what_is_encoded_is_decoded() {
    let texts = ["", "a", "\u{e9}", "\u{1f600}", "\x1e1", "0123456789"].map(text);
    let binaries = [&[][..], &[0xff], &[0x1e; 100], &[0; 999]].map(binary);
    for first in &binaries {
        for second in texts.iter().chain(&binaries) {
            let body = encode([first, second, first].map(|message| Packet::Message(message.clone())));
            assert_eq!(decode(body), messages([first.clone(), second.clone(), first.clone()]));
        }
    }
}

#[test]
fn c15_nothing_is_allocated_for_a_length_that_is_only_claimed() {
    for digits in [&[9; 9][..], &[9; 25], &[9; 1000], &[1, 8, 4, 4, 6, 7, 4, 4, 0, 7, 3, 7, 0, 9, 5, 5, 1, 6, 1, 5]] {
        let body = Bytes::from([b"\x01", digits, b"\xff\x04\x01"].concat());
        let used = measure(|| drop(black_box(OCTETS.decode_payload(body, MANY))));
        assert_eq!(used.count_total, 0, "{used:?}");
    }
}

#[test]
fn binary_messages_share_the_memory_of_their_body() {
    let body = Bytes::from(b"\x01\x03\xff\x04\x07\x08\x00\x01\xff6".to_vec());
    let Some(Message::Binary(bytes)) = OCTETS.decode_payload(body.clone(), MANY).into_messages().next() else {
        panic!("a binary message");
    };
    assert_eq!(bytes.as_ptr(), body[4..].as_ptr());
}

fn write(encoding: Encoding, packet: Packet) -> (Opcode, Vec<u8>) {
    let frame = encoding.encode_frame(packet.clone());
    let (opcode, len) = (frame.opcode(), frame.len());
    let mut out = BytesMut::from(&b"before"[..]);
    frame.write_to(&mut out);
    assert_eq!(out.len(), len + 6);
    let whole = |(opcode, kind, rest): (Opcode, Option<u8>, &Bytes)| (opcode, [kind.as_slice(), rest].concat());
    // What is base64 is not there yet.
    let expected = (out.get(6) != Some(&b'b')).then(|| (opcode, out[6..].to_vec()));
    assert_eq!(frame.parts().map(whole), expected, "{packet:?}");
    let (in_parts, kind, rest) = frame.into_parts();
    assert_eq!((in_parts, [kind.as_slice(), &rest].concat()), (opcode, out[6..].to_vec()), "{packet:?}");
    (opcode, out[6..].to_vec())
}

#[test]
fn a_frame_of_protocol_3_names_its_type_in_binary_too() {
    assert_eq!(write(V3, Packet::Message(binary(&[9, 8]))), (Opcode::Binary, vec![4, 9, 8]));
    assert_eq!(write(V3, Packet::Message(binary(&[]))), (Opcode::Binary, vec![4]));
    assert_eq!(write(V3, Packet::Message(text("hi"))), (Opcode::Text, b"4hi".to_vec()));
    assert_eq!(write(V3, Packet::Pong(Text::from(""))), (Opcode::Text, b"3".to_vec()));
}

#[test]
fn for_those_who_cannot_take_binary_it_is_text() {
    let message = Packet::Message(binary(&[1, 2, 3, 255]));
    assert_eq!(write(V3.with_base64(), message.clone()), (Opcode::Text, b"b4AQID/w==".to_vec()));
    assert_eq!(write(V4.with_base64(), message), (Opcode::Text, b"bAQID/w==".to_vec()));
    assert_eq!(write(V3.with_base64(), Packet::Message(binary(&[]))), (Opcode::Text, b"b4".to_vec()));
    assert_eq!(write(V4.with_base64(), Packet::Message(binary(&[]))), (Opcode::Text, b"b".to_vec()));
    assert_eq!(write(V4.with_base64(), Packet::Message(text("hi"))), (Opcode::Text, b"4hi".to_vec()));
    assert_eq!(write(V4.with_base64(), Packet::Noop), (Opcode::Text, b"6".to_vec()));
}

#[test]
fn a_frame_of_protocol_3_is_read_by_its_type() {
    let read = |bytes: &'static [u8]| V3.decode_frame(Frame::Binary(bytes.into()));
    assert_eq!(read(b"\x04\x09\x08"), Ok(Packet::Message(binary(&[9, 8]))));
    assert_eq!(read(b"\x04"), Ok(Packet::Message(binary(&[]))));
    assert_eq!(read(b"\x02probe"), Ok(Packet::Ping(Text::from(""))));
    assert_eq!(read(b"\x01"), Ok(Packet::Close));
    assert_eq!(read(b"\x06"), Ok(Packet::Noop));
    assert_eq!(read(b""), Err(PacketError::Empty));
    assert_eq!(read(b"\x07"), Err(PacketError::UnknownType(7)));
    assert_eq!(read(b"4a"), Err(PacketError::UnknownType(b'4')));
    let read = |text: &'static str| V3.decode_frame(Frame::Text(text.into()));
    assert_eq!(read("2probe"), Ok(Packet::Ping(Text::from("probe"))));
    assert_eq!(read("b4AQI="), Ok(Packet::Message(binary(&[1, 2]))));
    assert_eq!(read("b1AQI="), Ok(Packet::Close));
    assert_eq!(read("b4A!"), Err(PacketError::Base64));
    assert_eq!(read("b"), Err(PacketError::UnknownType(b'b')));
    assert_eq!(read("b9"), Err(PacketError::UnknownType(b'9')));
    assert_eq!(read("7"), Err(PacketError::UnknownType(b'7')));
    assert_eq!(read(""), Err(PacketError::Empty));
}
