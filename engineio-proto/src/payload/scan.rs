//! One pass over a payload of protocol revision 4, whoever sent it: its syntax is checked, its messages are counted
//! and its base64 is decoded.

use super::{BINARY, Messages, Packets};
use crate::{PacketError, base64};
use alloc::vec::Vec;
use bytes::Bytes;
use core::str;

/// What the packets mean that hold no message, which depends on who sent them.
pub(super) trait Controls {
    /// What ends the session; nothing that follows it counts.
    type End: From<PacketError>;

    /// Takes a packet in. `first` tells whether none stood before it.
    fn control(&mut self, kind: u8, data: &[u8], first: bool) -> Option<Self::End>;
}

/// Reads a whole body, which may hold at most `max_packets` packets, up to what ends the session.
pub(super) fn scan<C: Controls>(body: Bytes, max_packets: usize, controls: &mut C) -> (Messages, Option<C::End>) {
    let mut scan = Scan { messages: 0, byte_len: 0, binary: None, controls };
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
            Some(PacketError::TooManyPackets.into())
        } else if packets.at_end() && !invalid.is_empty() {
            // The valid part ends inside this packet, or right before its first byte.
            Some(PacketError::Utf8.into())
        } else {
            scan.packet(packet, count == 0, &packets)
        };
        count = count.saturating_add(1);
    }
    let Scan { messages, byte_len, binary, controls: _ } = scan;
    (Messages::payload(body, binary.unwrap_or_default().into(), messages, byte_len), end)
}

/// What has been seen of a payload so far.
struct Scan<'c, C> {
    messages: usize,
    byte_len: usize,
    /// What all binary messages hold, one after the other; there once the first was seen.
    binary: Option<Vec<u8>>,
    controls: &'c mut C,
}

impl<C: Controls> Scan<'_, C> {
    /// Takes one packet in; `rest` are the ones that follow.
    fn packet(&mut self, packet: &[u8], first: bool, rest: &Packets<'_>) -> Option<C::End> {
        let Some((&kind, data)) = packet.split_first() else { return Some(PacketError::Empty.into()) };
        match kind {
            b'4' => self.message(data.len()),
            BINARY => {
                let binary = self.binary.get_or_insert_with(|| room_for(data, rest));
                let start = binary.len();
                if let Err(error) = base64::decode_into(binary, data) {
                    return Some(error.into());
                }
                let len = binary.len().saturating_sub(start);
                self.message(len);
            }
            control => return self.controls.control(control, data, first),
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
