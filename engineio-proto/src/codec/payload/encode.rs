//! How the packets of a payload are written, and how long they become.

use super::framing::{BASE64, Framing, LENGTH_END, Lengths, SEPARATOR};
use crate::codec::{base64, text};
use crate::{Message, Packet};
use alloc::vec::Vec;
use bytes::Bytes;

/// What an empty payload of protocol 3 is.
const NOTHING: &[u8] = b"0:";

/// Appends packets as a payload.
pub(super) fn write_payload(body: &mut Vec<u8>, framing: Framing, packets: &[Packet]) {
    match framing {
        Framing::Separated => {
            for (index, packet) in packets.iter().enumerate() {
                if index > 0 {
                    body.push(SEPARATOR);
                }
                write_separated(body, packet);
            }
        }
        Framing::Measured(Lengths::Counted) if packets.is_empty() => body.extend_from_slice(NOTHING),
        Framing::Measured(Lengths::Counted) => packets.iter().for_each(|packet| write_counted(body, packet)),
        Framing::Measured(Lengths::Marked) => packets.iter().for_each(|packet| write_marked(body, packet)),
    }
}

fn write_separated(body: &mut Vec<u8>, packet: &Packet) {
    if is_binary(packet) {
        body.push(BASE64);
        base64::encode_into(body, data(packet));
    } else {
        body.push(packet.digit());
        body.extend_from_slice(data(packet));
    }
}

fn write_counted(body: &mut Vec<u8>, packet: &Packet) {
    write_digits(body, units(packet), b'0');
    body.push(b':');
    if is_binary(packet) {
        body.push(BASE64);
        body.push(packet.digit());
        base64::encode_into(body, data(packet));
    } else {
        body.push(packet.digit());
        body.extend_from_slice(data(packet));
    }
}

fn write_marked(body: &mut Vec<u8>, packet: &Packet) {
    let binary = is_binary(packet);
    body.push(u8::from(binary));
    write_digits(body, data(packet).len().saturating_add(1), 0);
    body.push(LENGTH_END);
    // The type is a digit in text and a number in binary.
    body.push(if binary { packet.digit() & 0xf } else { packet.digit() });
    body.extend_from_slice(data(packet));
}

/// The length of a payload whose texts have the length that `text_len` says.
pub(super) fn payload_len(framing: Framing, packets: &[Packet], text_len: impl Fn(&[u8]) -> usize) -> usize {
    let around = match framing {
        Framing::Separated => packets.len().saturating_sub(1),
        Framing::Measured(Lengths::Counted) if packets.is_empty() => NOTHING.len(),
        Framing::Measured(Lengths::Counted) | Framing::Measured(Lengths::Marked) => 0,
    };
    packets.iter().fold(around, |sum, packet| sum.saturating_add(packet_len(framing, packet, &text_len)))
}

pub(super) fn packet_len(framing: Framing, packet: &Packet, text_len: impl Fn(&[u8]) -> usize) -> usize {
    let text = |data: &[u8]| text_len(data).saturating_add(1);
    match (framing, is_binary(packet)) {
        (Framing::Separated, true) => base64::encoded_len(data(packet).len()).saturating_add(1),
        (Framing::Separated, false) => text(data(packet)),
        (Framing::Measured(Lengths::Counted), binary) => {
            let units = units(packet);
            let packet = if binary { units } else { text(data(packet)) };
            packet.saturating_add(digits(units)).saturating_add(1)
        }
        (Framing::Measured(Lengths::Marked), _) => {
            let len = data(packet).len().saturating_add(1);
            len.saturating_add(digits(len)).saturating_add(2)
        }
    }
}

#[inline]
pub(super) const fn is_binary(packet: &Packet) -> bool {
    matches!(packet, Packet::Message(Message::Binary(_)))
}

#[inline]
pub(super) fn data(packet: &Packet) -> &[u8] {
    packet.data().map_or(&[], Bytes::as_ref)
}

/// The length of a packet as protocol 3 counts it in text.
pub(super) fn units(packet: &Packet) -> usize {
    if is_binary(packet) {
        base64::encoded_len(data(packet).len()).saturating_add(2)
    } else {
        text::utf16_len(data(packet)).saturating_add(1)
    }
}

/// How many decimal digits a number has.
#[inline]
pub(super) fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log.saturating_add(1) as usize)
}

/// Writes a number, its digit nought as `zero`.
fn write_digits(out: &mut Vec<u8>, number: usize, zero: u8) {
    let start = out.len();
    let mut rest = number;
    loop {
        let digit = u8::try_from(rest % 10).unwrap_or_default();
        out.push(zero.saturating_add(digit));
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if let Some(written) = out.get_mut(start..) {
        written.reverse();
    }
}
