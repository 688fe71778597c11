//! What a poll is answered with, and that it reads back as what was sent.

use crate::{Outcome, V4, binary, decode, text};
use engineio_proto::{Batch, Frame, Opcode, Packet, Text, UploadEnd};

fn encode(packets: impl IntoIterator<Item = Packet>) -> String {
    let batch = Batch::new(V4, packets);
    let body = batch.encode();
    assert_eq!(body.len(), batch.encoded_len());
    assert_eq!(batch.content_type(), "text/plain; charset=UTF-8");
    String::from_utf8(body.to_vec()).unwrap_or_default()
}

/// One of each kind of packet, and the ones that could be mixed up.
fn packets() -> Vec<Packet> {
    vec![
        Packet::Open(Text::from("{}")),
        Packet::Close,
        Packet::Ping(Text::from("")),
        Packet::Pong(Text::from("")),
        Packet::Pong(Text::from("probe")),
        Packet::Upgrade,
        Packet::Noop,
        Packet::Message(text("")),
        Packet::Message(text("b4AQID")),
        Packet::Message(text("1h\u{e9}llo\u{1f600}")),
        Packet::Message(binary(&[])),
        Packet::Message(binary(&[0x1e])),
        Packet::Message(binary(b"4a\x1e1")),
        Packet::Message(binary(&[0xff, 0xfe])),
    ]
}

/// All lists of up to three packets.
fn lists() -> Vec<Vec<Packet>> {
    let longer = |lists: &[Vec<Packet>]| -> Vec<Vec<Packet>> {
        lists.iter().flat_map(|list| packets().into_iter().map(move |packet| [&list[..], &[packet]].concat())).collect()
    };
    let one = longer(&[Vec::new()]);
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
}

#[test]
fn each_packet_is_its_digit_and_its_data() {
    assert_eq!(encode([Packet::Open(Text::from("{}"))]), "0{}");
    assert_eq!(encode([Packet::Close]), "1");
    assert_eq!(encode([Packet::Ping(Text::from(""))]), "2");
    assert_eq!(encode([Packet::Ping(Text::from("probe"))]), "2probe");
    assert_eq!(encode([Packet::Pong(Text::from("probe"))]), "3probe");
    assert_eq!(encode([Packet::Message(text("h\u{e9}"))]), "4h\u{e9}");
    assert_eq!(encode([Packet::Upgrade]), "5");
    assert_eq!(encode([Packet::Noop]), "6");
}

#[test]
fn binary_is_padded_base64() {
    assert_eq!(encode([Packet::Message(binary(&[1, 2, 3, 4]))]), "bAQIDBA==");
    assert_eq!(encode([Packet::Message(binary(&[0xfb, 0xff]))]), "b+/8=");
    assert_eq!(encode([Packet::Message(binary(&[]))]), "b");
}

#[test]
fn separators_stand_between_packets_only() {
    assert_eq!(encode([]), "");
    assert_eq!(encode([Packet::Message(text("a")), Packet::Noop, Packet::Message(binary(&[1]))]), "4a\x1e6\x1ebAQ==");
}

#[test]
fn a_batch_shows_what_it_holds() {
    let batch = Batch::new(V4, packets());
    assert_eq!(batch.packets(), packets());
}

/// A client's packets, read as a server reads them.
fn meaning(packets: &[Packet]) -> Outcome {
    let mut outcome = Outcome { messages: Vec::new(), pong: false, end: None };
    for packet in packets {
        match packet {
            Packet::Message(message) => outcome.messages.push(message.clone()),
            Packet::Pong(_) => outcome.pong = true,
            Packet::Close => return outcome.then(UploadEnd::Close),
            Packet::Ping(_) => return outcome.then(UploadEnd::HeartbeatDirection),
            Packet::Open(_) | Packet::Upgrade | Packet::Noop => {}
        }
    }
    outcome
}

#[test]
fn p08_c13_every_list_of_packets_survives_a_payload() {
    for list in lists() {
        assert_eq!(decode(encode(list.clone())), meaning(&list), "{list:?}");
    }
}

#[test]
fn p08_every_packet_survives_a_frame() {
    for packet in packets() {
        let (opcode, digit, rest) = V4.encode_frame(packet.clone()).into_parts();
        let whole = [digit.as_slice(), &rest].concat();
        let frame = match opcode {
            Opcode::Text => Frame::Text(Text::assume_utf8(whole.into())),
            Opcode::Binary => Frame::Binary(whole.into()),
        };
        assert_eq!(V4.decode_frame(frame), Ok(packet));
    }
}
