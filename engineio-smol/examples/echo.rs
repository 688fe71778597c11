//! The echo server on smol: `cargo run --release -p engineio-smol --example echo -- --help`

use engineio_smol::{Engine, SmolRuntime, serve};
use engineio_suite::echo::{self, Options};
use smol::{Executor, block_on, future, net::TcpListener};
use std::{error::Error, sync::Arc, thread};
use tower_layer::Layer;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_env();
    let executor = Arc::new(Executor::new());
    let threads = options.threads.map_or_else(thread::available_parallelism, Ok)?;
    for _ in 0..threads.get() {
        let executor = executor.clone();
        thread::spawn(move || block_on(executor.run(future::pending::<()>())));
    }
    let runtime = SmolRuntime::from(executor.clone());
    block_on(async {
        let engine = options.engine(Engine::builder_on(runtime.clone()))?;
        let listener = TcpListener::bind(options.addr).await?;
        options.announce(listener.local_addr()?);
        let server = options.server(serve(listener, engine.layer().layer(options.page())).on(runtime))?;
        executor.spawn(server.into_future()).detach();
        echo::run(engine, options).await;
        Ok(())
    })
}
