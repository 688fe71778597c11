//! Codecs that are easy to believe: they copy everything and take the rules one after the other.

use engineio_proto::{Message, PacketError, UploadEnd};

/// What a payload holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The messages before the end, in order.
    pub messages: Vec<Message>,
    /// Whether there is a pong among them.
    pub pong: bool,
    /// What ends the session.
    pub end: Option<UploadEnd>,
}

impl Outcome {
    fn then(self, end: UploadEnd) -> Self {
        Self { end: Some(end), ..self }
    }
}

/// Decodes the body of a POST, protocol 4.
#[must_use]
pub fn decode_payload(body: &[u8], max_packets: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for (index, packet) in body.split(|byte| *byte == 0x1e).enumerate() {
        if index == max_packets {
            return outcome.then(UploadEnd::Fault(PacketError::TooManyPackets));
        }
        let Ok(packet) = std::str::from_utf8(packet) else {
            return outcome.then(UploadEnd::Fault(PacketError::Utf8));
        };
        let Some(kind) = packet.bytes().next() else { return outcome.then(UploadEnd::Fault(PacketError::Empty)) };
        match kind {
            b'0' | b'5' | b'6' => {}
            b'1' => return outcome.then(UploadEnd::Close),
            b'2' => return outcome.then(UploadEnd::HeartbeatDirection),
            b'3' => outcome.pong = true,
            b'4' => outcome.messages.push(Message::from(&packet[1..])),
            b'b' => match from_base64(&packet[1..]) {
                Some(bytes) => outcome.messages.push(Message::from(bytes)),
                None => return outcome.then(UploadEnd::Fault(PacketError::Base64)),
            },
            other => return outcome.then(UploadEnd::Fault(PacketError::UnknownType(other))),
        }
    }
    outcome
}

/// The canonical payload of these messages.
#[must_use]
pub fn encode_payload(messages: &[Message]) -> String {
    let packets = messages.iter().map(|message| match message {
        Message::Text(text) => format!("4{text}"),
        Message::Binary(bytes) => format!("b{}", to_base64(bytes)),
    });
    packets.collect::<Vec<_>>().join("\u{1e}")
}

/// Standard alphabet; blanks and line ends anywhere; padding complete, in part or not at all; stray bits dropped.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|char| !"\r\n\t ".contains(*char)).collect();
    let symbols = text.trim_end_matches('=');
    let (len, padding) = (symbols.len(), text.len() - symbols.len());
    if len % 4 == 1 || padding > (4 - len % 4) % 4 {
        return None;
    }
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for symbol in symbols.chars() {
        bits = bits << 6 | u32::try_from(ALPHABET.find(symbol)?).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// Standard alphabet, no blanks, complete padding.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    let symbols: Vec<char> = ALPHABET.chars().collect();
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, index| bits << 8 | usize::from(group.get(index).copied().unwrap_or(0)));
        text.extend((0..4).map(|index| if index > group.len() { '=' } else { symbols[bits >> (18 - 6 * index) & 63] }));
    }
    text
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
