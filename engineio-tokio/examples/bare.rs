//! WebSockets that echo, with no Engine.IO in them, on tokio: `cargo run --release -p engineio-tokio --example bare`

use engineio_hyper::bare::BareEcho;
use engineio_suite::bare::{Command, MAX_MESSAGE, call};
use engineio_tokio::{Client, TokioRuntime, serve};
use std::error::Error;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match Command::from_env()? {
        Command::Serve { addr, deflate } => {
            let listener = TcpListener::bind(addr).await?;
            println!("listening on ws://{}", listener.local_addr()?);
            match serve(listener, BareEcho::new(TokioRuntime::current(), MAX_MESSAGE, deflate)).await {}
        }
        Command::Call { url, cases, deflate } => call(&url, cases, deflate, |url| Client::builder(url)).await,
    }
}
