//! A payload that is posted and fetched back, or frames that are, through the whole server but for the system: ours,
//! hyper alone, and `engineioxide`, each on hyper and over memory.

use crate::ROUNDS;
use bytes::Bytes;
use core::{convert::Infallible, time::Duration};
use engineio_benches::{
    by_hand::{Client, Hand, Once},
    floor,
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
    warm(Client::polling(Hand::default(), messages, engine))
}

fn ours_on_websocket(messages: usize) -> Client {
    warm(Client::websocket(Hand::default(), messages, engine))
}

fn engine(hand: &Hand, listener: Once) {
    let engine = Engine::builder_on(hand.clone()).ping_interval(PING_INTERVAL).build_with_handler(Echo);
    let server = serve(hand.clone(), listener, engine.expect("it is configured well").service());
    hand.spawn(async { match server.await {} });
}

fn ours_that_cycles() -> Client {
    warm_cycles(Client::cycling(Hand::default(), engine))
}

fn bare(messages: usize) -> Client {
    warm(Client::polling(Hand::default(), messages, |hand, listener| floor(hand, listener, messages)))
}

fn bare_that_cycles() -> Client {
    warm_cycles(Client::cycling(Hand::default(), |hand, listener| floor(hand, listener, 1)))
}

fn floor(hand: &Hand, listener: Once, messages: usize) {
    let payload = Bytes::from(vec!["4abcdefghijklmnopqrstuvwxyz012345"; messages].join("\x1e"));
    let service = service_fn(move |request: Request<Incoming>| {
        let payload = payload.clone();
        async move { Ok::<_, Infallible>(floor::polling(request, payload).await) }
    });
    on_hyper(hand, listener, service);
}

fn bare_on_websocket(messages: usize) -> Client {
    warm(Client::websocket(Hand::default(), messages, |hand, listener| {
        let spawning = hand.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let (response, run) = floor::websocket(&mut request, 1_000_000);
            spawning.spawn(run);
            async move { Ok::<_, Infallible>(response) }
        });
        on_hyper(hand, listener, service);
    }))
}

#[derive(Debug)]
struct TheirEcho;

impl EngineIoHandler for TheirEcho {
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
    // It spawns tasks of its own, which have nothing to do meanwhile.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let entered = runtime.enter();
    let client = warm(Client::polling(Hand::default(), messages, their_engine));
    drop(entered);
    (runtime, client)
}

fn oxide_that_cycles() -> (tokio::runtime::Runtime, Client) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut client = runtime.block_on(async { Client::cycling(Hand::default(), their_engine) });
    for _ in 0..ROUNDS {
        cycle_theirs(&runtime, &mut client);
    }
    (runtime, client)
}

fn their_engine(hand: &Hand, listener: Once) {
    let config = EngineIoConfig::builder().ping_interval(PING_INTERVAL).build();
    on_hyper(hand, listener, EngineIoService::with_config(Arc::new(TheirEcho), config));
}

/// A session has tasks of its own, which begin and end with it.
fn cycle_theirs(runtime: &tokio::runtime::Runtime, client: &mut Client) {
    runtime.block_on(async {
        client.open_and_close();
        tokio::task::yield_now().await;
    });
}

fn on_hyper<S, B>(hand: &Hand, mut listener: Once, service: S)
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>, Future: Send> + Send + 'static,
    S::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    B: http_body::Body<Data: Send, Error: Into<Box<dyn core::error::Error + Send + Sync>>> + Send + 'static,
{
    let timer = HyperTimer::new(hand.clone());
    hand.spawn(async move {
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
#[bench::ours(setup = ours_that_cycles)]
#[bench::bare(setup = bare_that_cycles)]
fn open_and_close(mut client: Client) -> Client {
    for _ in 0..ROUNDS {
        client.open_and_close();
    }
    client
}

#[library_benchmark(setup = oxide_that_cycles)]
#[bench::oxide()]
fn open_and_close_of_oxide(
    (runtime, mut client): (tokio::runtime::Runtime, Client),
) -> (tokio::runtime::Runtime, Client) {
    for _ in 0..ROUNDS {
        cycle_theirs(&runtime, &mut client);
    }
    (runtime, client)
}

library_benchmark_group!(
    name = server,
    benchmarks = [post_and_get, post_and_get_of_oxide, open_and_close, open_and_close_of_oxide, frames]
);
