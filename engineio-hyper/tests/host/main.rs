//! The host, on a runtime whose time stands still until a test moves it, and on connections that are memory: what
//! happens, happens in the same order each time.

#![allow(unreachable_pub, reason = "the modules of a test binary are its own")]

mod lab;
mod peer;

mod admission;
mod alarm;
mod backlog;
mod backpressure;
mod compression;
mod draining;
mod handlers;
mod heads;
#[cfg(feature = "http2")]
mod http2;
mod keep_alive;
mod metrics;
mod serving;
mod settling;
mod shutdown;
mod sockets;
