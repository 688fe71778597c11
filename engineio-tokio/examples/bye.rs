//! A server that greets every session with `bye` and closes it, to see that the last message comes before the end.
//! It takes the options of the echo server.

use engineio_suite::echo::Options;
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
    while let Some(socket) = engine.accept().await {
        tokio::spawn(async move {
            // A client that is gone already needs no farewell.
            let _ = socket.send("bye").await;
            socket.close();
            println!("{:?}: {}", socket.id(), socket.closed().await);
        });
    }
    Ok(())
}
