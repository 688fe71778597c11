//! Packets as WebSocket messages: one message is one packet.

use super::base64;
use crate::{Encoding, Message, Outgoing, Packet, PacketError, Text, Version};
use bytes::{Buf, BufMut, Bytes, BytesMut};

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
    form: Form,
    compress: bool,
    packet: Packet,
}

/// How a message says what packet it is.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// By a digit.
    Text,
    /// By being binary.
    Binary,
    /// By a byte, the number of the type (protocol 3).
    TypedBinary,
    /// By a `b`.
    Base64,
    /// By a `b` and a digit (protocol 3).
    TypedBase64,
}

/// What a packet without data has.
static NOTHING: Bytes = Bytes::new();

impl OutFrame {
    #[inline]
    const fn new(encoding: Encoding, packet: Packet, compress: bool) -> Self {
        let form = match (&packet, encoding.version(), encoding.is_base64()) {
            (Packet::Message(Message::Binary(_)), Version::V4, false) => Form::Binary,
            (Packet::Message(Message::Binary(_)), Version::V4, true) => Form::Base64,
            (Packet::Message(Message::Binary(_)), Version::V3, false) => Form::TypedBinary,
            (Packet::Message(Message::Binary(_)), Version::V3, true) => Form::TypedBase64,
            _ => Form::Text,
        };
        Self { form, compress, packet }
    }

    /// Whether the message may be compressed, if the host does that: permessage-deflate (RFC 7692) tells for each
    /// message. The handshake may be, and each message that was not sent [uncompressed](Message::uncompressed).
    #[must_use]
    #[inline]
    pub const fn compress(&self) -> bool {
        self.compress
    }

    /// The kind of message to send it as.
    #[must_use]
    #[inline]
    pub const fn opcode(&self) -> Opcode {
        match self.form {
            Form::Binary | Form::TypedBinary => Opcode::Binary,
            Form::Text | Form::Base64 | Form::TypedBase64 => Opcode::Text,
        }
    }

    /// The length of the message in bytes, with what names the packet's type.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "only a binary message of no bytes is empty: not worth a question")]
    #[inline]
    pub fn len(&self) -> usize {
        let data = self.packet.data().map_or(0, Bytes::len);
        match self.form {
            Form::Binary => data,
            Form::Text | Form::TypedBinary => data.saturating_add(1),
            Form::Base64 | Form::TypedBase64 => base64_len(self.form, data),
        }
    }

    /// Appends the message.
    pub fn write_to(&self, out: &mut BytesMut) {
        out.reserve(self.len());
        if let Some(kind) = self.kind() {
            out.put_u8(kind);
        }
        let Some(data) = self.packet.data() else { return };
        match self.form {
            Form::Text | Form::Binary | Form::TypedBinary => out.extend_from_slice(data),
            Form::Base64 | Form::TypedBase64 => {
                // Behind the `b` protocol 3 has the type.
                out.extend(matches!(self.form, Form::TypedBase64).then(|| self.packet.digit()));
                let start = out.len();
                out.resize(start.saturating_add(base64::encoded_len(data.len())), 0);
                base64::encode(data, out.get_mut(start..).unwrap_or_default());
            }
        }
    }

    /// The message in the pieces that it is made of, for a codec that writes by reference: its kind, the byte in
    /// front, if there is one, and the rest. That shares the packet's memory, unless it is base64.
    #[must_use]
    pub fn into_parts(self) -> (Opcode, Option<u8>, Bytes) {
        let (opcode, kind) = (self.opcode(), self.kind());
        let rest = match self.form {
            Form::Text | Form::Binary | Form::TypedBinary => self.packet.into_data(),
            Form::Base64 | Form::TypedBase64 => {
                let mut whole = BytesMut::new();
                self.write_to(&mut whole);
                whole.advance(1);
                whole.freeze()
            }
        };
        (opcode, kind, rest)
    }

    /// As [`into_parts`](Self::into_parts), by reference to the frame. `None` if the rest is base64, which is still to be
    /// [written](Self::write_to).
    ///
    /// ```
    /// use engineio_proto::{Encoding, Message, Opcode, Packet, Version};
    ///
    /// let encode = |encoding: Encoding| encoding.encode_frame(Packet::Message(Message::from(vec![7])));
    /// let frame = encode(Encoding::new(Version::V3));
    /// assert_eq!(frame.parts(), Some((Opcode::Binary, Some(4), &vec![7].into())));
    /// assert_eq!(encode(Encoding::new(Version::V3).with_base64()).parts(), None);
    /// ```
    #[must_use]
    #[inline]
    pub fn parts(&self) -> Option<(Opcode, Option<u8>, &Bytes)> {
        match (self.form, &self.packet) {
            (Form::Text, Packet::Message(Message::Text(text))) => Some((Opcode::Text, Some(b'4'), text.as_bytes())),
            (Form::Binary, Packet::Message(Message::Binary(bytes))) => Some((Opcode::Binary, None, bytes)),
            (Form::Base64 | Form::TypedBase64, _) => None,
            (_, packet) => Some((self.opcode(), self.kind(), packet.data().unwrap_or(&NOTHING))),
        }
    }

    /// The packet that the message holds.
    #[must_use]
    #[inline]
    pub const fn packet(&self) -> &Packet {
        &self.packet
    }

    /// The first byte, which names the type. A binary message of protocol 4 needs none: nothing else is binary.
    #[inline]
    const fn kind(&self) -> Option<u8> {
        match self.form {
            Form::Text => Some(self.packet.digit()),
            Form::Binary => None,
            Form::TypedBinary => Some(self.packet.digit() & 0xf),
            Form::Base64 | Form::TypedBase64 => Some(b'b'),
        }
    }
}

impl Encoding {
    /// Decodes one whole WebSocket message. Text and binary messages share its memory; base64 text is copied. It is
    /// understood whatever the encoding says, as in the reference.
    ///
    /// # Errors
    ///
    /// The frame holds no packet: it is empty, its type is unknown, or it is not the base64 that it claims to be.
    #[inline]
    pub fn decode_frame(self, frame: Frame) -> Result<Packet, PacketError> {
        match (frame, self.version()) {
            (Frame::Binary(bytes), Version::V4) => Ok(Packet::Message(Message::Binary(bytes))),
            (Frame::Binary(bytes), Version::V3) => typed(bytes),
            (Frame::Text(text), _) if text.as_bytes().first() == Some(&b'4') => {
                Ok(Packet::Message(Message::Text(text.skip_ascii())))
            }
            (Frame::Text(text), version) => decode_text(version, text),
        }
    }

    /// Prepares one packet to be sent as a WebSocket message. Nothing is copied yet.
    #[must_use]
    pub const fn encode_frame(self, packet: Packet) -> OutFrame {
        let compress = packet.compress();
        OutFrame::new(self, packet, compress)
    }

    /// The same for a message, which says whether it may be compressed.
    #[inline]
    pub(crate) fn encode_outgoing(self, message: Outgoing) -> OutFrame {
        let compress = message.compress();
        OutFrame::new(self, Packet::Message(message.into_message()), compress)
    }
}

/// The length of a message that is base64. Apart, so that what mostly is asked stays small; and by value, so that the
/// frame can stay in registers.
#[inline(never)]
const fn base64_len(form: Form, data: usize) -> usize {
    let before = if matches!(form, Form::TypedBase64) { 2 } else { 1 };
    base64::encoded_len(data).saturating_add(before)
}

/// Reads a text message, which most likely is one of those that are rare.
fn decode_text(version: Version, text: Text) -> Result<Packet, PacketError> {
    match (text.as_bytes().as_ref(), version) {
        ([b'b', encoded @ ..], Version::V4) | ([b'b', b'4', encoded @ ..], Version::V3) => {
            Ok(Packet::Message(Message::Binary(base64::decode(encoded)?.into())))
        }
        // Of the other types, only text is known to mean anything.
        ([b'b', kind, ..], Version::V3) => Packet::bare(*kind),
        _ => Packet::from_text(text),
    }
}

/// Reads a binary message of protocol 3, whose first byte is the number of its type.
fn typed(mut bytes: Bytes) -> Result<Packet, PacketError> {
    match bytes.first() {
        None => Err(PacketError::Empty),
        Some(4) => {
            bytes.advance(1);
            Ok(Packet::Message(Message::Binary(bytes)))
        }
        Some(&number @ 0..=6) => Packet::bare(b'0' | number),
        Some(&unknown) => Err(PacketError::UnknownType(unknown)),
    }
}
