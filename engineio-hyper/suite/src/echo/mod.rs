//! The echo server: every text comes back as text, every binary as binary.
//!
//! All of it but the runtime and the listener is here, so that the adapters' examples are the same program.

mod options;
mod page;

pub use options::{InvalidOption, Options};
pub use page::Page;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use engineio_hyper::{Engine, Message, Runtime, SendError, Socket};
use std::sync::Arc;

/// Accepts sessions and echoes what they say, as long as there may be some.
///
/// A peer that does not read what it gets back is not read from either, so nothing piles up. With `log`, what happens
/// is printed, a line for each event.
pub async fn run<Rt: Runtime>(engine: Engine<Rt>, options: Options) {
    let options = Arc::new(options);
    while let Some(socket) = engine.accept().await {
        engine.runtime().spawn(echo(socket, Arc::clone(&options)));
    }
}

async fn echo(socket: Socket, options: Arc<Options>) {
    let log = options.log;
    if log {
        println!("open");
    }
    while let Some(message) = socket.recv().await {
        if log {
            print(&message);
        }
        match socket.send(options.reply(message)).await {
            // What was said before the end is received even then.
            Ok(()) | Err(SendError::Closed(_)) => {}
            Err(error) => eprintln!("{:?}: {error}", socket.id()),
        }
    }
    if log {
        println!("closed: {}", socket.closed().await);
    }
}

/// Prints a message so that it is one line, whatever it says.
fn print(message: &Message) {
    match message {
        Message::Text(text) => println!("text: {}", serde_json::json!(text.as_str())),
        Message::Binary(bytes) => println!("binary: {}", BASE64_STANDARD.encode(bytes)),
    }
}
