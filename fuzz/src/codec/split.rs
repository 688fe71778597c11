//! The division of a payload into packets.

use super::from_base64;
use engineio_proto::{Message, PacketError};

/// The framing of the packets in a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Protocol 4: packets are separated by U+001E.
    Separated,
    /// Protocol 3, text: each packet is preceded by its length, as `<UTF-16 units>:`.
    Counted,
    /// Protocol 3, binary: each packet is preceded by a marker, its length in bytes, and `ff`.
    Marked,
}

/// A decoded packet.
#[derive(Debug)]
pub enum Piece {
    /// A message.
    Message(Message),
    /// A packet of another type: its digit, and its data.
    Control(u8, Vec<u8>),
    /// A packet of length 0, which protocol 3 ignores.
    Empty,
}

/// A packet and the rest of the payload.
type Step<'b> = Result<(Piece, &'b [u8]), PacketError>;

/// Splits a payload into packets, up to and including the first error.
#[must_use]
pub fn split(framing: Framing, body: &[u8]) -> Vec<Result<Piece, PacketError>> {
    if framing == Framing::Separated {
        return body.split(|byte| *byte == 0x1e).map(separated).collect();
    }
    let mut pieces = Vec::new();
    let mut rest = body;
    loop {
        let step = if framing == Framing::Counted { counted(rest) } else { marked(rest) };
        match step {
            Ok((piece, after)) => {
                pieces.push(Ok(piece));
                rest = after;
            }
            Err(error) => {
                pieces.push(Err(error));
                break;
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    pieces
}

fn separated(packet: &[u8]) -> Result<Piece, PacketError> {
    let Ok(text) = std::str::from_utf8(packet) else { return Err(PacketError::Utf8) };
    match packet.split_first() {
        None => Err(PacketError::Empty),
        Some((b'4', _)) => Ok(Piece::Message(text[1..].into())),
        Some((b'b', encoded)) => base64(encoded),
        Some((kind, data)) => Ok(Piece::Control(*kind, data.to_vec())),
    }
}

fn counted(rest: &[u8]) -> Step<'_> {
    if rest.is_empty() {
        return Err(PacketError::Empty);
    }
    // Invalid UTF-8 after this packet is reported when its packet is decoded.
    let (text, all) = match std::str::from_utf8(rest) {
        Ok(text) => (text, true),
        Err(error) => (std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(), false),
    };
    let fault = if all { PacketError::Framing } else { PacketError::Utf8 };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = text.split_at(digits);
    let (Some(after), false) = (after.strip_prefix(':'), number.is_empty()) else { return Err(fault) };
    let mut left =
        number.bytes().fold(0_usize, |sum, digit| sum.saturating_mul(10).saturating_add((digit - b'0').into()));
    let mut packet = String::new();
    for char in after.chars() {
        if left == 0 {
            break;
        }
        left = left.checked_sub(char.len_utf16()).ok_or(fault)?;
        packet.push(char);
    }
    if left > 0 {
        return Err(fault);
    }
    Ok((text_packet(&packet)?, &rest[digits + 1 + packet.len()..]))
}

fn marked(rest: &[u8]) -> Step<'_> {
    let Some((marker, after)) = rest.split_first() else { return Err(PacketError::Empty) };
    let digits = after.iter().take_while(|byte| **byte < 10).count();
    let len = after[..digits].iter().fold(0_usize, |sum, digit| sum.saturating_mul(10).saturating_add((*digit).into()));
    if *marker > 1 || digits == 0 || after.get(digits) != Some(&0xff) || len > after.len() - digits - 1 {
        return Err(PacketError::Framing);
    }
    let (packet, after) = after[digits + 1..].split_at(len);
    let piece = match (marker, packet) {
        (_, []) => return Err(PacketError::Empty),
        (0, text) => text_packet(std::str::from_utf8(text).map_err(|_| PacketError::Utf8)?)?,
        (_, [4, data @ ..]) => Piece::Message(data.to_vec().into()),
        // The data of the other types has no meaning in a binary packet.
        (_, [kind @ 0..=6, ..]) => Piece::Control(b'0' + kind, Vec::new()),
        (_, [kind, ..]) => return Err(PacketError::UnknownType(*kind)),
    };
    Ok((piece, after))
}

/// Decodes a text packet of protocol 3.
fn text_packet(packet: &str) -> Result<Piece, PacketError> {
    Ok(match packet.as_bytes() {
        [] => Piece::Empty,
        [b'b', b'4', encoded @ ..] => base64(encoded)?,
        [b'b', kind, ..] => Piece::Control(*kind, Vec::new()),
        [b'4', ..] => Piece::Message(packet[1..].into()),
        [kind, data @ ..] => Piece::Control(*kind, data.to_vec()),
    })
}

fn base64(encoded: &[u8]) -> Result<Piece, PacketError> {
    from_base64(encoded).map(|bytes| Piece::Message(bytes.into())).ok_or(PacketError::Base64)
}
