//! A listener for those who have none.

use crate::{SmolRuntime, SmolStream, stream};
use bytes::Bytes;
use engineio_hyper::Listener;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use smol::{Async, net::TcpListener};
use std::{
    convert::Infallible,
    error::Error,
    io,
    net::{self, SocketAddr},
    sync::Arc,
};
use tower_service::Service;

/// Serves HTTP/1.1, with upgrades, and with the feature `http2` HTTP/2, on a listener: an [`Engine`](crate::Engine)'s
/// service, a layered one, an axum router or any other tower service. Runs until it is dropped; connections that are
/// open then go on.
///
/// Connections are served by smol's global executor, without delay for small packets (`TCP_NODELAY`), and requests tell
/// by a [`RemoteAddr`](crate::RemoteAddr) among their extensions where they came from. A connection is closed if its first
/// request does not come within 30 s, or if its peer takes nothing for 30 s of what is to be written.
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
pub async fn serve<S, B>(listener: impl Into<Listening>, service: S) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_on(SmolRuntime::default(), listener, service).await
}

/// As [`serve`], with connections served by this executor.
pub async fn serve_on<S, B>(runtime: SmolRuntime, listener: impl Into<Listening>, service: S) -> Infallible
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
pub async fn serve_until<S, B>(listener: impl Into<Listening>, service: S, shutdown: impl Future)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    serve_until_on(SmolRuntime::default(), listener, service, shutdown).await;
}

/// As [`serve_until`], with connections served by this executor.
pub async fn serve_until_on<S, B>(
    runtime: SmolRuntime,
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
    listener: Arc<Async<net::TcpListener>>,
    #[cfg(feature = "rustls")]
    tls: Option<engineio_hyper::ServerTls>,
}

impl Listening {
    /// Serves HTTPS.
    ///
    /// ```no_run
    /// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// use engineio_smol::{Engine, Listening, ServerTls, serve};
    ///
    /// let engine = Engine::builder().build()?;
    /// let tls = ServerTls::from_pem(&std::fs::read("cert.pem")?, &std::fs::read("key.pem")?)?;
    /// let listener = smol::net::TcpListener::bind("127.0.0.1:3000").await?;
    /// serve(Listening::tls(listener, tls), engine.service()).await;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn tls(listener: TcpListener, tls: engineio_hyper::ServerTls) -> Self {
        Self { tls: Some(tls), ..Self::from(listener) }
    }
}

/// Without TLS.
impl From<TcpListener> for Listening {
    fn from(listener: TcpListener) -> Self {
        Self {
            listener: listener.into(),
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

impl Listener for Listening {
    type Io = SmolStream;

    async fn accept(&mut self) -> io::Result<(Self::Io, SocketAddr)> {
        let (stream, remote_addr) = loop {
            match self.listener.get_ref().accept() {
                // Whoever blocks on an executor is polled whenever a task of its is woken, so that must not cost a system
                // call. And others may wait at the same listener.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.listener.readable().await?,
                accepted => break accepted?,
            }
        };
        let stream = Async::new(stream)?.into();
        #[cfg(feature = "rustls")]
        if let Some(tls) = &self.tls {
            return Ok((stream::accepting(stream, tls), remote_addr));
        }
        Ok((stream::tcp(stream), remote_addr))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Wake},
    };

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn those_who_wait_at_one_listener_leave_each_other_alone() {
        let listener = smol::block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let mut listening = [(); 2].map(|()| Listening::from(listener.clone()));
        let wakes = [(); 2].map(|()| Arc::new(Wakes::default()));
        let mut accepting = listening.each_mut().map(|listening| Box::pin(listening.accept()));
        for _ in 0..3 {
            for (accepting, wakes) in accepting.iter_mut().zip(&wakes) {
                let waker = wakes.clone().into();
                assert!(accepting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
        }
        assert_eq!(wakes.map(|wakes| wakes.0.load(Ordering::Relaxed)), [0, 0]);
    }
}
