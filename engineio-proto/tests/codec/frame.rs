//! What a WebSocket message means, and what a packet is sent as (protocol revision 4).

use crate::{V4, binary, text};
use bytes::{Bytes, BytesMut};
use engineio_proto::{Frame, Message, Opcode, Packet, PacketError, Text};

fn read(message: &str) -> Result<Packet, PacketError> {
    V4.decode_frame(Frame::Text(Text::from(message)))
}

#[test]
fn a_text_frame_is_a_digit_and_its_data() {
    assert_eq!(read("0{}"), Ok(Packet::Open(Text::from("{}"))));
    assert_eq!(read("1"), Ok(Packet::Close));
    assert_eq!(read("2"), Ok(Packet::Ping(Text::from(""))));
    assert_eq!(read("2probe"), Ok(Packet::Ping(Text::from("probe"))));
    assert_eq!(read("3"), Ok(Packet::Pong(Text::from(""))));
    assert_eq!(read("3probe"), Ok(Packet::Pong(Text::from("probe"))));
    assert_eq!(read("4h\u{e9}llo"), Ok(Packet::Message(text("h\u{e9}llo"))));
    assert_eq!(read("4"), Ok(Packet::Message(text(""))));
    assert_eq!(read("5"), Ok(Packet::Upgrade));
    assert_eq!(read("6"), Ok(Packet::Noop));
}

#[test]
fn data_of_packets_that_carry_none_is_dropped() {
    assert_eq!(read("1data"), Ok(Packet::Close));
    assert_eq!(read("5data"), Ok(Packet::Upgrade));
    assert_eq!(read("6data"), Ok(Packet::Noop));
}

#[test]
fn h38_a_separator_is_text_like_any_other() {
    assert_eq!(read("4user\x1e1"), Ok(Packet::Message(text("user\x1e1"))));
}

#[test]
fn a_binary_frame_is_a_message_whatever_it_begins_with() {
    for bytes in [&b""[..], b"4a", b"b", b"1", &[0, 0xff]] {
        let frame = Frame::Binary(Bytes::from_static(bytes));
        assert_eq!(V4.decode_frame(frame), Ok(Packet::Message(binary(bytes))));
    }
}

#[test]
fn base64_is_read_in_text_frames_too() {
    assert_eq!(read("bAQIDBA=="), Ok(Packet::Message(binary(&[1, 2, 3, 4]))));
    assert_eq!(read("bAQID\r\nBA"), Ok(Packet::Message(binary(&[1, 2, 3, 4]))));
    assert_eq!(read("b"), Ok(Packet::Message(binary(&[]))));
    assert_eq!(read("bAQ!="), Err(PacketError::Base64));
}

#[test]
fn f13_what_is_no_packet_is_a_fault() {
    assert_eq!(read(""), Err(PacketError::Empty));
    for byte in (0..0x80).filter(|byte| !b"0123456b".contains(byte)) {
        let message = format!("{}4", char::from(byte));
        assert_eq!(read(&message), Err(PacketError::UnknownType(byte)));
    }
    assert_eq!(read("\u{e9}"), Err(PacketError::UnknownType(0xc3)));
}

#[test]
fn h08_messages_share_the_memory_of_their_frame() {
    let memory = Bytes::from(b"4hello".to_vec());
    let Ok(Packet::Message(Message::Text(text))) = V4.decode_frame(Frame::Text(Text::assume_utf8(memory.clone())))
    else {
        panic!("a text message");
    };
    assert_eq!(text.as_bytes().as_ptr(), memory[1..].as_ptr());
}

#[test]
fn a_packet_is_sent_as_text_and_binary_as_it_is() {
    let cases = [
        (Packet::Open(Text::from("{}")), Opcode::Text, &b"0{}"[..]),
        (Packet::Close, Opcode::Text, b"1"),
        (Packet::Ping(Text::from("")), Opcode::Text, b"2"),
        (Packet::Pong(Text::from("probe")), Opcode::Text, b"3probe"),
        (Packet::Message(text("hi")), Opcode::Text, b"4hi"),
        (Packet::Message(text("")), Opcode::Text, b"4"),
        (Packet::Message(binary(&[1, 0xff])), Opcode::Binary, &[1, 0xff]),
        (Packet::Message(binary(&[])), Opcode::Binary, b""),
        (Packet::Upgrade, Opcode::Text, b"5"),
        (Packet::Noop, Opcode::Text, b"6"),
    ];
    for (packet, opcode, bytes) in cases {
        let frame = V4.encode_frame(packet.clone());
        assert_eq!((frame.opcode(), frame.len(), frame.packet()), (opcode, bytes.len(), &packet));
        let mut out = BytesMut::from(&b"before"[..]);
        frame.write_to(&mut out);
        assert_eq!(out, [b"before", bytes].concat());
        let (in_place, digit, rest) = frame.parts().expect("it is not base64");
        assert_eq!((in_place, [digit.as_slice(), rest].concat()), (opcode, bytes.to_vec()));
        let (in_parts, digit, rest) = frame.into_parts();
        assert_eq!((in_parts, [digit.as_slice(), &rest].concat()), (opcode, bytes.to_vec()));
    }
}

#[test]
fn a_frame_is_not_copied() {
    let message = Bytes::from(b"hello".to_vec());
    let frame = V4.encode_frame(Packet::Message(Message::Text(Text::assume_utf8(message.clone()))));
    assert!(frame.parts().is_some_and(|(_, _, rest)| rest.as_ptr() == message.as_ptr()));
    let (_, digit, rest) = frame.into_parts();
    assert_eq!((digit, rest.as_ptr()), (Some(b'4'), message.as_ptr()));
}
