//! A client that opens a new session whenever the last one has ended, on tokio. It prints what arrives, and says hello once
//! in each session:
//!
//! ```console
//! $ cargo run --release -p engineio-tokio --example reconnect -- http://127.0.0.1:3000/engine.io/
//! ```
//!
//! It survives a restart of the server. It ends when ten attempts in a row have failed.

use engineio_tokio::{Client, ConnectFailure, Message};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:3000/engine.io/".to_owned());
    let mut sessions =
        Client::builder(url).reconnecting().max_attempts(10).on_failure(|failure: &ConnectFailure<'_>| {
            eprintln!("attempt {} failed: {}", failure.attempt(), failure.error());
            failure.is_curable()
        });
    loop {
        let socket = sessions.next().await?;
        println!("a session begins");
        // It may have ended already, which `recv` tells.
        let _ = socket.send("hello").await;
        while let Some(message) = socket.recv().await {
            match message {
                Message::Text(text) => println!("text: {}", text.as_str()),
                Message::Binary(bytes) => println!("binary: {} bytes", bytes.len()),
            }
        }
        println!("the session ended: {}", socket.closed().await);
    }
}
