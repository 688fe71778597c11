//! Packets that go out together, as the body of one poll's response.

use super::framing::{BASE64, Framing, LENGTH_END, SEPARATOR};
use super::measured::Lengths;
use crate::codec::{base64, jsonp, text};
use crate::{Encoding, Message, Packet, Version};
use alloc::vec::Vec;
use bytes::Bytes;

/// Packets that go out together: the body of one poll's response, or of one POST, not encoded yet.
///
/// It is made where the packets are at hand and encoded where nobody waits for it, outside any lock.
///
/// ```
/// use engineio_proto::{Batch, Encoding, Message, Packet, Version};
///
/// let packets = [Packet::Message(Message::from("hi")), Packet::Noop];
/// let batch = Batch::new(Encoding::new(Version::V4), packets);
/// assert_eq!(batch.encoded_len(), 5);
/// assert_eq!(batch.encode(), "4hi\x1e6");
/// ```
#[derive(Debug)]
pub struct Batch {
    encoding: Encoding,
    framing: Framing,
    packets: Vec<Packet>,
    /// How long the body becomes, if that can be told without a look at what the messages say.
    known_len: Option<usize>,
    compress: bool,
}

impl Batch {
    /// Puts packets together, in order. Protocol 4 has no place for a U+001E in their texts: it would end the
    /// packet there.
    #[must_use]
    pub fn new(encoding: Encoding, packets: impl IntoIterator<Item = Packet>) -> Self {
        let packets: Vec<Packet> = packets.into_iter().collect();
        let compress = packets.iter().any(Packet::compress);
        Self::with_compress(encoding, packets, compress)
    }

    /// The same, told whether one of the packets asks for compression.
    pub(crate) fn with_compress(encoding: Encoding, packets: Vec<Packet>, compress: bool) -> Self {
        let framing = Framing::of_packets(encoding, || packets.iter().any(is_binary));
        let known = encoding.jsonp().is_none() && framing != Framing::Measured(Lengths::Counted);
        let known_len = known.then(|| payload_len(framing, &packets, <[u8]>::len));
        Self { encoding, framing, packets, known_len, compress }
    }

    /// The packets, in order.
    #[must_use]
    pub fn packets(&self) -> &[Packet] {
        &self.packets
    }

    /// Whether the body may be compressed: as soon as one of its packets may be. That is the handshake, and each message
    /// that was not sent [uncompressed](Message::uncompressed). A ping or pong is not asked, as it goes along whenever it
    /// is due; in the reference a ping has a message compressed that is not to be.
    #[must_use]
    pub const fn compress(&self) -> bool {
        self.compress
    }

    /// The `Content-Type` of the body.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match (self.encoding.jsonp(), self.framing) {
            (Some(_), _) => "text/javascript; charset=UTF-8",
            (None, Framing::Separated | Framing::Measured(Lengths::Counted)) => "text/plain; charset=UTF-8",
            (None, Framing::Measured(Lengths::Marked)) => "application/octet-stream",
        }
    }

    /// Whether the body is a script.
    pub(crate) const fn is_script(&self) -> bool {
        self.encoding.jsonp().is_some()
    }

    /// The exact length of the body, in bytes. For protocol 3 and for JSONP, finding out takes a look at all text.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.known_len.unwrap_or_else(|| match self.encoding.jsonp() {
            None => payload_len(self.framing, &self.packets, <[u8]>::len),
            Some(jsonp) => {
                let payload = payload_len(self.framing, &self.packets, jsonp::escaped_len);
                // Lengths and base64 hold nothing that is escaped; a separator is.
                let separators =
                    if self.framing == Framing::Separated { self.packets.len().saturating_sub(1) } else { 0 };
                let more = jsonp::escaped_len(&[SEPARATOR]).saturating_sub(1);
                payload.saturating_add(separators.saturating_mul(more)).saturating_add(jsonp.frame_len())
            }
        })
    }

    /// The body, written into one allocation of exactly its length. A script takes another one.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let payload = self.payload();
        let body = match self.encoding.jsonp() {
            None => payload,
            Some(jsonp) => jsonp.script(&payload),
        };
        debug_assert_eq!(body.len(), self.encoded_len());
        body.into()
    }

    fn payload(&self) -> Vec<u8> {
        let Self { encoding: _, framing, packets, known_len, compress: _ } = self;
        let len = known_len.unwrap_or_else(|| payload_len(*framing, packets, <[u8]>::len));
        let mut body = Vec::with_capacity(len);
        match framing {
            Framing::Separated => {
                for (index, packet) in packets.iter().enumerate() {
                    if index > 0 {
                        body.push(SEPARATOR);
                    }
                    write_separated(&mut body, packet);
                }
            }
            Framing::Measured(Lengths::Counted) if packets.is_empty() => body.extend_from_slice(NOTHING),
            Framing::Measured(Lengths::Counted) => packets.iter().for_each(|packet| write_counted(&mut body, packet)),
            Framing::Measured(Lengths::Marked) => packets.iter().for_each(|packet| write_marked(&mut body, packet)),
        }
        body
    }
}

/// What an empty payload of protocol 3 is.
const NOTHING: &[u8] = b"0:";

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
fn payload_len(framing: Framing, packets: &[Packet], text_len: impl Fn(&[u8]) -> usize) -> usize {
    let around = match framing {
        Framing::Separated => packets.len().saturating_sub(1),
        Framing::Measured(Lengths::Counted) if packets.is_empty() => NOTHING.len(),
        Framing::Measured(Lengths::Counted) | Framing::Measured(Lengths::Marked) => 0,
    };
    packets.iter().fold(around, |sum, packet| sum.saturating_add(packet_len(framing, packet, &text_len)))
}

fn packet_len(framing: Framing, packet: &Packet, text_len: impl Fn(&[u8]) -> usize) -> usize {
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

/// How long a payload becomes that grows packet by packet, found without a look at what they say. It is exact but for
/// text of protocol 3 that is not ASCII: the number of its units is taken to have as many digits as that of its bytes,
/// so that it may be shorter by a byte or two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    encoding: Encoding,
    packets: usize,
    /// How long they are as text, and as bytes, which is what protocol 3 makes of them once one is binary.
    text: usize,
    octets: usize,
    binary: bool,
}

impl Room {
    pub(crate) const fn new(encoding: Encoding) -> Self {
        Self { encoding, packets: 0, text: 0, octets: 0, binary: false }
    }

    /// The room with one more packet in it.
    pub(crate) fn with(self, packet: &Packet) -> Self {
        let len = |framing| packet_len(framing, packet, <[u8]>::len);
        let (text, octets) = match self.encoding.version() {
            Version::V4 => (len(Framing::Separated), 0),
            Version::V3 => (counted_room(packet), len(Framing::Measured(Lengths::Marked))),
        };
        Self {
            encoding: self.encoding,
            packets: self.packets.saturating_add(1),
            text: self.text.saturating_add(text),
            octets: self.octets.saturating_add(octets),
            binary: self.binary || is_binary(packet),
        }
    }

    /// The length in bytes.
    pub(crate) fn len(self) -> usize {
        match Framing::of_packets(self.encoding, || self.binary) {
            Framing::Separated => self.text.saturating_add(self.packets.saturating_sub(1)),
            Framing::Measured(Lengths::Counted) => self.text,
            Framing::Measured(Lengths::Marked) => self.octets,
        }
    }
}

/// The room for a packet whose length is counted, if it is ASCII. No text has more units than bytes.
fn counted_room(packet: &Packet) -> usize {
    let len = if is_binary(packet) { units(packet) } else { data(packet).len().saturating_add(1) };
    len.saturating_add(digits(len)).saturating_add(1)
}

const fn is_binary(packet: &Packet) -> bool {
    matches!(packet, Packet::Message(Message::Binary(_)))
}

fn data(packet: &Packet) -> &[u8] {
    packet.data().map_or(&[], Bytes::as_ref)
}

/// The length of a packet as protocol 3 counts it in text.
fn units(packet: &Packet) -> usize {
    if is_binary(packet) {
        base64::encoded_len(data(packet).len()).saturating_add(2)
    } else {
        text::utf16_len(data(packet)).saturating_add(1)
    }
}

/// How many decimal digits a number has.
fn digits(number: usize) -> usize {
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
