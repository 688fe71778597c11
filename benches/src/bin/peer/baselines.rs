//! The baselines: HTTP and WebSocket on hyper, without Engine.IO.

use crate::options::{MAX_PAYLOAD, Options};
use bytes::Bytes;
use engineio_benches::baseline;
use engineio_hyper::Runtime;
use engineio_smol::{SmolRuntime, SmolTcp};
use engineio_tokio::TokioRuntime;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    rt::{Read, Timer, Write},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, error::Error, future::Future, sync::Arc, thread};

/// A baseline server, on any runtime.
pub(crate) trait Baseline: Clone + Send + Sync + 'static {
    /// Answers a request.
    fn answer(&self, runtime: &impl Runtime, request: Request<Incoming>) -> impl Future<Output = Answer> + Send;
}

pub(crate) type Answer = Response<Full<Bytes>>;

/// Answers a POST with `ok` after reading its body, and each GET with the same payload.
#[derive(Clone)]
pub(crate) struct Http {
    payload: Bytes,
}

impl Http {
    pub(crate) fn new(options: &Options) -> Self {
        let (messages, size) = options.payload;
        let message: String =
            "4".chars().chain("abcdefghijklmnopqrstuvwxyz012345".chars().cycle().take(size)).collect();
        Self { payload: Bytes::from(vec![message; messages].join("\x1e")) }
    }
}

impl Baseline for Http {
    async fn answer(&self, _: &impl Runtime, request: Request<Incoming>) -> Answer {
        baseline::polling(request, self.payload.clone()).await
    }
}

/// Sends a constant open packet and echoes each message.
#[derive(Clone)]
pub(crate) struct WebSockets;

impl Baseline for WebSockets {
    async fn answer(&self, runtime: &impl Runtime, mut request: Request<Incoming>) -> Answer {
        let (response, run) = baseline::websocket(&mut request, MAX_PAYLOAD);
        runtime.spawn(run);
        response
    }
}

pub(crate) fn on_tokio(options: &Options, baseline: impl Baseline) -> Result<(), Box<dyn Error>> {
    options.block_on(async {
        let listener = tokio::net::TcpListener::bind(options.addr).await?;
        Options::announce(listener.local_addr()?);
        let runtime = TokioRuntime::current();
        // The accept loop runs on a worker thread, like the connections.
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let _ = stream.set_nodelay(true);
                serve(&runtime, TokioTimer::new(), TokioIo::new(stream), &baseline);
            }
        });
        Ok(accepting.await?)
    })
}

pub(crate) fn on_smol(options: &Options, baseline: impl Baseline) -> Result<(), Box<dyn Error>> {
    let executor = Arc::new(smol::Executor::new());
    for _ in 1..options.threads {
        let executor = executor.clone();
        thread::spawn(move || smol::block_on(executor.run(smol::future::pending::<()>())));
    }
    let runtime = SmolRuntime::from(executor.clone());
    smol::block_on(executor.run(async {
        let listener = smol::net::TcpListener::bind(options.addr).await?;
        Options::announce(listener.local_addr()?);
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let timer = engineio_smol::HyperTimer::new(runtime.clone());
            serve(&runtime, timer, SmolTcp::new(stream), &baseline);
        }
    }))
}

/// Serves one connection.
fn serve<Rt, Io>(runtime: &Rt, timer: impl Timer + Send + Sync + 'static, io: Io, baseline: &impl Baseline)
where
    Rt: Runtime,
    Io: Read + Write + Unpin + Send + 'static,
{
    let (spawning, baseline) = (runtime.clone(), baseline.clone());
    let service = service_fn(move |request| {
        let (runtime, baseline) = (spawning.clone(), baseline.clone());
        async move { Ok::<_, Infallible>(baseline.answer(&runtime, request).await) }
    });
    let connection = http1::Builder::new().timer(timer).serve_connection(io, service).with_upgrades();
    runtime.spawn(async move { drop(connection.await) });
}
