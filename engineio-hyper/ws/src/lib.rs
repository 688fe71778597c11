#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod arena;
mod assembly;
mod close;
mod decode;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(not(feature = "deflate"))]
#[path = "no_deflate.rs"]
mod deflate;
mod fault;
mod header;
mod mask;
mod output;
mod socket;
#[cfg(test)]
mod testing;

pub use bytes::{Buf, Bytes};
pub use close::{Close, CloseCode};
#[cfg(feature = "deflate")]
pub use deflate::{ExtensionError, Negotiated, PerMessageDeflate};
pub use fault::Fault;
pub use output::Output;
pub use socket::{Incoming, Kind, Role, WebSocket};
