//! What the body of a POST means to the server that gets it.

use super::Messages;
use super::scan::{Controls, scan};
use crate::PacketError;
use bytes::Bytes;

/// The decoded body of a POST: what the session needs to know at once, and the messages.
///
/// Packets are delivered up to the first one that ends the session: see [`end`](Self::end).
#[derive(Debug)]
pub struct Upload {
    pub(crate) messages: Messages,
    pub(crate) pong: bool,
    pub(crate) end: Option<UploadEnd>,
}

/// What in the body of a POST ends its session. Nothing that follows it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UploadEnd {
    /// The peer closes the session (packet `1`).
    Close,
    /// The peer pings where it should answer pings (packet `2`).
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
        Self { messages: Messages::EMPTY, pong: false, end: Some(UploadEnd::TooLarge) }
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

    /// Whether the peer answered a ping (packet `3`).
    #[must_use]
    pub const fn pong(&self) -> bool {
        self.pong
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

/// Decodes a payload of protocol revision 4 that a client sent.
pub(crate) fn decode_upload(body: Bytes, max_packets: usize) -> Upload {
    let mut controls = FromClient::default();
    let (messages, end) = scan(body, max_packets, &mut controls);
    let FromClient { pong } = controls;
    Upload { messages, pong, end }
}

#[derive(Default)]
struct FromClient {
    pong: bool,
}

impl Controls for FromClient {
    type End = UploadEnd;

    fn control(&mut self, kind: u8, _data: &[u8], _first: bool) -> Option<UploadEnd> {
        match kind {
            b'3' => self.pong = true,
            b'1' => return Some(UploadEnd::Close),
            b'2' => return Some(UploadEnd::HeartbeatDirection),
            // Only a server opens, and neither of the others means anything here; the reference ignores them.
            b'0' | b'5' | b'6' => {}
            other => return Some(PacketError::UnknownType(other).into()),
        }
        None
    }
}
