//! How a session's packets are written: what was fixed when its transport was created.

use super::payload::{self, UploadEnd};
use super::{frame, jsonp};
use crate::{Download, Frame, Jsonp, OutFrame, Outgoing, Packet, PacketError, Upload, Version};
use bytes::Bytes;

/// How the packets of one transport are written and read, fixed when that transport was created: no later
/// request changes it.
///
/// Its methods are pure functions of what they are given. Call them outside any lock: they are the part of the
/// protocol whose cost grows with the data.
///
/// ```
/// use engineio_proto::{Encoding, Message, Version};
///
/// let encoding = Encoding::new(Version::V4);
/// let upload = encoding.decode_payload("4hello\x1ebAQID".into(), 10_000);
/// let messages: Vec<Message> = upload.into_messages().collect();
/// assert_eq!(messages, [Message::from("hello"), Message::from(vec![1, 2, 3])]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    version: Version,
    base64: bool,
    octet_stream: bool,
    jsonp: Option<Jsonp>,
}

impl Encoding {
    /// The encoding of a protocol revision's transports, for a peer that asks for nothing else.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self { version, base64: false, octet_stream: false, jsonp: None }
    }

    /// The same for a peer that cannot take binary (the `b64` parameter): what is sent to it is text.
    ///
    /// Payloads of protocol 4 are text anyhow.
    ///
    /// ```
    /// use engineio_proto::{Encoding, Message, Opcode, Packet, Version};
    ///
    /// let encoding = Encoding::new(Version::V4).with_base64();
    /// let frame = encoding.encode_frame(Packet::Message(Message::from(vec![1, 2, 3])));
    /// assert_eq!(frame.into_parts(), (Opcode::Text, Some(b'b'), "AQID".into()));
    /// ```
    #[must_use]
    pub const fn with_base64(self) -> Self {
        Self { base64: true, ..self }
    }

    /// The same for payloads that travel as scripts and forms (the `j` parameter). They are text.
    #[must_use]
    pub const fn with_jsonp(self, jsonp: Jsonp) -> Self {
        Self { jsonp: Some(jsonp), ..self }
    }

    /// The same for the payload of a body whose `Content-Type` is `application/octet-stream`: protocol 3 knows two
    /// forms and tells them apart by that. To protocol 4 and to JSONP it makes no difference.
    ///
    /// ```
    /// use engineio_proto::{Encoding, Message, Version};
    ///
    /// let encoding = Encoding::new(Version::V3);
    /// let text = encoding.decode_payload("6:4hello".into(), 10_000);
    /// assert_eq!(text.into_messages().next(), Some(Message::from("hello")));
    ///
    /// let binary = encoding.of_octet_stream().decode_payload(b"\x01\x03\xff\x04\x07\x08".as_slice().into(), 10_000);
    /// assert_eq!(binary.into_messages().next(), Some(Message::from(vec![7, 8])));
    /// ```
    #[must_use]
    pub const fn of_octet_stream(self) -> Self {
        Self { octet_stream: true, ..self }
    }

    /// The protocol revision.
    #[must_use]
    pub const fn version(self) -> Version {
        self.version
    }

    /// Which callback the session's answers call, if they travel as JSONP.
    #[must_use]
    pub const fn jsonp(self) -> Option<Jsonp> {
        self.jsonp
    }

    /// Whether the peer cannot take binary.
    #[must_use]
    pub const fn is_base64(self) -> bool {
        self.base64
    }

    /// Whether what is written must be text.
    pub(crate) const fn is_text_only(self) -> bool {
        self.base64 || self.jsonp.is_some()
    }

    /// Whether what is read need not be text.
    pub(crate) const fn is_octet_stream(self) -> bool {
        self.octet_stream && self.jsonp.is_none()
    }

    /// Decodes the whole body of a POST, which may hold at most `max_packets` packets, of any kind.
    ///
    /// Its time is linear in the body's length. It allocates at most once, for what the base64 in it stands for,
    /// and never for more than three quarters of the body; all else shares the body's memory. A length that the
    /// peer claims is never allocated for. A JSONP form is copied once more, without its escapes.
    #[must_use]
    pub fn decode_payload(self, body: Bytes, max_packets: usize) -> Upload {
        if self.jsonp.is_none() {
            return payload::decode_upload(self, body, max_packets);
        }
        match jsonp::payload_of(&body) {
            Ok(payload) => payload::decode_upload(self, payload, max_packets),
            Err(error) => Upload::ending(UploadEnd::Fault(error)),
        }
    }

    /// Decodes the whole body of the answer to a GET, which may hold at most `max_packets` packets, of any kind:
    /// as [`decode_payload`](Self::decode_payload), but what a server says. Scripts are not for reading, so JSONP
    /// makes no difference.
    ///
    /// ```
    /// use engineio_proto::{DownloadEnd, Encoding, Version};
    ///
    /// let download = Encoding::new(Version::V4).decode_response("2\x1e4hello\x1e1".into(), 10_000);
    /// assert!(download.heartbeat());
    /// assert_eq!(download.messages().len(), 1);
    /// assert_eq!(download.end(), Some(DownloadEnd::Close));
    /// ```
    #[must_use]
    pub fn decode_response(self, body: Bytes, max_packets: usize) -> Download {
        payload::decode_download(self, body, max_packets)
    }

    /// Decodes one whole WebSocket message. Text and binary messages share its memory; base64 text is copied.
    ///
    /// # Errors
    ///
    /// The frame holds no packet: it is empty, its type is unknown, or it is not the base64 that it claims to be.
    #[inline]
    pub fn decode_frame(self, frame: Frame) -> Result<Packet, PacketError> {
        frame::decode(self.version, frame)
    }

    /// Prepares one packet to be sent as a WebSocket message. Nothing is copied yet.
    #[must_use]
    pub const fn encode_frame(self, packet: Packet) -> OutFrame {
        let compress = packet.compress();
        OutFrame::new(self.version, self.base64, packet, compress)
    }

    /// The same for a message, which says whether it may be compressed.
    #[inline]
    pub(crate) fn encode_outgoing(self, message: Outgoing) -> OutFrame {
        let compress = message.compress();
        OutFrame::new(self.version, self.base64, Packet::Message(message.into_message()), compress)
    }
}
