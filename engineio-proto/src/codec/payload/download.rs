//! What the answer to a GET means to the client that gets it.

use super::Messages;
use super::framing::Framing;
use super::scan::{Controls, scan};
use crate::{Encoding, Handshake, HandshakeError, PacketError, SessionId, Version};
use alloc::boxed::Box;
use bytes::Bytes;
use core::str;

/// The decoded answer to a GET: what the session needs to know at once, and the messages.
///
/// Packets are delivered up to the first one that ends the session: see [`end`](Self::end).
#[derive(Debug)]
pub struct Download {
    pub(crate) open: Option<Opened>,
    pub(crate) messages: Messages,
    pub(crate) heartbeat: bool,
    pub(crate) end: Option<DownloadEnd>,
}

/// The handshake, or what is wrong with it. It comes once in a session, and every answer has room for it.
type Opened = Result<Box<Handshake<SessionId>>, HandshakeError>;

/// What in the answer to a GET ends the session. Nothing that follows it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DownloadEnd {
    /// The server closes the session (packet `1`).
    Close,
    /// A handshake (packet `0`) that other packets stand before: a session has one, and begins with it.
    Open,
    /// The server sent something that is no packet.
    Fault(PacketError),
}

impl Download {
    /// The handshake, if that is the first packet, or what is wrong with it.
    #[must_use]
    pub fn open(&self) -> Option<Result<&Handshake<SessionId>, HandshakeError>> {
        self.open.as_ref().map(|open| open.as_deref().map_err(|error| *error))
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

    /// Whether the server did its part of the heartbeat: it sent a ping (protocol 4, packet `2`) or answered one
    /// (protocol 3, packet `3`).
    #[must_use]
    pub const fn heartbeat(&self) -> bool {
        self.heartbeat
    }

    /// What ends the session, if something does.
    #[must_use]
    pub const fn end(&self) -> Option<DownloadEnd> {
        self.end
    }
}

impl From<PacketError> for DownloadEnd {
    fn from(error: PacketError) -> Self {
        Self::Fault(error)
    }
}

impl Encoding {
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
        let mut controls = FromServer { version: self.version(), open: None, heartbeat: false };
        let (messages, end) = scan(Framing::of_body(self), body, max_packets, &mut controls);
        let FromServer { version: _, open, heartbeat } = controls;
        Download { open, messages, heartbeat, end }
    }
}

struct FromServer {
    version: Version,
    open: Option<Opened>,
    heartbeat: bool,
}

impl Controls for FromServer {
    type End = DownloadEnd;

    fn control(&mut self, kind: u8, data: &[u8], first: bool) -> Option<DownloadEnd> {
        match kind {
            b'2' if self.version == Version::V4 => self.heartbeat = true,
            b'3' if self.version == Version::V3 => self.heartbeat = true,
            b'1' => return Some(DownloadEnd::Close),
            b'0' if first => {
                let json = str::from_utf8(data).unwrap_or_default();
                self.open = Some(Handshake::decode(json).map(Box::new));
            }
            b'0' => return Some(DownloadEnd::Open),
            // A noop ends a poll; the others mean nothing from a server here, and the reference ignores them.
            b'2' | b'3' | b'5' | b'6' => {}
            other => return Some(PacketError::UnknownType(other).into()),
        }
        None
    }
}
