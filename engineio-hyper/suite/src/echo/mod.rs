//! The echo server: every text comes back as text, every binary as binary.
//!
//! All of it but the runtime and the listener is here, so that the adapters' examples are the same program.

mod options;
mod page;

pub use options::{InvalidOption, Options};
pub use page::Page;

use engineio_hyper::{Engine, Runtime, SendError, Socket};

/// Accepts sessions and echoes what they say, as long as there may be some.
///
/// A peer that does not read what it gets back is not read from either, so nothing piles up.
pub async fn run<Rt: Runtime>(engine: Engine<Rt>) {
    while let Some(socket) = engine.accept().await {
        engine.runtime().spawn(echo(socket));
    }
}

async fn echo(socket: Socket) {
    while let Some(message) = socket.recv().await {
        match socket.send(message).await {
            Ok(()) => {}
            Err(SendError::Closed(_)) => break,
            Err(error) => eprintln!("{:?}: {error}", socket.id()),
        }
    }
}
