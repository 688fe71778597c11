//! A decoder that is easy to believe: it copies everything and takes the rules one after the other.

use crate::{Outcome, binary, text};
use engineio_proto::{PacketError, UploadEnd};

pub(crate) fn decode(body: &[u8], max_packets: usize) -> Outcome {
    let mut outcome = Outcome { messages: Vec::new(), pong: false, end: None };
    for (index, packet) in body.split(|&byte| byte == 0x1e).enumerate() {
        if index == max_packets {
            return outcome.then(UploadEnd::Fault(PacketError::TooManyPackets));
        }
        let Ok(packet) = String::from_utf8(packet.to_vec()) else {
            return outcome.then(UploadEnd::Fault(PacketError::Utf8));
        };
        let Some(kind) = packet.bytes().next() else {
            return outcome.then(UploadEnd::Fault(PacketError::Empty));
        };
        match kind {
            b'0' | b'5' | b'6' => {}
            b'1' => return outcome.then(UploadEnd::Close),
            b'2' => return outcome.then(UploadEnd::HeartbeatDirection),
            b'3' => outcome.pong = true,
            b'4' => outcome.messages.push(text(packet.split_at(1).1)),
            b'b' => match base64(packet.split_at(1).1) {
                Some(bytes) => outcome.messages.push(binary(&bytes)),
                None => return outcome.then(UploadEnd::Fault(PacketError::Base64)),
            },
            other => return outcome.then(UploadEnd::Fault(PacketError::UnknownType(other))),
        }
    }
    outcome
}

/// Standard alphabet; blanks and line ends anywhere; padding complete, in part or not at all; stray bits dropped.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|char| !"\r\n\t ".contains(*char)).collect();
    let symbols = text.trim_end_matches('=');
    let (len, padding) = (symbols.len(), text.len() - symbols.len());
    if len % 4 == 1 || padding > (4 - len % 4) % 4 {
        return None;
    }
    let mut bits = Vec::new();
    for symbol in symbols.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".find(symbol)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let byte = |bits: &[usize]| bits.iter().fold(0, |byte, bit| byte << 1 | bit);
    bits.chunks_exact(8).map(byte).map(u8::try_from).collect::<Result<_, _>>().ok()
}

/// The canonical encoding: no blanks, complete padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let value = (0..3).fold(0, |value, index| value << 8 | usize::from(group.get(index).copied().unwrap_or(0)));
        for index in 0..4 {
            let symbol = value >> (18 - 6 * index) & 63;
            text.push(match (index > group.len(), symbol) {
                (true, _) => '=',
                (_, 62) => '+',
                (_, 63) => '/',
                (_, 52..) => char::from(b'0' + (symbol - 52) as u8),
                (_, 26..) => char::from(b'a' + (symbol - 26) as u8),
                (_, _) => char::from(b'A' + symbol as u8),
            });
        }
    }
    text
}

/// Protocol 3 as text: lengths count UTF-16 units.
pub(crate) fn decode_counted(body: &[u8], max_packets: usize) -> Outcome {
    let mut outcome = Outcome { messages: Vec::new(), pong: false, end: None };
    let valid = String::from_utf8_lossy(body).chars().collect::<Vec<_>>();
    let whole = std::str::from_utf8(body).is_ok();
    let valid = match std::str::from_utf8(body) {
        Ok(_) => valid,
        Err(error) => std::str::from_utf8(&body[..error.valid_up_to()]).unwrap().chars().collect(),
    };
    let mut rest: Vec<u16> = valid.iter().collect::<String>().encode_utf16().collect();
    for index in 0.. {
        let short = if whole { PacketError::Framing } else { PacketError::Utf8 };
        if rest.is_empty() && whole && index > 0 {
            return outcome;
        }
        if index == max_packets {
            return outcome.then(UploadEnd::Fault(PacketError::TooManyPackets));
        }
        if rest.is_empty() && whole {
            return outcome.then(UploadEnd::Fault(PacketError::Empty));
        }
        let number = rest.iter().take_while(|unit| (0x30..0x3a).contains(*unit)).count();
        let len = String::from_utf16_lossy(&rest[..number]).parse::<u128>();
        let (Ok(len), Some(0x3a)) = (len, rest.get(number)) else { return outcome.then(UploadEnd::Fault(short)) };
        let data = &rest[number + 1..];
        let packet = (len <= data.len() as u128).then(|| String::from_utf16(&data[..len as usize]));
        let Some(Ok(packet)) = packet else { return outcome.then(UploadEnd::Fault(short)) };
        rest = data[len as usize..].to_vec();
        if let Some(end) = take_text(&mut outcome, &packet) {
            return outcome.then(end);
        }
    }
    unreachable!("every step takes something")
}

/// Protocol 3 in binary: lengths count bytes, each digit a byte.
pub(crate) fn decode_marked(body: &[u8], max_packets: usize) -> Outcome {
    let mut outcome = Outcome { messages: Vec::new(), pong: false, end: None };
    let mut rest = body.to_vec();
    for index in 0.. {
        if rest.is_empty() && index > 0 {
            return outcome;
        }
        if index == max_packets {
            return outcome.then(UploadEnd::Fault(PacketError::TooManyPackets));
        }
        if rest.is_empty() {
            return outcome.then(UploadEnd::Fault(PacketError::Empty));
        }
        let framing = UploadEnd::Fault(PacketError::Framing);
        let digits: String = rest[1..].iter().map_while(|digit| char::from_digit((*digit).into(), 10)).collect();
        let (Ok(len), Some(0xff), 0 | 1) = (digits.parse::<u128>(), rest.get(1 + digits.len()), rest[0]) else {
            return outcome.then(framing);
        };
        let data = rest[digits.len() + 2..].to_vec();
        if len > data.len() as u128 {
            return outcome.then(framing);
        }
        let (packet, after) = data.split_at(len as usize);
        let end = match (rest[0], packet) {
            (_, []) => Some(UploadEnd::Fault(PacketError::Empty)),
            (0, _) => match std::str::from_utf8(packet) {
                Ok(packet) => take_text(&mut outcome, packet),
                Err(_) => Some(UploadEnd::Fault(PacketError::Utf8)),
            },
            (_, [4, data @ ..]) => {
                outcome.messages.push(binary(data));
                None
            }
            (_, [kind @ 0..7, ..]) => take_text(&mut outcome, &kind.to_string()),
            (_, [kind, ..]) => Some(UploadEnd::Fault(PacketError::UnknownType(*kind))),
        };
        if let Some(end) = end {
            return outcome.then(end);
        }
        rest = after.to_vec();
    }
    unreachable!("every step takes something")
}

/// A packet of protocol 3 that is text.
fn take_text(outcome: &mut Outcome, packet: &str) -> Option<UploadEnd> {
    match packet.as_bytes() {
        [] => {}
        [b'b', b'4', ..] => match base64(&packet[2..]) {
            Some(bytes) => outcome.messages.push(binary(&bytes)),
            None => return Some(UploadEnd::Fault(PacketError::Base64)),
        },
        [b'b', kind, ..] if kind.is_ascii() => return take_text(outcome, &char::from(*kind).to_string()),
        [b'b', kind, ..] => return Some(UploadEnd::Fault(PacketError::UnknownType(*kind))),
        [b'4', ..] => outcome.messages.push(text(&packet[1..])),
        [b'2', ..] => outcome.pong = true,
        [b'1', ..] => return Some(UploadEnd::Close),
        [b'3', ..] => return Some(UploadEnd::HeartbeatDirection),
        [b'0' | b'5' | b'6', ..] => {}
        [kind, ..] => return Some(UploadEnd::Fault(PacketError::UnknownType(*kind))),
    }
    None
}
