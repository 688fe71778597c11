//! What the benchmarks feed to Engine.IO, in one place, so that all of them measure the same traffic; and the load that
//! whole servers are put under.

#[cfg(feature = "peers")]
pub mod by_hand;
#[cfg(feature = "peers")]
pub mod floor;
mod host;
pub mod load;

pub use host::{Host, Polling};

use engineio_proto::{Message, Packet};

/// A text message of `len` bytes of ASCII, as JSON mostly is.
#[must_use]
pub fn text(len: usize) -> Packet {
    Packet::Message(Message::from("abcdefghijklmnopqrstuvwxyz012345".chars().cycle().take(len).collect::<String>()))
}

/// A binary message of `len` bytes.
#[must_use]
pub fn binary(len: usize) -> Packet {
    Packet::Message(Message::from((0..=u8::MAX).cycle().take(len).collect::<Vec<u8>>()))
}
