//! Decoding the body of a POST.

use super::{BINARY, Messages, Packets};
use crate::{PacketError, base64};
use alloc::vec::Vec;
use bytes::Bytes;
use core::str;

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

/// Decodes a payload of protocol revision 4.
pub(crate) fn decode(body: Bytes, max_packets: usize) -> Upload {
    let mut scan = Scan::default();
    let valid = match str::from_utf8(&body) {
        Ok(_) => body.len(),
        Err(error) => error.valid_up_to(),
    };
    let (valid, invalid) = body.split_at_checked(valid).unwrap_or((&body, &[]));
    let mut packets = Packets::new(valid);
    let mut count: usize = 0;
    let mut end = None;
    while end.is_none()
        && let Some(packet) = packets.next()
    {
        end = if count >= max_packets {
            Some(UploadEnd::Fault(PacketError::TooManyPackets))
        } else if packets.at_end() && !invalid.is_empty() {
            // The valid part ends inside this packet, or right before its first byte.
            Some(UploadEnd::Fault(PacketError::Utf8))
        } else {
            scan.packet(packet, &packets)
        };
        count = count.saturating_add(1);
    }
    let Scan { messages, byte_len, binary, pong } = scan;
    Upload { messages: Messages::payload(body, binary.unwrap_or_default().into(), messages, byte_len), pong, end }
}

/// What has been seen of a payload so far.
#[derive(Default)]
struct Scan {
    messages: usize,
    byte_len: usize,
    /// What all binary messages hold, one after the other; there once the first was seen.
    binary: Option<Vec<u8>>,
    pong: bool,
}

impl Scan {
    /// Takes one packet in; `rest` are the ones that follow.
    fn packet(&mut self, packet: &[u8], rest: &Packets<'_>) -> Option<UploadEnd> {
        let Some((&kind, data)) = packet.split_first() else { return Some(UploadEnd::Fault(PacketError::Empty)) };
        match kind {
            b'4' => self.message(data.len()),
            BINARY => {
                let binary = self.binary.get_or_insert_with(|| room_for(data, rest));
                let start = binary.len();
                if let Err(error) = base64::decode_into(binary, data) {
                    return Some(UploadEnd::Fault(error));
                }
                let len = binary.len().saturating_sub(start);
                self.message(len);
            }
            b'3' => self.pong = true,
            b'1' => return Some(UploadEnd::Close),
            b'2' => return Some(UploadEnd::HeartbeatDirection),
            // Only a server opens, and neither of the others means anything here; the reference ignores them.
            b'0' | b'5' | b'6' => {}
            other => return Some(UploadEnd::Fault(PacketError::UnknownType(other))),
        }
        None
    }

    const fn message(&mut self, byte_len: usize) {
        self.messages = self.messages.saturating_add(1);
        self.byte_len = self.byte_len.saturating_add(byte_len);
    }
}

/// A buffer for all binary messages, the first and those in the rest, that never moves while it fills.
fn room_for(first: &[u8], rest: &Packets<'_>) -> Vec<u8> {
    let rest = Packets { rest: rest.rest }.filter_map(|packet| packet.strip_prefix(&[BINARY]));
    let room = rest.map(|data| base64::decoded_capacity(data.len()));
    Vec::with_capacity(room.fold(base64::decoded_capacity(first.len()), usize::saturating_add))
}
