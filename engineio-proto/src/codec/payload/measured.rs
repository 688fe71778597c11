//! Payloads of protocol 3, whose packets stand behind their lengths: as text `6:4hello6:b4AQID`, or as bytes
//! `00 06 ff "4hello" 01 04 ff 04 01 02 03`.

use super::cursor::{skip, take};
use super::framing::{BASE64, Form, LENGTH_END, Lengths};
use crate::codec::{base64::Lines, text};
use crate::{Message, PacketError, Text};
use bytes::Bytes;
use core::ops::Range;
use core::str;

/// The first packet of some bytes.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) form: Form,
    /// Where what follows its type is.
    pub(super) data: Range<usize>,
    /// Where the next packet begins, which is further on; `None` if this is the last one.
    pub(super) next: Option<usize>,
}

/// Finds the first packet. If `rest` is `spoiled`, the body goes on behind it with bytes that are not UTF-8.
fn first(lengths: Lengths, rest: &[u8], spoiled: bool) -> Result<Found, PacketError> {
    match lengths {
        _ if rest.is_empty() && !spoiled => Err(PacketError::Empty),
        Lengths::Counted => match counted(rest) {
            Some((packet, next)) => Ok(read(rest, packet, (spoiled || next < rest.len()).then_some(next))),
            None if spoiled => Err(PacketError::Utf8),
            None => Err(PacketError::Framing),
        },
        Lengths::Marked => {
            let (binary, packet, next) = marked(rest).ok_or(PacketError::Framing)?;
            let next = (next < rest.len()).then_some(next);
            match binary {
                true => read_binary(rest, packet, next),
                false if packet.is_empty() => Err(PacketError::Empty),
                false if !is_utf8(rest, &packet) => Err(PacketError::Utf8),
                false => Ok(read(rest, packet, next)),
            }
        }
    }
}

/// The first of the packets `<length>:<packet>`, and where the next one begins.
fn counted(rest: &[u8]) -> Option<(Range<usize>, usize)> {
    let colon = rest.iter().position(|byte| !byte.is_ascii_digit()).filter(|at| rest.get(*at) == Some(&b':'))?;
    let units = number(rest.get(..colon)?.iter().map(|digit| digit & 0xf))?;
    let start = colon.saturating_add(1);
    let end = start.saturating_add(text::utf16_prefix(rest.get(start..)?, units)?);
    Some((start..end, end))
}

/// The first of the packets `<marker><digits> ff <packet>`, whether it is binary, and where the next one begins.
fn marked(rest: &[u8]) -> Option<(bool, Range<usize>, usize)> {
    let (marker @ (0 | 1), digits) = rest.split_first()? else { return None };
    let count = digits.iter().position(|byte| *byte > 9).filter(|at| digits.get(*at) == Some(&LENGTH_END))?;
    let len = number(digits.get(..count)?.iter().copied())?;
    let start = count.saturating_add(2);
    let end = start.saturating_add(len);
    (end <= rest.len()).then_some((*marker == 1, start..end, end))
}

fn is_utf8(rest: &[u8], packet: &Range<usize>) -> bool {
    rest.get(packet.clone()).is_some_and(|packet| str::from_utf8(packet).is_ok())
}

/// The number that these digits are, of which there must be one. What is too great for any body is as great as can
/// be.
fn number(digits: impl ExactSizeIterator<Item = u8>) -> Option<usize> {
    let some = digits.len() > 0;
    let number = digits.fold(0_usize, |number, digit| number.saturating_mul(10).saturating_add(usize::from(digit)));
    some.then_some(number)
}

/// Reads a text packet of protocol 3.
fn read(rest: &[u8], packet: Range<usize>, next: Option<usize>) -> Found {
    let after = |count| packet.start.saturating_add(count).min(packet.end)..packet.end;
    let (form, data) = match rest.get(packet.clone()).unwrap_or_default() {
        [] => (Form::Nothing, packet),
        [BASE64, b'4', ..] => (Form::Base64, after(2)),
        // Of the other types, only text is known to mean anything.
        [BASE64, kind, ..] => (Form::Text(*kind), packet.end..packet.end),
        [kind, ..] => (Form::Text(*kind), after(1)),
    };
    Found { form, data, next }
}

/// Reads a binary packet of protocol 3.
fn read_binary(rest: &[u8], packet: Range<usize>, next: Option<usize>) -> Result<Found, PacketError> {
    let (form, data) = match rest.get(packet.clone()).unwrap_or_default() {
        [] => return Err(PacketError::Empty),
        [4, ..] => (Form::Binary, packet.start.saturating_add(1)..packet.end),
        [kind @ 0..=6, ..] => (Form::Text(b'0' | kind), packet.end..packet.end),
        [kind, ..] => return Err(PacketError::UnknownType(*kind)),
    };
    Ok(Found { form, data, next })
}

/// The packets of a payload. There is always a first one, though it may be a fault; a fault is the last one.
#[derive(Clone, Debug)]
pub(super) struct Packets<'p> {
    lengths: Lengths,
    rest: Option<&'p [u8]>,
    /// The body goes on where this ends, but not as UTF-8, which it should be.
    spoiled: bool,
}

impl<'p> Packets<'p> {
    pub(super) fn new(lengths: Lengths, body: &'p [u8]) -> Self {
        let valid = match (lengths, str::from_utf8(body)) {
            (Lengths::Counted, Err(error)) => error.valid_up_to(),
            (Lengths::Marked, _) | (_, Ok(_)) => body.len(),
        };
        Self { lengths, rest: body.get(..valid), spoiled: valid < body.len() }
    }
}

impl<'p> Iterator for Packets<'p> {
    type Item = Result<(Form, &'p [u8]), PacketError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        Some(first(self.lengths, rest, self.spoiled).map(|Found { form, data, next }| {
            self.rest = next.and_then(|next| rest.get(next..));
            (form, rest.get(data).unwrap_or_default())
        }))
    }
}

/// Takes packets off the front until one is a message. Each step takes at least a byte, or is the last.
pub(super) fn next_message(lengths: Lengths, packets: &mut Bytes, binary: &mut Bytes, lines: Lines) -> Option<Message> {
    loop {
        let Found { form, data, next } = first(lengths, packets, false).ok()?;
        let next = next.unwrap_or(packets.len());
        match form {
            Form::Text(b'4') | Form::Binary => {
                skip(packets, data.start);
                let message = take(packets, data.len());
                skip(packets, next.saturating_sub(data.end));
                let text = form != Form::Binary;
                return Some(if text { Text::assume_utf8(message).into() } else { message.into() });
            }
            Form::Base64 => {
                let message = take(binary, lines.decoded_len(packets.get(data)?));
                skip(packets, next);
                return Some(message.into());
            }
            Form::Text(_) | Form::Nothing => skip(packets, next),
        }
    }
}
