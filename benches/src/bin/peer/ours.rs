//! Our servers: with a handler on both runtimes, and with a task per session on tokio.

use crate::options::{MAX_PAYLOAD, Options, PING_INTERVAL};
use bytes::Bytes;
use engineio_hyper::{Engine, EngineBuilder, Handler, Message, Runtime, Socket, Text};
use engineio_tokio::TokioRuntime;
use std::{
    error::Error,
    sync::{Arc, OnceLock},
    thread,
};

/// Echoes each message, or broadcasts it.
struct Echo<Rt> {
    /// The engine that broadcasts messages, or `None` to echo them.
    all: Option<Arc<OnceLock<Engine<Rt>>>>,
}

impl<Rt: Runtime> Echo<Rt> {
    fn answer(&self, socket: &Socket, message: impl Into<Message>) {
        match &self.all {
            None => drop(socket.try_send(message)),
            Some(all) => {
                if let Some(engine) = all.get() {
                    engine.broadcast(message);
                }
            }
        }
    }
}

impl<Rt: Runtime> Handler for Echo<Rt> {
    type Data = ();

    fn on_connect(&self, _: &Socket) {}

    fn on_message(&self, socket: &Socket, (): &mut (), text: Text) {
        self.answer(socket, text);
    }

    fn on_binary(&self, socket: &Socket, (): &mut (), bytes: Bytes) {
        self.answer(socket, bytes);
    }
}

fn builder<Rt: Runtime>(builder: EngineBuilder<Rt>) -> EngineBuilder<Rt> {
    builder
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_INTERVAL)
        .max_payload(MAX_PAYLOAD)
        .max_queue_bytes(2 * MAX_PAYLOAD)
}

fn with_handler<Rt: Runtime>(options: &Options, from: EngineBuilder<Rt>) -> Result<Engine<Rt>, Box<dyn Error>> {
    let all = options.broadcast.then(|| Arc::new(OnceLock::new()));
    let engine = builder(from).build_with_handler(Echo { all: all.clone() })?;
    if let Some(all) = all {
        let _ = all.set(engine.clone());
    }
    Ok(engine)
}

/// Runs a server with a handler, on tokio.
pub(crate) fn tokio(options: &Options) -> Result<(), Box<dyn Error>> {
    options.block_on(async {
        let engine = with_handler(options, Engine::<TokioRuntime>::builder())?;
        serve_on_tokio(options, engine).await
    })
}

/// Runs a server with a task per session, on tokio.
pub(crate) fn tokio_accept(options: &Options) -> Result<(), Box<dyn Error>> {
    options.block_on(async {
        let engine = builder(Engine::<TokioRuntime>::builder()).build()?;
        let accepting = engine.clone();
        let broadcast = options.broadcast;
        tokio::spawn(async move {
            while let Some(socket) = accepting.accept().await {
                let engine = accepting.clone();
                tokio::spawn(async move {
                    while let Some(message) = socket.recv().await {
                        if broadcast {
                            engine.broadcast(message);
                        } else if socket.send(message).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        serve_on_tokio(options, engine).await
    })
}

async fn serve_on_tokio(options: &Options, engine: Engine<TokioRuntime>) -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind(options.addr).await?;
    Options::announce(listener.local_addr()?);
    // The accept loop runs on a worker thread, like the connections.
    match tokio::spawn(engineio_tokio::serve(listener, engine.service()).into_future()).await? {}
}

/// Runs a server with a handler, on smol.
pub(crate) fn smol(options: &Options) -> Result<(), Box<dyn Error>> {
    let executor = Arc::new(smol::Executor::new());
    for _ in 1..options.threads {
        let executor = executor.clone();
        thread::spawn(move || smol::block_on(executor.run(smol::future::pending::<()>())));
    }
    let runtime = engineio_smol::SmolRuntime::from(executor.clone());
    smol::block_on(executor.run(async {
        let engine = with_handler(options, Engine::builder_on(runtime.clone()))?;
        let listener = smol::net::TcpListener::bind(options.addr).await?;
        Options::announce(listener.local_addr()?);
        match engineio_smol::serve(listener, engine.service()).on(runtime).await {}
    }))
}
