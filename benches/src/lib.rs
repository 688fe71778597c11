//! The messages and hosts that the benchmarks share, so that all of them measure the same traffic, and the load
//! generator for whole servers.

#[cfg(feature = "peers")]
pub mod baseline;
mod host;
#[cfg(feature = "peers")]
pub mod in_memory;
pub mod load;

pub use host::{Host, Polling};

use engineio_proto::{Message, Packet};

/// Returns a text message of `len` ASCII bytes, like most JSON.
#[must_use]
pub fn text(len: usize) -> Packet {
    Packet::Message(Message::from("abcdefghijklmnopqrstuvwxyz012345".chars().cycle().take(len).collect::<String>()))
}

/// Returns a binary message of `len` bytes.
#[must_use]
pub fn binary(len: usize) -> Packet {
    Packet::Message(Message::from((0..=u8::MAX).cycle().take(len).collect::<Vec<u8>>()))
}
