//! A server on a TCP listener.

use crate::{SmolRuntime, SmolStream, stream};
use engineio_hyper::Listener;
use smol::{Async, net::TcpListener};
use std::{
    io,
    net::{self, SocketAddr},
    sync::Arc,
};

/// A server that has not begun to serve: see [`engineio_hyper::Serve`] for its settings.
pub type Serve<S, F = engineio_hyper::Forever> = engineio_hyper::Serve<SmolRuntime, SmolListener, S, F>;

/// Serves an application on a listener: an [`Engine`](crate::Engine)'s service, an axum router with its layer, or any other
/// tower service.
///
/// Returns a builder, [`Serve`](engineio_hyper::Serve): await it to serve. Connections are served on smol's global executor unless
/// [`on`](engineio_hyper::Serve::on) names another, without delay for small packets (`TCP_NODELAY`).
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_smol::{Engine, serve};
///
/// let engine = Engine::builder().build()?;
/// let listener = smol::net::TcpListener::bind("127.0.0.1:0").await?;
/// smol::spawn(serve(listener, engine.service()).into_future()).detach();
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
///
/// With TLS and a graceful shutdown:
///
/// ```no_run
/// # #[cfg(feature = "rustls")]
/// # async fn f(signal: impl Future + Send + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_smol::{Engine, ServerTls, serve};
///
/// let engine = Engine::builder().build()?;
/// let tls = ServerTls::from_pem(&std::fs::read("cert.pem")?, &std::fs::read("key.pem")?)?;
/// let listener = smol::net::TcpListener::bind("127.0.0.1:3000").await?;
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
pub fn serve<S>(listener: impl Into<SmolListener>, app: S) -> Serve<S> {
    Serve::new(listener.into(), app)
}

/// A TCP listener, whose connections have TLS around them if [`Serve::tls`](engineio_hyper::Serve::tls) says so.
#[derive(Debug)]
pub struct SmolListener {
    listener: Arc<Async<net::TcpListener>>,
    #[cfg(feature = "rustls")]
    tls: Option<engineio_hyper::ServerTls>,
}

/// Without TLS.
impl From<TcpListener> for SmolListener {
    fn from(listener: TcpListener) -> Self {
        Self {
            listener: listener.into(),
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

impl Listener for SmolListener {
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

#[cfg(feature = "rustls")]
impl engineio_hyper::TlsListener for SmolListener {
    fn set_tls(&mut self, tls: engineio_hyper::ServerTls) {
        self.tls = Some(tls);
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
        let mut listening = [(); 2].map(|()| SmolListener::from(listener.clone()));
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
