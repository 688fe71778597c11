//! What the fuzzers call, and what replays their corpus. Each states what must hold, and panics if it does not.
//!
//! Those that only decode are for very many short inputs; those of [`STATEFUL`] take sequences.

mod chunking;
mod client;
mod deflate;
mod packet;
mod pair;
mod payload;
mod request;
mod response;
mod server;

pub use chunking::chunking;
pub use client::client;
pub use deflate::deflate;
pub use packet::{frame, packet};
pub use pair::pair;
pub use payload::{payload, payload3_binary, payload3_text};
pub use request::{jsonp, query};
pub use response::{handshake, response};
pub use server::server;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// The targets that decode or encode, by the names of their corpora.
pub const DECODERS: [(&str, Target); 9] = [
    ("packet", packet),
    ("frame", frame),
    ("payload", payload),
    ("payload3_text", payload3_text),
    ("payload3_binary", payload3_binary),
    ("query", query),
    ("jsonp", jsonp),
    ("handshake", handshake),
    ("response", response),
];

/// The targets that run sequences of steps, by the names of their corpora.
pub const STATEFUL: [(&str, Target); 6] = [
    ("server", server),
    ("client", client),
    ("pair", pair),
    ("chunking", chunking),
    ("ws", crate::ws::differential),
    ("deflate", deflate),
];
