//! How a session's packets are written: what was fixed when its transport was created.

use crate::{Download, Frame, OutFrame, Packet, PacketError, Upload, frame, packet::Message, payload};
use bytes::Bytes;

/// A revision of the protocol, as named by the `EIO` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Version {
    /// Revision 4: the server pings; a payload's packets are separated by U+001E and binary is base64.
    V4,
}

impl Version {
    /// The number by which the `EIO` parameter names it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => 4,
        }
    }
}

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
}

impl Encoding {
    /// The encoding of a protocol revision's transports.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self { version }
    }

    /// The protocol revision.
    #[must_use]
    pub const fn version(self) -> Version {
        self.version
    }

    /// Decodes the whole body of a POST, which may hold at most `max_packets` packets, of any kind.
    ///
    /// Its time is linear in the body's length. It allocates at most once, for what the binary messages hold,
    /// and never for more than three quarters of the body; text shares the body's memory.
    #[must_use]
    pub fn decode_payload(self, body: Bytes, max_packets: usize) -> Upload {
        match self.version {
            Version::V4 => payload::decode_upload(body, max_packets),
        }
    }

    /// Decodes the whole body of the answer to a GET, which may hold at most `max_packets` packets, of any kind:
    /// as [`decode_payload`](Self::decode_payload), but what a server says.
    ///
    /// ```
    /// use engineio_proto::{DownloadEnd, Encoding, Version};
    ///
    /// let download = Encoding::new(Version::V4).decode_response("2\x1e4hello\x1e1".into(), 10_000);
    /// assert!(download.ping());
    /// assert_eq!(download.messages().len(), 1);
    /// assert_eq!(download.end(), Some(DownloadEnd::Close));
    /// ```
    #[must_use]
    pub fn decode_response(self, body: Bytes, max_packets: usize) -> Download {
        match self.version {
            Version::V4 => payload::decode_download(body, max_packets),
        }
    }

    /// Decodes one whole WebSocket message. Text and binary messages share its memory; base64 text is copied.
    ///
    /// # Errors
    ///
    /// The frame holds no packet: it is empty, its type is unknown, or it is not the base64 that it claims to be.
    pub fn decode_frame(self, frame: Frame) -> Result<Packet, PacketError> {
        match self.version {
            Version::V4 => frame::decode(frame),
        }
    }

    /// Encodes one packet as a WebSocket message, without copying what it holds.
    #[must_use]
    pub fn encode_frame(self, packet: Packet) -> OutFrame {
        match self.version {
            Version::V4 => OutFrame::new(packet),
        }
    }
}

/// How many bytes a packet takes up in a payload, in bytes, without the separator to the next one.
pub(crate) fn encoded_len(encoding: Encoding, packet: &Packet) -> usize {
    match (encoding.version, packet) {
        (Version::V4, Packet::Message(Message::Binary(bytes))) => {
            crate::base64::encoded_len(bytes.len()).saturating_add(1)
        }
        (Version::V4, packet) => packet.data().map_or(0, Bytes::len).saturating_add(1),
    }
}
