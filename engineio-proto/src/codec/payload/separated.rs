//! Payloads of protocol 4, whose packets are separated by a character: `4hello␞bAQID`, where `␞` is U+001E.

use super::cursor::{skip, take};
use super::framing::{BASE64, Form, SEPARATOR};
use crate::codec::base64::Lines;
use crate::{Encoding, Message, PacketError, Text, Version};
use bytes::Bytes;
use core::str;

/// The packets of a payload. There is always a first one, though it may be empty.
#[derive(Clone, Debug)]
pub(super) struct Packets<'p> {
    rest: Option<&'p [u8]>,
    /// The body goes on where this ends, but not as UTF-8.
    spoiled: bool,
}

impl<'p> Packets<'p> {
    pub(super) fn new(body: &'p [u8]) -> Self {
        let valid = match str::from_utf8(body) {
            Ok(_) => body.len(),
            Err(error) => error.valid_up_to(),
        };
        Self { rest: body.get(..valid), spoiled: valid < body.len() }
    }
}

impl<'p> Iterator for Packets<'p> {
    type Item = Result<(Form, &'p [u8]), PacketError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let (packet, after) = match separator(rest).and_then(|at| rest.split_at_checked(at)) {
            Some((packet, after)) => (packet, after.get(1..)),
            None => (rest, None),
        };
        self.rest = after;
        if self.spoiled && after.is_none() {
            // What is UTF-8 ends inside this packet, or right before its first byte.
            return Some(Err(PacketError::Utf8));
        }
        Some(match packet.split_first() {
            Some((&BASE64, data)) => Ok((Form::Base64, data)),
            Some((&kind, data)) => Ok((Form::Text(kind), data)),
            None => Err(PacketError::Empty),
        })
    }
}

/// The message of a payload that is one packet, a message; what it holds, if it is base64.
pub(super) fn only_message(mut packet: Bytes, binary: Option<Bytes>) -> Message {
    match binary {
        Some(binary) => Message::Binary(binary),
        None => {
            skip(&mut packet, 1);
            Message::Text(Text::assume_utf8(packet))
        }
    }
}

/// Takes packets off the front until one is a message. Each step takes at least a byte, or is the last.
#[inline]
pub(super) fn next_message(packets: &mut Bytes, binary: &mut Bytes, lines: Lines) -> Option<Message> {
    loop {
        let kind = *packets.first()?;
        let len = separator(packets).unwrap_or(packets.len());
        if kind == b'4' {
            let mut text = take(packets, len);
            skip(&mut text, 1);
            skip(packets, 1);
            return Some(Message::Text(Text::assume_utf8(text)));
        }
        let message =
            (kind == BASE64).then(|| take(binary, lines.decoded_len(packets.get(1..len).unwrap_or_default())));
        skip(packets, len.saturating_add(1));
        if let Some(message) = message {
            return Some(Message::Binary(message));
        }
    }
}

/// Whether a message of this text would fall apart in a payload.
pub(crate) fn separates(encoding: Encoding, text: &Text) -> bool {
    match encoding.version() {
        Version::V4 => separator(text.as_bytes()).is_some(),
        // It tells packets apart by their lengths.
        Version::V3 => false,
    }
}

/// Where the next separator is. With a plain loop for it, 1 MB of text would take six times as long to decode.
fn separator(payload: &[u8]) -> Option<usize> {
    memchr::memchr(SEPARATOR, payload)
}
