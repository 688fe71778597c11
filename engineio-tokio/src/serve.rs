//! A server on a TCP listener.

use crate::{TokioRuntime, TokioStream, stream};
use engineio_hyper::Listener;
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;

/// A server that has not begun to serve: see [`engineio_hyper::Serve`] for its settings.
pub type Serve<S, F = engineio_hyper::Forever> = engineio_hyper::Serve<TokioRuntime, TokioListener, S, F>;

/// Serves an application on a listener: an [`Engine`](crate::Engine)'s service, an axum router with its layer, or any other
/// tower service.
///
/// Returns a builder, [`Serve`](engineio_hyper::Serve): await it to serve. Connections are served on the runtime that it is awaited on unless
/// [`on`](engineio_hyper::Serve::on) names another, without delay for small packets (`TCP_NODELAY`).
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_tokio::{Engine, serve};
///
/// let engine = Engine::builder().build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// tokio::spawn(serve(listener, engine.service()).into_future());
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
///
/// With TLS and a graceful shutdown:
///
/// ```no_run
/// # #[cfg(feature = "rustls")]
/// # async fn f(signal: impl Future + Send + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_tokio::{Engine, ServerTls, serve};
///
/// let engine = Engine::builder().build()?;
/// let tls = ServerTls::from_pem(&std::fs::read("cert.pem")?, &std::fs::read("key.pem")?)?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// serve(listener, engine.service())
///     .tls(tls)
///     .with_graceful_shutdown(async move {
///         signal.await;
///         engine.shutdown().await;
///     })
///     .await;
/// # Ok(())
/// # }
/// ```
pub fn serve<S>(listener: impl Into<TokioListener>, app: S) -> Serve<S> {
    Serve::new(listener.into(), app)
}

/// A TCP listener, whose connections have TLS around them if [`Serve::tls`](engineio_hyper::Serve::tls) says so.
#[derive(Debug)]
pub struct TokioListener {
    listener: TcpListener,
    #[cfg(feature = "rustls")]
    tls: Option<engineio_hyper::ServerTls>,
}

/// Without TLS.
impl From<TcpListener> for TokioListener {
    fn from(listener: TcpListener) -> Self {
        Self {
            listener,
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

impl Listener for TokioListener {
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

#[cfg(feature = "rustls")]
impl engineio_hyper::TlsListener for TokioListener {
    fn set_tls(&mut self, tls: engineio_hyper::ServerTls) {
        self.tls = Some(tls);
    }
}
