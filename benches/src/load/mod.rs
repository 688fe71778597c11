//! The load that the peers are put under, by a client of its own.
//!
//! What a client does for each message is part of what a server can be made to do, so this one does next to nothing:
//! everything that it sends was made before, echoes are counted by their bytes once the first of each session was
//! compared in full, and one thread serves all sockets. What is reported is the CPU time of the *server's* process, as
//! the kernel counts it, which is what other load on the machine disturbs least.

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

/// Puts a server under the load that is asked for, and tells what that cost.
///
/// # Errors
/// If a connection fails, or the server says something that it should not.
pub fn run(options: &Options) -> io::Result<Sample> {
    match options.work {
        Work::Websocket => echo::run(options),
        Work::Polling => polling::run(options),
        Work::OpenPolling | Work::OpenWebsocket | Work::Upgrade => cycles::run(options),
        Work::Broadcast => broadcast::run(options),
        Work::IdleWebsocket | Work::IdlePolling => idle::run(options),
    }
}

/// What a server should not have said.
fn unexpected(what: &str, got: &[u8]) -> io::Error {
    let got = String::from_utf8_lossy(&got[..got.len().min(200)]);
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {got:?}"))
}
