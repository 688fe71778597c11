//! A Socket.IO server on smol: `cargo run --release -p engineio-smol --example socketio -- --path /socket.io/`
//! It takes the options of the echo server.

use engineio_smol::{Engine, serve};
use engineio_suite::{echo::Options, socketio};
use smol::net::TcpListener;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    smol::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::from_env();
    let engine = options.engine(Engine::builder())?;
    let listener = TcpListener::bind(options.addr).await?;
    options.announce(listener.local_addr()?);
    let server = options.server(serve(listener, engine.service()))?;
    smol::spawn(server.into_future()).detach();
    socketio::run(engine).await;
    Ok(())
}
