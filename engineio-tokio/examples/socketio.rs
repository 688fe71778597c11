//! A Socket.IO server on tokio: `cargo run --release -p engineio-tokio --example socketio -- --path /socket.io/`
//! It takes the options of the echo server.

use engineio_suite::{echo::Options, socketio};
use engineio_tokio::{Engine, serve};
use std::error::Error;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_env();
    let engine = options.engine(Engine::builder())?;
    let listener = TcpListener::bind(options.addr).await?;
    options.announce(listener.local_addr()?);
    let server = options.server(serve(listener, engine.service()))?;
    tokio::spawn(server.into_future());
    socketio::run(engine).await;
    Ok(())
}
