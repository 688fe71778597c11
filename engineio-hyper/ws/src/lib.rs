#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod close;
mod close_code;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(not(feature = "deflate"))]
#[path = "no_deflate.rs"]
mod deflate;
mod fault;
mod frame;
mod kind;
mod output;
mod role;
mod socket;
#[cfg(test)]
mod testing;

pub use bytes::{Buf, Bytes};
pub use close::Close;
pub use close_code::CloseCode;
#[cfg(feature = "deflate")]
pub use deflate::{ExtensionError, Negotiated, PerMessageDeflate};
pub use fault::Fault;
pub use kind::Kind;
pub use output::Output;
pub use role::Role;
pub use socket::{Incoming, WebSocket};
