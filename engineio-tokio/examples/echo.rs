//! The echo server on tokio: `cargo run --release -p engineio-tokio --example echo -- --help`

use engineio_suite::echo::{self, Options};
use engineio_tokio::{Engine, serve};
use std::error::Error;
use tokio::{net::TcpListener, runtime};
use tower_layer::Layer;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_env();
    let mut runtime = runtime::Builder::new_multi_thread();
    if let Some(threads) = options.threads {
        runtime.worker_threads(threads.get());
    }
    runtime.enable_all().build()?.block_on(async {
        let engine = options.engine(Engine::builder())?;
        let listener = TcpListener::bind(options.addr).await?;
        options.announce(listener.local_addr()?);
        let server = options.server(serve(listener, engine.layer().layer(options.page())))?;
        tokio::spawn(server.into_future());
        echo::run(engine, options).await;
        Ok(())
    })
}
