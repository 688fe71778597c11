//! A listener for those who have none.

use bytes::Bytes;
use engineio_hyper::RemoteAddr;
use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{convert::Infallible, error::Error, io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time,
};
use tower_service::Service;

/// How long to wait where the process or the system has run out of something, such as file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves HTTP/1.1, with upgrades, on a listener: an [`Engine`](crate::Engine)'s service, a layered one, an axum
/// router or any other tower service. Runs until it is dropped; connections that are open then go on.
///
/// Connections are served without delay for small packets (`TCP_NODELAY`), and requests tell by a
/// [`RemoteAddr`] among their extensions where they came from.
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
pub async fn serve<S, B>(listener: TcpListener, service: S) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, remote_addr)) => {
                tokio::spawn(connection(stream, remote_addr, service.clone()));
            }
            // The connection failed before it was accepted: its problem.
            Err(error) if is_its_own(&error) => {}
            // A listener that cannot accept stays readable: without a pause this would be a busy loop.
            Err(_) => time::sleep(EXHAUSTED).await,
        }
    }
}

async fn connection<S, B>(stream: TcpStream, remote_addr: SocketAddr, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // Worse for latency if it fails, but no reason not to serve.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(WithRemoteAddr { remote_addr: RemoteAddr(remote_addr), service });
    // The timer makes hyper's bound on reading a request's head effective. Half-closed connections must stay
    // off: with them hyper does not notice that a peer has gone away.
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // A connection that fails has told its requests by dropping them.
    let _ = served.await;
}

fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Tells a connection's requests where it comes from.
#[derive(Clone)]
struct WithRemoteAddr<S> {
    remote_addr: RemoteAddr,
    service: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for WithRemoteAddr<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(self.remote_addr);
        self.service.call(request)
    }
}
