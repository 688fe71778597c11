//! What messages, bodies and frames look like: written down by hand, so that the core's codecs are checked too.

use super::model::Early;
use super::transitions::Heard;
use crate::codec::to_base64;
use crate::step::{Body, Kind};
use engineio_proto::{Frame, Message, PacketError, UploadEnd};

/// The `number`-th message of a session, in the direction that the letter says. Every third is binary.
pub(crate) fn message(direction: char, number: u32, padding: u8) -> Message {
    let text = format!("{direction}{number}{}", "·".repeat(usize::from(padding)));
    if number % 3 == 2 { Message::from(text.into_bytes()) } else { Message::from(text) }
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
pub(crate) fn body(body: Body, first: u32) -> Meaning {
    let say = |number: u32| message('i', number, 0);
    let text = |number: u32| Message::from(format!("i{number}"));
    let binary = |number: u32| Message::from(format!("i{number}").into_bytes());
    let (bytes, messages, pong, end) = match body {
        Body::Noop => ("6".into(), vec![], false, None),
        Body::Message => (in_payload(&say(first)), vec![say(first)], false, None),
        Body::Several => {
            let messages = vec![text(first), binary(first + 1)];
            let bytes = format!("{}\u{1e}3\u{1e}{}", in_payload(&messages[0]), in_payload(&messages[1]));
            (bytes, messages, true, None)
        }
        Body::Pong => ("3".into(), vec![], true, None),
        Body::Close => {
            let bytes = format!("{}\u{1e}1\u{1e}{}", in_payload(&say(first)), in_payload(&say(first + 1)));
            (bytes, vec![say(first)], false, Some(UploadEnd::Close))
        }
        Body::Ping => ("2".into(), vec![], false, Some(UploadEnd::HeartbeatDirection)),
        Body::Garbage => {
            let end = UploadEnd::Fault(PacketError::UnknownType(b'x'));
            (format!("{}\u{1e}x", in_payload(&say(first))), vec![say(first)], false, Some(end))
        }
        Body::Empty => (String::new(), vec![], false, Some(UploadEnd::Fault(PacketError::Empty))),
        Body::TooLarge => (String::new(), vec![], false, Some(UploadEnd::TooLarge)),
    };
    Meaning { bytes: bytes.into_bytes(), messages, pong, end }
}

/// A frame, what it means, and the length of the data in it.
pub(crate) fn frame(kind: Kind, number: u32) -> (Frame, Heard, usize) {
    let text = |text: &str, heard| (Frame::Text(text.into()), heard, text.len().saturating_sub(1));
    let message = |text: String| text;
    match kind {
        Kind::Probe => text("2probe", Heard::Probe),
        Kind::Upgrade => text("5", Heard::Upgrade),
        Kind::Text => {
            let said = message(format!("i{number}"));
            text(&format!("4{said}"), Heard::Other(Early::Message(said.into())))
        }
        Kind::Binary => {
            let said = message(format!("i{number}")).into_bytes();
            let len = said.len();
            (Frame::Binary(said.clone().into()), Heard::Other(Early::Message(said.into())), len)
        }
        Kind::Pong => text("3", Heard::Other(Early::Pong)),
        Kind::Ping => text("2", Heard::Other(Early::Ping)),
        Kind::Close => text("1", Heard::Other(Early::Close)),
        Kind::Noop => text("6", Heard::Other(Early::Ignored)),
        Kind::Garbage => text("x", Heard::Fault(PacketError::UnknownType(b'x'))),
        Kind::Empty => text("", Heard::Fault(PacketError::Empty)),
        Kind::BadBase64 => text("b!", Heard::Fault(PacketError::Base64)),
    }
}
