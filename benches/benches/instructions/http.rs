//! Echoes of payloads and frames through whole servers in memory, without system calls: ours, the baseline (hyper
//! alone) and `engineioxide`, each on hyper.

use crate::ROUNDS;
use bytes::Bytes;
use core::{convert::Infallible, time::Duration};
use engineio_benches::{
    baseline,
    in_memory::{Client, ManualRuntime, SingleConnection},
};
use engineio_hyper::{Engine, Handler, HyperTimer, Listener, Runtime, Socket, Text, serve};
use engineioxide::{DisconnectReason, Str, config::EngineIoConfig, handler::EngineIoHandler, service::EngineIoService};
use gungraun::{library_benchmark, library_benchmark_group};
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use std::sync::Arc;

const PING_INTERVAL: Duration = Duration::from_secs(300);

struct Echo;

impl Handler for Echo {
    type Data = ();

    fn on_connect(&self, _: &Socket) {}

    fn on_message(&self, socket: &Socket, (): &mut (), text: Text) {
        drop(socket.try_send(text));
    }

    fn on_binary(&self, socket: &Socket, (): &mut (), bytes: Bytes) {
        drop(socket.try_send(bytes));
    }
}

fn ours(messages: usize) -> Client {
    warm(Client::polling(ManualRuntime::default(), messages, engine))
}

fn ours_on_websocket(messages: usize) -> Client {
    warm(Client::websocket(ManualRuntime::default(), messages, engine))
}

fn engine(runtime: &ManualRuntime, listener: SingleConnection) {
    let engine = Engine::builder_on(runtime.clone()).ping_interval(PING_INTERVAL).build_with_handler(Echo);
    let server = serve(runtime.clone(), listener, engine.expect("the configuration is valid").service());
    runtime.spawn(async { match server.await {} });
}

fn ours_without_session() -> Client {
    warm_cycles(Client::without_session(ManualRuntime::default(), engine))
}

fn bare(messages: usize) -> Client {
    warm(Client::polling(ManualRuntime::default(), messages, |runtime, listener| baseline(runtime, listener, messages)))
}

fn bare_without_session() -> Client {
    warm_cycles(Client::without_session(ManualRuntime::default(), |runtime, listener| baseline(runtime, listener, 1)))
}

fn baseline(runtime: &ManualRuntime, listener: SingleConnection, messages: usize) {
    let payload = Bytes::from(vec!["4abcdefghijklmnopqrstuvwxyz012345"; messages].join("\x1e"));
    let service = service_fn(move |request: Request<Incoming>| {
        let payload = payload.clone();
        async move { Ok::<_, Infallible>(baseline::polling(request, payload).await) }
    });
    serve_on_hyper(runtime, listener, service);
}

fn bare_on_websocket(messages: usize) -> Client {
    warm(Client::websocket(ManualRuntime::default(), messages, |runtime, listener| {
        let spawning = runtime.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let (response, run) = baseline::websocket(&mut request, 1_000_000);
            spawning.spawn(run);
            async move { Ok::<_, Infallible>(response) }
        });
        serve_on_hyper(runtime, listener, service);
    }))
}

#[derive(Debug)]
struct OxideEcho;

impl EngineIoHandler for OxideEcho {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<engineioxide::Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<engineioxide::Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, text: Str, socket: Arc<engineioxide::Socket<()>>) {
        drop(socket.emit(text));
    }

    fn on_binary(self: &Arc<Self>, bytes: Bytes, socket: Arc<engineioxide::Socket<()>>) {
        drop(socket.emit_binary(bytes));
    }
}

fn oxide(messages: usize) -> (tokio::runtime::Runtime, Client) {
    // engineioxide spawns tasks on tokio, which have nothing to do during the measurement.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let entered = runtime.enter();
    let client = warm(Client::polling(ManualRuntime::default(), messages, oxide_engine));
    drop(entered);
    (runtime, client)
}

fn oxide_without_session() -> (tokio::runtime::Runtime, Client) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut client = runtime.block_on(async { Client::without_session(ManualRuntime::default(), oxide_engine) });
    for _ in 0..ROUNDS {
        cycle_oxide(&runtime, &mut client);
    }
    (runtime, client)
}

fn oxide_engine(runtime: &ManualRuntime, listener: SingleConnection) {
    let config = EngineIoConfig::builder().ping_interval(PING_INTERVAL).build();
    serve_on_hyper(runtime, listener, EngineIoService::with_config(Arc::new(OxideEcho), config));
}

/// Opens and closes a session, and lets the tasks run that engineioxide spawns for it.
fn cycle_oxide(runtime: &tokio::runtime::Runtime, client: &mut Client) {
    runtime.block_on(async {
        client.open_and_close();
        tokio::task::yield_now().await;
    });
}

fn serve_on_hyper<S, B>(runtime: &ManualRuntime, mut listener: SingleConnection, service: S)
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>, Future: Send> + Send + 'static,
    S::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    B: http_body::Body<Data: Send, Error: Into<Box<dyn core::error::Error + Send + Sync>>> + Send + 'static,
{
    let timer = HyperTimer::new(runtime.clone());
    runtime.spawn(async move {
        let Ok((io, _)) = listener.accept().await else { return };
        let _ = http1::Builder::new().timer(timer).serve_connection(io, service).with_upgrades().await;
    });
}

fn warm(mut client: Client) -> Client {
    for _ in 0..ROUNDS {
        client.echo();
    }
    let received = client.received();
    assert!(received.ends_with(b"4abcdefghijklmnopqrstuvwxyz012345"), "{}", String::from_utf8_lossy(&received));
    client
}

fn warm_cycles(mut client: Client) -> Client {
    for _ in 0..ROUNDS {
        client.open_and_close();
    }
    client
}

#[library_benchmark]
#[bench::ours_1(args = (1), setup = ours)]
#[bench::bare_1(args = (1), setup = bare)]
#[bench::ours_16(args = (16), setup = ours)]
#[bench::bare_16(args = (16), setup = bare)]
fn post_and_get(mut client: Client) -> Client {
    for _ in 0..ROUNDS {
        client.echo();
    }
    client
}

#[library_benchmark(setup = oxide)]
#[bench::oxide_1(1)]
#[bench::oxide_16(16)]
fn post_and_get_of_oxide(
    (runtime, mut client): (tokio::runtime::Runtime, Client),
) -> (tokio::runtime::Runtime, Client) {
    let entered = runtime.enter();
    for _ in 0..ROUNDS {
        client.echo();
    }
    drop(entered);
    (runtime, client)
}

#[library_benchmark]
#[bench::ours_1(args = (1), setup = ours_on_websocket)]
#[bench::bare_1(args = (1), setup = bare_on_websocket)]
#[bench::ours_32(args = (32), setup = ours_on_websocket)]
#[bench::bare_32(args = (32), setup = bare_on_websocket)]
fn frames(mut client: Client) -> Client {
    for _ in 0..ROUNDS {
        client.echo();
    }
    client
}

#[library_benchmark]
#[bench::ours(setup = ours_without_session)]
#[bench::bare(setup = bare_without_session)]
fn open_and_close(mut client: Client) -> Client {
    for _ in 0..ROUNDS {
        client.open_and_close();
    }
    client
}

#[library_benchmark(setup = oxide_without_session)]
#[bench::oxide()]
fn open_and_close_of_oxide(
    (runtime, mut client): (tokio::runtime::Runtime, Client),
) -> (tokio::runtime::Runtime, Client) {
    for _ in 0..ROUNDS {
        cycle_oxide(&runtime, &mut client);
    }
    (runtime, client)
}

library_benchmark_group!(
    name = server,
    benchmarks = [post_and_get, post_and_get_of_oxide, open_and_close, open_and_close_of_oxide, frames]
);
