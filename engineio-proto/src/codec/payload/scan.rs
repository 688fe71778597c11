//! One pass over a payload, whoever sent it: its syntax is checked, its messages are counted and its base64 is
//! decoded.

use super::framing::{Form, Framing};
use super::{Messages, measured, separated};
use crate::PacketError;
use crate::codec::base64::{self, Decoder, Lines};
use bytes::Bytes;

/// What the packets mean that hold no message, which depends on who sent them.
pub(super) trait Controls {
    /// What ends the session; nothing that follows it counts.
    type End: From<PacketError>;

    /// Takes a packet in. `first` tells whether none stood before it.
    fn control(&mut self, kind: u8, data: &[u8], first: bool) -> Option<Self::End>;
}

/// Reads a whole body, which may hold at most `max_packets` packets, up to what ends the session.
pub(super) fn scan<C: Controls>(
    framing: Framing,
    body: Bytes,
    max_packets: usize,
    controls: &mut C,
) -> (Messages, Option<C::End>) {
    let mut scan = Scan { packets: 0, messages: 0, byte_len: 0, binary: None, controls };
    let end = match framing {
        Framing::Separated => scan.run(separated::Packets::new(&body), max_packets),
        Framing::Measured(lengths) => scan.run(measured::Packets::new(lengths, &body), max_packets),
    };
    let Scan { packets, messages, byte_len, binary, controls: _ } = scan;
    let binary = binary.map(Decoder::finish);
    if (packets, messages, framing) == (1, 1, Framing::Separated) && end.is_none() {
        // Most payloads are one packet, which then need not be looked for once more.
        return (separated::only_message(body, binary.map(|(bytes, _)| bytes)).into(), None);
    }
    let binary = binary.unwrap_or((Bytes::new(), Lines::One));
    (Messages::payload(framing, body, binary, messages, byte_len).compact(), end)
}

/// The packets of a payload, of whatever framing. Each step takes at least a byte, or is the last.
trait Packets<'p>: Iterator<Item = Result<(Form, &'p [u8]), PacketError>> + Clone {}

impl<'p, I: Iterator<Item = Result<(Form, &'p [u8]), PacketError>> + Clone> Packets<'p> for I {}

/// What has been seen of a payload so far.
struct Scan<'c, C> {
    packets: usize,
    messages: usize,
    byte_len: usize,
    /// What all binary messages hold that are base64, one after the other; there once the first was seen.
    binary: Option<Decoder>,
    controls: &'c mut C,
}

impl<C: Controls> Scan<'_, C> {
    fn run<'p>(&mut self, mut packets: impl Packets<'p>, max_packets: usize) -> Option<C::End> {
        while let Some(packet) = packets.next() {
            if self.packets >= max_packets {
                return Some(PacketError::TooManyPackets.into());
            }
            match packet {
                Ok((Form::Text(b'4') | Form::Binary, data)) => self.message(data.len()),
                Ok((form, data)) => match self.packet(form, data, self.packets == 0, &packets) {
                    None => {}
                    end => return end,
                },
                Err(error) => return Some(error.into()),
            }
            self.packets = self.packets.saturating_add(1);
        }
        None
    }

    /// Takes one packet in; `rest` are the ones that follow.
    fn packet<'p>(&mut self, form: Form, data: &[u8], first: bool, rest: &impl Packets<'p>) -> Option<C::End> {
        match form {
            Form::Text(b'4') | Form::Binary => self.message(data.len()),
            Form::Base64 => {
                let binary = self.binary.get_or_insert_with(|| room_for(data, rest));
                match binary.push(data) {
                    Ok(len) => self.message(len),
                    Err(error) => return Some(error.into()),
                }
            }
            Form::Text(control) => return self.controls.control(control, data, first),
            Form::Nothing => {}
        }
        None
    }

    const fn message(&mut self, byte_len: usize) {
        self.messages = self.messages.saturating_add(1);
        self.byte_len = self.byte_len.saturating_add(byte_len);
    }
}

/// A buffer for all binary messages, the first and those in the rest, that never moves while it fills.
fn room_for<'p>(first: &[u8], rest: &impl Packets<'p>) -> Decoder {
    let room = rest.clone().map(|packet| match packet {
        Ok((Form::Base64, data)) => base64::decoded_capacity(data.len()),
        _ => 0,
    });
    Decoder::with_capacity(room.fold(base64::decoded_capacity(first.len()), usize::saturating_add))
}
