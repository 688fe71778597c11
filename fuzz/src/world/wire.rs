//! What messages, bodies and frames look like: written down by hand, so that the core's codecs are checked too.

use super::model::{Early, Speaks};
use super::transitions::Heard;
use crate::codec::{Framing, Piece, split, to_base64};
use crate::outgoing::compresses;
use crate::step::{Body, Kind};
use crate::violation::{Checked, Violation, ensure};
use engineio_proto::{Frame, Message, Opcode, Outgoing, PacketError, UploadEnd};

/// The `number`-th message of a session, in the direction that the letter says. Every third is binary.
pub(crate) fn message(direction: char, number: u32, padding: u8) -> Message {
    let text = format!("{direction}{number}{}", "·".repeat(usize::from(padding)));
    if number % 3 == 2 { Message::from(text.into_bytes()) } else { Message::from(text) }
}

/// The `number`-th message that the application sends. Some may not be compressed.
pub(crate) fn outgoing(number: u32, padding: u8) -> Outgoing {
    Outgoing::new(message('o', number, padding), compresses(number))
}

/// How a message looks in a payload.
pub(crate) fn in_payload(message: &Message) -> String {
    match message {
        Message::Text(text) => format!("4{text}"),
        Message::Binary(bytes) => format!("b{}", to_base64(bytes)),
    }
}

/// What a body means.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) bytes: Vec<u8>,
    pub(crate) messages: Vec<Message>,
    pub(crate) pong: bool,
    pub(crate) end: Option<UploadEnd>,
}

/// A body whose first message is the `first`-th of its session.
pub(crate) fn body(framing: Framing, body: Body, first: u32) -> Meaning {
    // The peer's part in the heartbeat, and the server's.
    let [beat, wrong] = if framing == Framing::Separated { ["3", "2"] } else { ["2", "3"] };
    let raw = |packet: &str| (None, packet.to_owned());
    let packet = |message: &Message| match message {
        Message::Text(text) => (None, format!("4{text}")),
        Message::Binary(bytes) => (Some(bytes.to_vec()), String::new()),
    };
    let say = |number: u32| message('i', number, 0);
    let text = Message::from(format!("i{first}"));
    let binary = Message::from(format!("i{}", first + 1).into_bytes());
    let (packets, messages, pong, end) = match body {
        Body::Noop => (vec![raw("6")], vec![], false, None),
        Body::Message => (vec![packet(&say(first))], vec![say(first)], false, None),
        Body::Several => (vec![packet(&text), raw(beat), packet(&binary)], vec![text, binary], true, None),
        Body::Pong => (vec![raw(beat)], vec![], true, None),
        Body::Close => {
            let packets = vec![packet(&say(first)), raw("1"), packet(&say(first + 1))];
            (packets, vec![say(first)], false, Some(UploadEnd::Close))
        }
        Body::Ping => (vec![raw(wrong)], vec![], false, Some(UploadEnd::HeartbeatDirection)),
        Body::Garbage => {
            let end = UploadEnd::Fault(PacketError::UnknownType(b'x'));
            (vec![packet(&say(first)), raw("x")], vec![say(first)], false, Some(end))
        }
        Body::Empty => (vec![], vec![], false, Some(UploadEnd::Fault(PacketError::Empty))),
        Body::TooLarge => (vec![], vec![], false, Some(UploadEnd::TooLarge)),
    };
    Meaning { bytes: join(framing, &packets), messages, pong, end }
}

/// A payload of these packets, each of them text or what a binary message holds.
fn join(framing: Framing, packets: &[(Option<Vec<u8>>, String)]) -> Vec<u8> {
    let pieces: Vec<Vec<u8>> = packets
        .iter()
        .map(|(binary, text)| match (framing, binary) {
            (Framing::Separated, None) => text.clone().into_bytes(),
            (Framing::Separated, Some(bytes)) => format!("b{}", to_base64(bytes)).into_bytes(),
            (Framing::Counted, None) => format!("{}:{text}", text.encode_utf16().count()).into_bytes(),
            (Framing::Counted, Some(bytes)) => {
                let text = format!("b4{}", to_base64(bytes));
                format!("{}:{text}", text.len()).into_bytes()
            }
            (Framing::Marked, binary) => {
                let packet =
                    binary.as_ref().map_or(text.clone().into_bytes(), |bytes| [&[4], bytes.as_slice()].concat());
                let digits = packet.len().to_string().bytes().map(|digit| digit - b'0').collect();
                [vec![u8::from(binary.is_some())], digits, vec![0xff], packet].concat()
            }
        })
        .collect();
    if framing == Framing::Separated { pieces.join(&0x1e) } else { pieces.concat() }
}

/// The packets of a poll's answer, each as protocol 4 has it in a payload.
pub(crate) fn packets(speaks: Speaks, body: &[u8]) -> Checked<Vec<String>> {
    let framing = match body.first() {
        _ if !speaks.version3 => Framing::Separated,
        Some(0 | 1) => Framing::Marked,
        _ => Framing::Counted,
    };
    ensure!(framing != Framing::Marked || !speaks.base64, "I16", "bytes for a peer that takes none: {body:?}");
    let read = |piece| match piece {
        Ok(Piece::Message(message)) => Ok(in_payload(&message)),
        Ok(Piece::Control(kind, data)) => Ok(format!("{}{}", char::from(kind), String::from_utf8_lossy(&data))),
        Ok(Piece::Empty) | Err(_) => Err(Violation::new("I17", format!("no payload: {body:?}"))),
    };
    split(framing, body).into_iter().map(read).collect()
}

/// What a message is on a WebSocket.
pub(crate) fn message_frame(message: &Message, speaks: Speaks, upgraded: bool) -> (Opcode, Vec<u8>) {
    let base64 = speaks.base64 && !upgraded;
    match message {
        Message::Text(text) => (Opcode::Text, format!("4{text}").into_bytes()),
        Message::Binary(bytes) if base64 => (Opcode::Text, format!("b4{}", to_base64(bytes)).into_bytes()),
        Message::Binary(bytes) if speaks.version3 => (Opcode::Binary, [&[4], bytes.as_ref()].concat()),
        Message::Binary(bytes) => (Opcode::Binary, bytes.to_vec()),
    }
}

/// A frame, what it means, and the length of the data in it.
pub(crate) fn frame(version3: bool, kind: Kind, number: u32) -> (Frame, Heard, usize) {
    let text = |text: &str, heard| (Frame::Text(text.into()), heard, text.len().saturating_sub(1));
    let [beat, wrong] = if version3 { ["2", "3"] } else { ["3", "2"] };
    let said = format!("i{number}");
    match kind {
        Kind::Probe => text("2probe", Heard::Probe),
        Kind::Upgrade => text("5", Heard::Upgrade),
        Kind::Text => text(&format!("4{said}"), Heard::Other(Early::Message(said.into()))),
        Kind::Binary => {
            let said = said.into_bytes();
            let frame = if version3 { [&[4], said.as_slice()].concat() } else { said.clone() };
            let len = said.len();
            (Frame::Binary(frame.into()), Heard::Other(Early::Message(said.into())), len)
        }
        Kind::Pong => text(beat, Heard::Other(Early::Pong)),
        Kind::Ping => text(wrong, Heard::Other(Early::Ping)),
        Kind::Close => text("1", Heard::Other(Early::Close)),
        Kind::Noop => text("6", Heard::Other(Early::Ignored)),
        Kind::Garbage => text("x", Heard::Fault(PacketError::UnknownType(b'x'))),
        Kind::Empty => text("", Heard::Fault(PacketError::Empty)),
        Kind::BadBase64 => text(if version3 { "b4!" } else { "b!" }, Heard::Fault(PacketError::Base64)),
    }
}
