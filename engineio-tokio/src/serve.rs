//! A listener for those who have none.

use crate::{TokioRuntime, TokioStream, stream};
use bytes::Bytes;
use engineio_hyper::Listener;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use std::{convert::Infallible, error::Error, io, net::SocketAddr};
use tokio::net::TcpListener;
use tower_service::Service;

/// Serves HTTP/1.1, with upgrades, and with the feature `http2` HTTP/2, on a listener: an [`Engine`](crate::Engine)'s
/// service, a layered one, an axum router or any other tower service. Runs until it is dropped; connections that are
/// open then go on.
///
/// Connections are served by the runtime that this is called on, without delay for small packets (`TCP_NODELAY`), and
/// requests tell by a [`RemoteAddr`](crate::RemoteAddr) among their extensions where they came from. A connection is
/// closed if its first request does not come within 30 s, or if its peer takes nothing for 30 s of what is to be written.
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_tokio::{Engine, serve};
///
/// let engine = Engine::builder().build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// tokio::spawn(serve(listener, engine.service()));
///
/// while let Some(socket) = engine.accept().await {
///     tokio::spawn(async move {
///         while let Some(message) = socket.recv().await {
///             if socket.send(message).await.is_err() {
///                 break;
///             }
///         }
///     });
/// }
/// # Ok(())
/// # }
/// ```
pub async fn serve<S, B>(listener: impl Into<Listening>, service: S) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_on(TokioRuntime::current(), listener, service).await
}

/// As [`serve`], with connections served by this runtime.
pub async fn serve_on<S, B>(runtime: TokioRuntime, listener: impl Into<Listening>, service: S) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    engineio_hyper::serve(runtime, listener.into(), service).await
}

/// As [`serve`], until `shutdown` ends. Then the listener is closed, each connection is ended once the request that
/// it is at has been answered, and when none is left this is done. For an engine, let `shutdown` end with its
/// [`shutdown`](engineio_hyper::Engine::shutdown):
///
/// ```
/// # async fn f(signal: impl Future) -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_tokio::{Engine, serve_until};
///
/// let engine = Engine::builder().build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let shutdown = async {
///     signal.await;
///     engine.shutdown().await;
/// };
/// serve_until(listener, engine.service(), shutdown).await;
/// # Ok(())
/// # }
/// ```
pub async fn serve_until<S, B>(listener: impl Into<Listening>, service: S, shutdown: impl Future)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_until_on(TokioRuntime::current(), listener, service, shutdown).await;
}

/// As [`serve_until`], with connections served by this runtime.
pub async fn serve_until_on<S, B>(
    runtime: TokioRuntime,
    listener: impl Into<Listening>,
    service: S,
    shutdown: impl Future,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    engineio_hyper::serve_until(runtime, listener.into(), service, shutdown).await;
}

/// What is served on: a TCP listener, whose connections have TLS around them or not.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    #[cfg(feature = "rustls")]
    tls: Option<engineio_hyper::ServerTls>,
}

impl Listening {
    /// Serves HTTPS.
    ///
    /// ```no_run
    /// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// use engineio_tokio::{Engine, Listening, ServerTls, serve};
    ///
    /// let engine = Engine::builder().build()?;
    /// let tls = ServerTls::from_pem(&std::fs::read("cert.pem")?, &std::fs::read("key.pem")?)?;
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    /// serve(Listening::tls(listener, tls), engine.service()).await;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "rustls")]
    #[must_use]
    pub const fn tls(listener: TcpListener, tls: engineio_hyper::ServerTls) -> Self {
        Self { listener, tls: Some(tls) }
    }
}

/// Without TLS.
impl From<TcpListener> for Listening {
    fn from(listener: TcpListener) -> Self {
        Self {
            listener,
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

impl Listener for Listening {
    type Io = TokioStream;

    async fn accept(&mut self) -> io::Result<(Self::Io, SocketAddr)> {
        let (stream, remote_addr) = self.listener.accept().await?;
        #[cfg(feature = "rustls")]
        if let Some(tls) = &self.tls {
            return Ok((stream::accepting(stream, tls), remote_addr));
        }
        Ok((stream::tcp(stream), remote_addr))
    }
}
