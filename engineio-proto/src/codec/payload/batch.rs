//! Packets that go out together, as the body of one poll's response.

use super::encode::{is_binary, payload_len, write_payload};
use super::framing::{Framing, Lengths, SEPARATOR};
use crate::codec::jsonp;
use crate::{Encoding, Packet};
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
    /// that was not sent [uncompressed](crate::Message::uncompressed). A ping or pong is not asked, as it goes along whenever it
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
        write_payload(&mut body, *framing, packets);
        body
    }
}
