//! Packets as WebSocket messages: one message is one packet.

use crate::{Message, Packet, PacketError, Text, base64};
use alloc::vec::Vec;
use bytes::{BufMut, Bytes, BytesMut};

/// One whole WebSocket message that has arrived, fragments joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text message. The WebSocket codec has checked that it is UTF-8.
    Text(Text),
    /// A binary message.
    Binary(Bytes),
}

/// The kind of a WebSocket message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// A text message, opcode 1.
    Text,
    /// A binary message, opcode 2.
    Binary,
}

/// One WebSocket message to be sent: a packet that has not been copied into one piece yet.
///
/// ```
/// use engineio_proto::{Encoding, Message, Opcode, Packet, Version};
///
/// let frame = Encoding::new(Version::V4).encode_frame(Packet::Message(Message::from("hi")));
/// assert_eq!(frame.opcode(), Opcode::Text);
/// assert_eq!(frame.len(), 3);
/// let (opcode, digit, rest) = frame.into_parts();
/// assert_eq!((opcode, digit, &*rest), (Opcode::Text, Some(b'4'), &b"hi"[..]));
/// ```
#[derive(Debug)]
pub struct OutFrame {
    packet: Packet,
}

impl OutFrame {
    pub(crate) const fn new(packet: Packet) -> Self {
        Self { packet }
    }

    /// The kind of message to send it as.
    #[must_use]
    pub const fn opcode(&self) -> Opcode {
        match self.packet {
            Packet::Message(Message::Binary(_)) => Opcode::Binary,
            _ => Opcode::Text,
        }
    }

    /// The length of the message in bytes, with the digit that names the packet's type.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "only a binary message of no bytes is empty: not worth a question")]
    pub fn len(&self) -> usize {
        let digit = usize::from(self.digit().is_some());
        self.packet.data().map_or(0, Bytes::len).saturating_add(digit)
    }

    /// Appends the message.
    pub fn write_to(&self, out: &mut BytesMut) {
        out.reserve(self.len());
        if let Some(digit) = self.digit() {
            out.put_u8(digit);
        }
        if let Some(data) = self.packet.data() {
            out.extend_from_slice(data);
        }
    }

    /// The message in the pieces that it is made of, for a codec that writes by reference: its kind, the digit
    /// in front, if there is one, and the rest, which shares the packet's memory.
    #[must_use]
    pub fn into_parts(self) -> (Opcode, Option<u8>, Bytes) {
        let (opcode, digit) = (self.opcode(), self.digit());
        (opcode, digit, self.packet.into_data())
    }

    /// The packet that the message holds.
    #[must_use]
    pub const fn packet(&self) -> &Packet {
        &self.packet
    }

    /// A binary message needs no type: nothing else is binary.
    const fn digit(&self) -> Option<u8> {
        match self.opcode() {
            Opcode::Text => Some(self.packet.digit()),
            Opcode::Binary => None,
        }
    }
}

/// Reads a message of protocol revision 4. Base64 is understood on every transport, as the reference does.
pub(crate) fn decode(frame: Frame) -> Result<Packet, PacketError> {
    let text = match frame {
        Frame::Binary(bytes) => return Ok(Packet::Message(Message::Binary(bytes))),
        Frame::Text(text) => text,
    };
    let Some(encoded) = text.as_bytes().strip_prefix(b"b") else { return Packet::from_text(text) };
    let mut bytes = Vec::with_capacity(base64::decoded_capacity(encoded.len()));
    base64::decode_into(&mut bytes, encoded)?;
    Ok(Packet::Message(Message::Binary(bytes.into())))
}
