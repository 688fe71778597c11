//! A server: a builder that serves an application on a listener.

mod accept;
mod answer;
mod calls;
mod clock;
mod ending;
#[cfg(feature = "http2")]
mod frames;
mod http1;
#[cfg(feature = "http2")]
mod http2;
mod limits;
mod listener;
#[cfg(feature = "http2")]
mod looks;
mod patience;
mod service;
mod settings;
#[cfg(feature = "http2")]
mod streams;
mod upgrading;
#[cfg(feature = "http2")]
mod version;
mod watched;

pub(crate) use calls::{Call, Waiting};
pub use listener::Listener;
#[cfg(feature = "rustls")]
pub use listener::TlsListener;
pub(crate) use upgrading::Upgrading;

use crate::runtime::{BoxFuture, Runtime};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use settings::Settings;
use std::{
    convert::Infallible,
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tower_service::Service;

/// Serves an application on a listener: an [`Engine`](crate::Engine)'s service, a router with its layer, or any other
/// tower service. The tasks run on `runtime`.
///
/// The adapters have a `serve(listener, app)` of their own, which takes their runtime's TCP listener.
///
/// ```
/// # use engineio_hyper::{Engine, Listener, Runtime, serve};
/// async fn run<Rt: Runtime>(engine: Engine<Rt>, listener: impl Listener + 'static) {
///     match serve(engine.runtime().clone(), listener, engine.service()).await {}
/// }
/// ```
pub const fn serve<Rt: Runtime, L: Listener, S>(runtime: Rt, listener: L, app: S) -> Serve<Rt, L, S> {
    Serve { place: Place::On(runtime), listener, app, settings: Settings::DEFAULT, shutdown: Forever }
}

/// A server that has not begun to serve: what [`serve`] returns. Await it, or spawn its
/// [`into_future()`](IntoFuture::into_future).
///
/// It serves HTTP/1.1 with upgrades, and HTTP/2 with the feature `http2`. Each request has a
/// [`RemoteAddr`](crate::RemoteAddr) among its extensions.
///
/// It never ends, and its output is [`Infallible`]. With
/// [`with_graceful_shutdown`](Self::with_graceful_shutdown) it ends, and its output is `()`. There is no error: a
/// connection that cannot be accepted is that connection's matter, and a lack of resources (file descriptors, for instance)
/// is logged and waited out. When the future is dropped, the listener is closed and open connections go on.
///
/// Every method replaces one setting. They can be called in any order.
///
/// | setting | default | the time or the size of |
/// |---|---|---|
/// | [`first_head_timeout`](Self::first_head_timeout) | 30 s | a connection's first request, TLS included |
/// | [`head_timeout`](Self::head_timeout) | 30 s | the head of a later request, from its first byte |
/// | [`idle_timeout`](Self::idle_timeout) | 75 s | a connection without a request |
/// | [`write_timeout`](Self::write_timeout) | 30 s | a pause in which the peer takes nothing |
/// | [`disconnect_grace`](Self::disconnect_grace) | 10 s | work on a request whose connection has ended |
/// | [`max_head_bytes`](Self::max_head_bytes) | 32 KiB | a request's head |
/// | [`max_header_fields`](Self::max_header_fields) | 256 | the number of header fields in a request |
/// | [`max_concurrent_streams`](Self::max_concurrent_streams) | 200 | the number of open streams of an HTTP/2 connection |
///
/// Some bounds of HTTP/2 connections are fixed. A peer that sends 1,000 more frames without a request (SETTINGS, PING,
/// PRIORITY, WINDOW_UPDATE, RST_STREAM, empty DATA) than four for each frame with something in it, in either direction, is
/// disconnected, and so is one with 20 requests that it has reset before they were looked at, or with 100 streams that ended
/// by its faults. Per stream, up to 64 KiB of a response wait for the peer, and per connection 1 MiB of request bodies for the
/// application.
///
/// What a POST's body and a WebSocket may take is the engine's matter: see [`EngineBuilder`](crate::EngineBuilder).
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<Rt, L, S, F = Forever> {
    place: Place<Rt>,
    listener: L,
    app: S,
    settings: Settings,
    shutdown: F,
}

/// A server without a graceful shutdown: see [`Serve`].
#[derive(Clone, Copy, Debug)]
pub struct Forever;

/// Where the tasks run.
enum Place<Rt> {
    On(Rt),
    /// On the runtime that the server is polled on first.
    Current(fn() -> Rt),
}

impl<Rt> Place<Rt> {
    fn runtime(self) -> Rt {
        match self {
            Self::On(runtime) => runtime,
            Self::Current(current) => current(),
        }
    }
}

impl<Rt: Runtime + Default, L: Listener, S> Serve<Rt, L, S> {
    /// As [`serve`], on the runtime that the server is awaited on.
    pub fn new(listener: L, app: S) -> Self {
        Self { place: Place::Current(Rt::default), listener, app, settings: Settings::DEFAULT, shutdown: Forever }
    }
}

impl<Rt: Runtime, L: Listener, S> Serve<Rt, L, S> {
    /// Ends the server when `shutdown` ends. Then the listener is closed, each connection is closed once the request that it
    /// is at has been answered, and when no connection is left, the server ends.
    ///
    /// The application must bound the time that an answer takes. [`write_timeout`](Self::write_timeout) bounds the time in
    /// which the peer takes nothing of it. WebSockets are not waited for: the engine ends them.
    ///
    /// For an engine, let `shutdown` end with [`Engine::shutdown`](crate::Engine::shutdown), which needs the server:
    ///
    /// ```
    /// # use engineio_hyper::{Engine, Listener, Runtime, serve};
    /// async fn run<Rt: Runtime>(
    ///     engine: Engine<Rt>,
    ///     listener: impl Listener + 'static,
    ///     signal: impl Future + Send + 'static,
    /// ) {
    ///     let app = engine.service();
    ///     serve(engine.runtime().clone(), listener, app)
    ///         .with_graceful_shutdown(async move {
    ///             signal.await;
    ///             engine.shutdown().await;
    ///         })
    ///         .await;
    /// }
    /// ```
    pub fn with_graceful_shutdown<F>(self, shutdown: F) -> Serve<Rt, L, S, F>
    where
        F: Future + Send + 'static,
    {
        let Self { place, listener, app, settings, shutdown: Forever } = self;
        Serve { place, listener, app, settings, shutdown }
    }
}

impl<Rt: Runtime, L: Listener, S, F> Serve<Rt, L, S, F> {
    /// Runs the tasks on this runtime. The default is the one that the server is awaited on.
    pub fn on(mut self, runtime: Rt) -> Self {
        self.place = Place::On(runtime);
        self
    }

    /// Serves HTTPS instead of HTTP. The default is HTTP.
    #[cfg(feature = "rustls")]
    pub fn tls(mut self, tls: crate::ServerTls) -> Self
    where
        L: TlsListener,
    {
        self.listener.set_tls(tls);
        self
    }
}

impl<Rt, L, S, B> IntoFuture for Serve<Rt, L, S>
where
    Rt: Runtime,
    L: Listener + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Output = Infallible;
    type IntoFuture = Serving<Infallible>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { place, listener, app, settings, shutdown: Forever } = self;
        Serving(Box::pin(async move { accept::forever(&place.runtime(), listener, app, settings).await }))
    }
}

impl<Rt, L, S, B, F> IntoFuture for Serve<Rt, L, S, F>
where
    Rt: Runtime,
    L: Listener + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    F: Future + Send + 'static,
{
    type Output = ();
    type IntoFuture = Serving<()>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { place, listener, app, settings, shutdown } = self;
        Serving(Box::pin(async move { accept::until(shutdown, &place.runtime(), listener, app, settings).await }))
    }
}

impl<Rt, L, S, F> fmt::Debug for Serve<Rt, L, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The future of a [`Serve`].
#[must_use = "futures do nothing unless polled"]
pub struct Serving<T>(BoxFuture<T>);

impl<T> Future for Serving<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for Serving<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}
