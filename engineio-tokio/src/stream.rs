//! A connection: TCP, with TLS around it or without.

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::net::TcpStream;
#[cfg(feature = "rustls")]
use {
    engineio_hyper::{ClientTls, Endpoint, ServerTls, rustls::pki_types::ServerName},
    std::fmt,
    tokio_rustls::{Accept, TlsAcceptor, TlsConnector, TlsStream},
};

/// A connection for hyper: TCP, without delay for small packets (`TCP_NODELAY`), with TLS around it or without.
#[derive(Debug)]
pub struct TokioStream(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TokioIo<TcpStream>),
    #[cfg(feature = "rustls")]
    Tls(TokioIo<Box<TlsStream<TcpStream>>>),
    /// A server's, whose handshake is made by who reads or writes first: by the task of the connection, so that nobody
    /// who accepts has to wait for it.
    #[cfg(feature = "rustls")]
    Accepting(Accepting),
    /// The handshake has failed, which was told.
    #[cfg(feature = "rustls")]
    Failed,
}

/// A handshake.
#[cfg(feature = "rustls")]
struct Accepting(Box<Accept<TcpStream>>);

#[cfg(feature = "rustls")]
impl fmt::Debug for Accepting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepting").finish_non_exhaustive()
    }
}

impl TokioStream {
    pub(crate) fn tcp(stream: TcpStream) -> Self {
        Self(Kind::Tcp(TokioIo::new(prompt(stream))))
    }

    /// A server's.
    #[cfg(feature = "rustls")]
    pub(crate) fn accepting(stream: TcpStream, tls: &ServerTls) -> Self {
        let accept = TlsAcceptor::from(tls.config().clone()).accept(prompt(stream));
        Self(Kind::Accepting(Accepting(Box::new(accept))))
    }

    /// A client's.
    #[cfg(feature = "rustls")]
    pub(crate) async fn connected(stream: TcpStream, to: &Endpoint, tls: &ClientTls) -> io::Result<Self> {
        let name = ServerName::try_from(to.host().to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(tls.config().clone()).connect(name, prompt(stream)).await?;
        Ok(Self(Kind::Tls(TokioIo::new(Box::new(stream.into())))))
    }

    /// Makes the handshake, if that is not done.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&mut Kind>> {
        #[cfg(feature = "rustls")]
        if let Kind::Accepting(Accepting(accept)) = &mut self.0 {
            let accepted = ready!(Pin::new(accept).poll(cx));
            self.0 = match accepted {
                Ok(stream) => Kind::Tls(TokioIo::new(Box::new(stream.into()))),
                Err(error) => {
                    self.0 = Kind::Failed;
                    return Poll::Ready(Err(error));
                }
            };
        }
        #[cfg(not(feature = "rustls"))]
        let _ = cx;
        Poll::Ready(Ok(&mut self.0))
    }
}

/// Worse for latency if it fails, but no reason not to go on.
fn prompt(stream: TcpStream) -> TcpStream {
    let _ = stream.set_nodelay(true);
    stream
}

/// Calls a method of what is open.
macro_rules! open {
    ($self:ident, $cx:ident, $method:ident($($argument:expr),*)) => {
        match ready!($self.poll_open($cx))? {
            Kind::Tcp(stream) => Pin::new(stream).$method($cx, $($argument),*),
            #[cfg(feature = "rustls")]
            Kind::Tls(stream) => Pin::new(stream).$method($cx, $($argument),*),
            #[cfg(feature = "rustls")]
            Kind::Accepting(_) | Kind::Failed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    };
}

impl Read for TokioStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, cursor: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        open!(self, cx, poll_read(cursor))
    }
}

impl Write for TokioStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        open!(self, cx, poll_write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        open!(self, cx, poll_write_vectored(slices))
    }

    /// TCP writes all slices with one call, and rustls takes them all.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        open!(self, cx, poll_flush())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        open!(self, cx, poll_shutdown())
    }
}
