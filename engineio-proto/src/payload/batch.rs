//! Packets that go out together, as the body of one poll's response.

use super::{BINARY, SEPARATOR};
use crate::{Encoding, Message, Packet, base64, encoding::encoded_len};
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
    packets: Vec<Packet>,
    encoded_len: usize,
}

impl Batch {
    /// Puts packets together, in order. None of their texts may hold a U+001E: it would end the packet there.
    #[must_use]
    pub fn new(encoding: Encoding, packets: impl IntoIterator<Item = Packet>) -> Self {
        let packets: Vec<Packet> = packets.into_iter().collect();
        let separators = packets.len().saturating_sub(1);
        let encoded_len =
            packets.iter().fold(separators, |sum, packet| sum.saturating_add(encoded_len(encoding, packet)));
        Self { encoding, packets, encoded_len }
    }

    /// The packets, in order.
    #[must_use]
    pub fn packets(&self) -> &[Packet] {
        &self.packets
    }

    /// The `Content-Type` of the body.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match self.encoding.version() {
            crate::Version::V4 => "text/plain; charset=UTF-8",
        }
    }

    /// The exact length of the body, in bytes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.encoded_len
    }

    /// The body, written into one allocation of exactly its length.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut body = Vec::with_capacity(self.encoded_len);
        for (index, packet) in self.packets.iter().enumerate() {
            if index > 0 {
                body.push(SEPARATOR);
            }
            encode_packet(&mut body, packet);
        }
        debug_assert_eq!(body.len(), self.encoded_len);
        body.into()
    }
}

fn encode_packet(body: &mut Vec<u8>, packet: &Packet) {
    if let Packet::Message(Message::Binary(bytes)) = packet {
        body.push(BINARY);
        base64::encode_into(body, bytes);
    } else {
        body.push(packet.digit());
        body.extend_from_slice(packet.data().map_or(&[], Bytes::as_ref));
    }
}
