//! WebSockets that echo, with no Engine.IO in them, on smol: `cargo run --release -p engineio-smol --example bare`

use engineio_hyper::bare::BareEcho;
use engineio_smol::{Client, SmolRuntime, serve};
use engineio_suite::bare::{Command, MAX_MESSAGE, call};
use smol::{block_on, net::TcpListener};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    block_on(async {
        match Command::from_env()? {
            Command::Serve { addr, deflate } => {
                let listener = TcpListener::bind(addr).await?;
                println!("listening on ws://{}", listener.local_addr()?);
                match serve(listener, BareEcho::new(SmolRuntime::global(), MAX_MESSAGE, deflate)).await {}
            }
            Command::Call { url, cases, deflate } => call(&url, cases, deflate, |url| Client::builder(url)).await,
        }
    })
}
