//! A listener for those who have none.

#[cfg(feature = "http2")]
use crate::patience::PATIENCE;
use crate::{
    HyperTimer, RemoteAddr, Runtime, observe,
    patience::{Patience, Progress, Watched},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
#[cfg(not(feature = "http2"))]
use hyper::server::conn::http1;
use hyper::{
    body::Incoming,
    rt::{Read, Write},
};
#[cfg(feature = "http2")]
use hyper_util::server::conn::auto;
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    error::Error,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::sync::watch;
use tower_service::Service;

/// How long to wait where the process or the system has run out of something, such as file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Where [`serve`] gets its connections from: a runtime's TCP listener, or one with TLS around it.
pub trait Listener: Send {
    /// A connection, as hyper wants it.
    type Io: Read + Write + Send + Unpin + 'static;

    /// Accepts a connection and says where it comes from. It must be cancel-safe.
    ///
    /// # Errors
    /// If it cannot. Nothing is final: it is called again, at once where the error is the connection's own and
    /// otherwise after a pause.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Io, SocketAddr)>> + Send;
}

/// Serves HTTP/1.1, with upgrades, and with the feature `http2` HTTP/2, on a listener: an [`Engine`](crate::Engine)'s
/// service, a layered one, or any other tower service. Runs until it is dropped; connections that are open then go on.
///
/// Requests tell by a [`RemoteAddr`] among their extensions where they came from. A connection is closed if its first
/// request does not come within 30 s, or if its peer takes nothing for 30 s of an answer that is to be written.
pub async fn serve<Rt, L, S, B>(runtime: Rt, mut listener: L, service: S) -> Infallible
where
    Rt: Runtime,
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let (_never, stop) = watch::channel(());
    accept(&runtime, &mut listener, service, stop).await
}

/// As [`serve`], until `shutdown` ends. Then the listener is closed, each connection is ended once the request that
/// it is at has been answered, and when none is left this is done. How long an answer may take is for the service to
/// bound, and how long its peer may take nothing of it is bounded as ever. WebSockets are connections no more: the engine
/// ends them.
///
/// For an engine, let `shutdown` end with [`Engine::shutdown`](crate::Engine::shutdown):
///
/// ```
/// # use engineio_hyper::{Engine, Listener, Runtime, serve_until};
/// async fn run<Rt: Runtime>(engine: Engine<Rt>, listener: impl Listener, signal: impl Future) {
///     let service = engine.service();
///     let shutdown = async {
///         signal.await;
///         // Sessions are still served while they end.
///         engine.shutdown().await;
///     };
///     serve_until(engine.runtime().clone(), listener, service, shutdown).await;
/// }
/// ```
pub async fn serve_until<Rt, L, S, B>(runtime: Rt, mut listener: L, service: S, shutdown: impl Future)
where
    Rt: Runtime,
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let (stop, stopped) = watch::channel(());
    {
        let mut accepting = pin!(accept(&runtime, &mut listener, service, stopped));
        let mut shutdown = pin!(shutdown);
        poll_fn(|cx| match shutdown.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => accepting.as_mut().poll(cx).map(|never| match never {}),
        })
        .await;
    }
    drop(listener);
    stop.send_replace(());
    // Each connection has a receiver.
    stop.closed().await;
}

async fn accept<Rt, L, S, B>(runtime: &Rt, listener: &mut L, service: S, stop: watch::Receiver<()>) -> Infallible
where
    Rt: Runtime,
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((io, remote_addr)) => {
                let progress = Arc::<Progress>::default();
                let mut patience = Patience::new(runtime, progress.clone());
                let io = Watched::new(io, progress.clone());
                let service = Connected { remote_addr: RemoteAddr(remote_addr), progress, service: service.clone() };
                // In memory of its own: the task, into which it would be moved, would have room for it twice.
                let mut connection = Box::pin(connection(runtime, io, service));
                let (mut stop, stopped) = (stop.clone(), stop.clone());
                runtime.spawn(async move {
                    {
                        let mut stopping = pin!(stop.changed());
                        let mut waiting: Option<Waker> = None;
                        let mut running = true;
                        let ended = poll_fn(|cx| {
                            // A look takes less than to wait again, as long as it is the same task that waits.
                            let waits = waiting.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
                                && matches!(stopped.has_changed(), Ok(false));
                            // An error is that the server was dropped, which leaves its connections alone.
                            if running && !waits {
                                match stopping.as_mut().poll(cx) {
                                    Poll::Ready(stopped) => {
                                        running = false;
                                        if stopped.is_ok() {
                                            connection.as_mut().graceful_shutdown();
                                        }
                                    }
                                    Poll::Pending => waiting = Some(cx.waker().clone()),
                                }
                            }
                            match connection.as_mut().poll(cx) {
                                Poll::Ready(_) => Poll::Ready(()),
                                Poll::Pending => patience.poll(cx),
                            }
                        });
                        // A connection that fails has told its requests by dropping them.
                        ended.await;
                    }
                    drop((stop, stopped));
                });
            }
            // The connection failed before it was accepted: its problem.
            Err(error) if is_its_own(&error) => {}
            // A listener that cannot accept stays readable: without a pause this would be a busy loop.
            Err(error) => {
                observe::exhausted(&error);
                runtime.sleep_until(runtime.now() + EXHAUSTED).await;
            }
        }
    }
}

fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Serves one connection. The timer makes hyper's bound on reading a request's head effective. Half-closed connections
/// must stay off: with them hyper does not notice that a peer has gone away.
#[cfg(not(feature = "http2"))]
fn connection<Rt, I, S, B>(runtime: &Rt, io: I, service: S) -> http1::UpgradeableConnection<I, S>
where
    Rt: Runtime,
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(HyperTimer::new(runtime.clone())).half_close(false);
    builder.serve_connection(io, service).with_upgrades()
}

/// As it is without HTTP/2, whose connections are known by how they begin.
#[cfg(feature = "http2")]
fn connection<Rt, I, S, B>(runtime: &Rt, io: I, service: S) -> auto::UpgradeableConnection<'static, I, S, Spawner<Rt>>
where
    Rt: Runtime,
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let timer = HyperTimer::new(runtime.clone());
    let mut builder = auto::Builder::new(Spawner(runtime.clone()));
    builder.http1().timer(timer.clone()).half_close(false);
    // A connection without streams has no other way to notice that its peer has vanished.
    builder.http2().timer(timer).keep_alive_interval(PATIENCE).enable_connect_protocol();
    builder.serve_connection_with_upgrades(io, service).into_owned()
}

/// Runs the streams of HTTP/2 connections.
#[cfg(feature = "http2")]
#[derive(Clone)]
struct Spawner<Rt>(Rt);

#[cfg(feature = "http2")]
impl<Rt: Runtime, F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Spawner<Rt> {
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}

/// The service of one connection: tells its requests where it comes from, and whether there was any.
#[derive(Clone)]
struct Connected<S> {
    remote_addr: RemoteAddr,
    progress: Arc<Progress>,
    service: S,
}

impl<S, B> hyper::service::Service<Request<B>> for Connected<S>
where
    S: Service<Request<B>, Error = Infallible> + Clone,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = Called<S, B>;

    fn call(&self, mut request: Request<B>) -> Called<S, B> {
        self.progress.asked();
        request.extensions_mut().insert(self.remote_addr);
        let mut service = self.service.clone();
        // Most services are always ready, and then nothing has to be kept for later.
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Called::Now { future: service.call(request) },
            Poll::Ready(Err(never)) => match never {},
            Poll::Pending => {
                let service = TowerToHyperService::new(service);
                Called::Later { future: Box::pin(hyper::service::Service::call(&service, request)) }
            }
        }
    }
}

pin_project! {
    /// The answer to a request, to come.
    #[project = CalledProject]
    enum Called<S: Service<Request<B>>, B> {
        Now { #[pin] future: S::Future },
        /// The service was not ready.
        Later { future: Pin<Box<TowerToHyperServiceFuture<S, Request<B>>>> },
    }
}

impl<S: Service<Request<B>>, B> Future for Called<S, B> {
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            CalledProject::Now { future } => future.poll(cx),
            CalledProject::Later { future } => future.as_mut().poll(cx),
        }
    }
}
