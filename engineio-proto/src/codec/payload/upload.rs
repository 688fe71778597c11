//! What the body of a POST means to the server that gets it.

use super::Messages;
use super::framing::Framing;
use super::scan::{Controls, scan};
use crate::codec::jsonp;
use crate::{Encoding, PacketError, Version};
use bytes::Bytes;

/// The decoded body of a POST: what the session needs to know at once, and the messages.
///
/// Packets are delivered up to the first one that ends the session: see [`end`](Self::end).
#[derive(Debug)]
pub struct Upload {
    pub(crate) messages: Messages,
    pub(crate) heartbeat: bool,
    pub(crate) end: Option<UploadEnd>,
}

/// What in the body of a POST ends its session. Nothing that follows it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UploadEnd {
    /// The peer closes the session (packet `1`).
    Close,
    /// The peer pings where it should answer pings (protocol 4), or answers where it should ping (protocol 3).
    HeartbeatDirection,
    /// The peer sent something that is no packet.
    Fault(PacketError),
    /// The body is larger than a payload may be, so the host stopped reading it and nothing of it counts.
    TooLarge,
}

impl Upload {
    /// Stands for a body that grew over `max_payload`: the host stopped reading, so there is nothing to decode.
    #[must_use]
    pub const fn too_large() -> Self {
        Self::ending(UploadEnd::TooLarge)
    }

    /// Nothing but an end.
    pub(crate) const fn ending(end: UploadEnd) -> Self {
        Self { messages: Messages::EMPTY, heartbeat: false, end: Some(end) }
    }

    /// The messages, in order.
    #[must_use]
    pub const fn messages(&self) -> &Messages {
        &self.messages
    }

    /// The messages, to be taken one by one.
    #[must_use]
    pub fn into_messages(self) -> Messages {
        self.messages
    }

    /// Whether the peer did its part of the heartbeat: it answered a ping (protocol 4, packet `3`) or sent one
    /// (protocol 3, packet `2`).
    #[must_use]
    pub const fn heartbeat(&self) -> bool {
        self.heartbeat
    }

    /// What ends the session, if something does.
    #[must_use]
    pub const fn end(&self) -> Option<UploadEnd> {
        self.end
    }

    /// What is wrong with the first packet that is none.
    #[must_use]
    pub const fn error(&self) -> Option<PacketError> {
        match self.end {
            Some(UploadEnd::Fault(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<PacketError> for UploadEnd {
    fn from(error: PacketError) -> Self {
        Self::Fault(error)
    }
}

impl Encoding {
    /// Decodes the whole body of a POST, which may hold at most `max_packets` packets, of any kind.
    ///
    /// Its time is linear in the body's length. It allocates at most once, for what the base64 in it stands for,
    /// and never for more than three quarters of the body; all else shares the body's memory. A length that the
    /// peer claims is never allocated for. A JSONP form is copied once more, without its escapes.
    #[must_use]
    pub fn decode_payload(self, body: Bytes, max_packets: usize) -> Upload {
        let payload = match self.jsonp() {
            None => Ok(body),
            Some(_) => jsonp::payload_of(&body),
        };
        let payload = match payload {
            Ok(payload) => payload,
            Err(error) => return Upload::ending(UploadEnd::Fault(error)),
        };
        let mut controls = FromClient { version: self.version(), heartbeat: false };
        let (messages, end) = scan(Framing::of_body(self), payload, max_packets, &mut controls);
        let FromClient { version: _, heartbeat } = controls;
        Upload { messages, heartbeat, end }
    }
}

struct FromClient {
    version: Version,
    heartbeat: bool,
}

impl Controls for FromClient {
    type End = UploadEnd;

    fn control(&mut self, kind: u8, _data: &[u8], _first: bool) -> Option<UploadEnd> {
        match (kind, self.version) {
            (b'3', Version::V4) | (b'2', Version::V3) => self.heartbeat = true,
            (b'1', _) => return Some(UploadEnd::Close),
            (b'2', Version::V4) | (b'3', Version::V3) => return Some(UploadEnd::HeartbeatDirection),
            // Only a server opens, and neither of the others means anything here; the reference ignores them.
            (b'0' | b'5' | b'6', _) => {}
            (other, _) => return Some(PacketError::UnknownType(other).into()),
        }
        None
    }
}
