//! What the body of a POST means to the server that gets it.

use super::Messages;
use super::framing::Framing;
use super::scan::{Controls, scan};
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

/// Decodes a payload that a client sent.
pub(crate) fn decode_upload(encoding: Encoding, body: Bytes, max_packets: usize) -> Upload {
    let mut controls = FromClient { version: encoding.version(), heartbeat: false };
    let (messages, end) = scan(Framing::of_body(encoding), body, max_packets, &mut controls);
    let FromClient { version: _, heartbeat } = controls;
    Upload { messages, heartbeat, end }
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
