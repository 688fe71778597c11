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
