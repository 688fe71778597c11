//! The load generator: a client that measures the CPU time and memory of a server under load.
//!
//! The client's own work per message limits the load that it can generate, so it does as little as possible: it builds
//! all requests and frames beforehand, compares the first echo of each session in full and counts the bytes of the
//! others, and serves all sockets on one thread. It reports the CPU time of the *server's* process as the kernel
//! accounts it, because other load on the machine disturbs that figure least.

mod broadcast;
mod connect;
mod cycles;
mod echo;
mod http;
mod idle;
mod meter;
mod options;
mod polling;
mod websocket;

pub use http::{cycle_requests, polling_requests, session_id};
pub use meter::{Meter, Sample};
pub use options::{InvalidOption, Options, Work};
pub use websocket::websocket_requests;

use std::io;

/// Runs the load that `options` describe, and returns what it cost the server.
///
/// # Errors
/// Returns an error if a connection fails or the server sends an unexpected answer.
pub fn run(options: &Options) -> io::Result<Sample> {
    match options.work {
        Work::Websocket => echo::run(options),
        Work::Polling => polling::run(options),
        Work::OpenPolling | Work::OpenWebsocket | Work::Upgrade => cycles::run(options),
        Work::Broadcast => broadcast::run(options),
        Work::IdleWebsocket | Work::IdlePolling => idle::run(options),
    }
}

/// Returns the error for an unexpected answer, with the first 200 bytes of it.
fn unexpected(what: &str, got: &[u8]) -> io::Error {
    let got = String::from_utf8_lossy(&got[..got.len().min(200)]);
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {got:?}"))
}
