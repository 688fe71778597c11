//! Engine.IO.
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod handshake;
mod lane;
mod runtime;
mod waiters;
mod wire;

pub use runtime::Runtime;
