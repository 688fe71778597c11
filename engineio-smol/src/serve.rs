//! A listener for those who have none.

use crate::{SmolIo, SmolRuntime};
use bytes::Bytes;
use engineio_hyper::Listener;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use smol::net::{TcpListener, TcpStream};
use std::{convert::Infallible, error::Error, io, net::SocketAddr};
use tower_service::Service;

/// Serves HTTP/1.1, with upgrades, on a listener: an [`Engine`](crate::Engine)'s service, a layered one, an axum
/// router or any other tower service. Runs until it is dropped; connections that are open then go on.
///
/// Connections are served by smol's global executor, without delay for small packets (`TCP_NODELAY`), and requests tell
/// by a [`RemoteAddr`](crate::RemoteAddr) among their extensions where they came from.
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_smol::{Engine, serve};
///
/// let engine = Engine::builder().build()?;
/// let listener = smol::net::TcpListener::bind("127.0.0.1:0").await?;
/// smol::spawn(serve(listener, engine.service())).detach();
///
/// while let Some(socket) = engine.accept().await {
///     smol::spawn(async move {
///         while let Some(message) = socket.recv().await {
///             if socket.send(message).await.is_err() {
///                 break;
///             }
///         }
///     })
///     .detach();
/// }
/// # Ok(())
/// # }
/// ```
pub async fn serve<S, B>(listener: TcpListener, service: S) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_on(SmolRuntime::default(), listener, service).await
}

/// As [`serve`], with connections served by this executor.
pub async fn serve_on<S, B>(runtime: SmolRuntime, listener: TcpListener, service: S) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    engineio_hyper::serve(runtime, Tcp(listener), service).await
}

/// As [`serve`], until `shutdown` ends. Then the listener is closed, each connection is ended once the request that
/// it is at has been answered, and when none is left this is done. For an engine, let `shutdown` end with its
/// [`shutdown`](engineio_hyper::Engine::shutdown):
///
/// ```
/// # async fn f(signal: impl Future) -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_smol::{Engine, serve_until};
///
/// let engine = Engine::builder().build()?;
/// let listener = smol::net::TcpListener::bind("127.0.0.1:0").await?;
/// let shutdown = async {
///     signal.await;
///     engine.shutdown().await;
/// };
/// serve_until(listener, engine.service(), shutdown).await;
/// # Ok(())
/// # }
/// ```
pub async fn serve_until<S, B>(listener: TcpListener, service: S, shutdown: impl Future)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_until_on(SmolRuntime::default(), listener, service, shutdown).await;
}

/// As [`serve_until`], with connections served by this executor.
pub async fn serve_until_on<S, B>(runtime: SmolRuntime, listener: TcpListener, service: S, shutdown: impl Future)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    engineio_hyper::serve_until(runtime, Tcp(listener), service, shutdown).await;
}

struct Tcp(TcpListener);

impl Listener for Tcp {
    type Io = SmolIo<TcpStream>;

    async fn accept(&mut self) -> io::Result<(Self::Io, SocketAddr)> {
        let (stream, remote_addr) = self.0.accept().await?;
        // Worse for latency if it fails, but no reason not to serve.
        let _ = stream.set_nodelay(true);
        Ok((SmolIo::new(stream), remote_addr))
    }
}
