//! How long a payload becomes that grows packet by packet.

use super::encode::{data, digits, is_binary, packet_len, units};
use super::framing::{Framing, Lengths};
use crate::{Encoding, Packet, Version};

/// How long a payload becomes that grows packet by packet, found without a look at what they say. It is exact but for
/// text of protocol 3 that is not ASCII: the number of its units is taken to have as many digits as that of its bytes,
/// so that it may be shorter by a byte or two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    encoding: Encoding,
    packets: usize,
    /// How long they are as text, and as bytes, which is what protocol 3 makes of them once one is binary.
    text: usize,
    octets: usize,
    binary: bool,
}

impl Room {
    pub(crate) const fn new(encoding: Encoding) -> Self {
        Self { encoding, packets: 0, text: 0, octets: 0, binary: false }
    }

    /// The room with one more packet in it.
    pub(crate) fn with(self, packet: &Packet) -> Self {
        let len = |framing| packet_len(framing, packet, <[u8]>::len);
        let (text, octets) = match self.encoding.version() {
            Version::V4 => (len(Framing::Separated), 0),
            Version::V3 => (counted_room(packet), len(Framing::Measured(Lengths::Marked))),
        };
        Self {
            encoding: self.encoding,
            packets: self.packets.saturating_add(1),
            text: self.text.saturating_add(text),
            octets: self.octets.saturating_add(octets),
            binary: self.binary || is_binary(packet),
        }
    }

    /// The length in bytes.
    pub(crate) fn len(self) -> usize {
        match Framing::of_packets(self.encoding, || self.binary) {
            Framing::Separated => self.text.saturating_add(self.packets.saturating_sub(1)),
            Framing::Measured(Lengths::Counted) => self.text,
            Framing::Measured(Lengths::Marked) => self.octets,
        }
    }
}

/// The room for a packet whose length is counted, if it is ASCII. No text has more units than bytes.
fn counted_room(packet: &Packet) -> usize {
    let len = if is_binary(packet) { units(packet) } else { data(packet).len().saturating_add(1) };
    len.saturating_add(digits(len)).saturating_add(1)
}
