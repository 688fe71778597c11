//! A connection with TLS around it or without, over the streams of any runtime.

use crate::runtime::BoxFuture;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A connection for hyper, for what adapters accept and open: plain, or with TLS around it (`T`).
#[derive(Debug)]
pub struct MaybeTls<P, T = P>(Kind<P, T>);

enum Kind<P, T> {
    Plain(P),
    Tls(T),
    /// A server's, whose handshake is made by who reads or writes first: by the task of the connection, so that nobody
    /// who accepts has to wait for it.
    Accepting(BoxFuture<io::Result<T>>),
    /// The handshake has failed, which was told.
    Failed,
}

impl<P: fmt::Debug, T: fmt::Debug> fmt::Debug for Kind<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(stream) => f.debug_tuple("Plain").field(stream).finish(),
            Self::Tls(stream) => f.debug_tuple("Tls").field(stream).finish(),
            Self::Accepting(_) => f.debug_tuple("Accepting").finish_non_exhaustive(),
            Self::Failed => f.write_str("Failed"),
        }
    }
}

impl<P, T> MaybeTls<P, T> {
    /// Without TLS.
    pub const fn plain(stream: P) -> Self {
        Self(Kind::Plain(stream))
    }

    /// With TLS, whose handshake is done.
    pub const fn tls(stream: T) -> Self {
        Self(Kind::Tls(stream))
    }

    /// With TLS, whose handshake is yet to be made: by the first that is read or written. If it fails, that does too.
    pub fn accepting(handshake: impl Future<Output = io::Result<T>> + Send + 'static) -> Self {
        Self(Kind::Accepting(Box::pin(handshake)))
    }

    /// Makes the handshake, if that is not done.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&mut Kind<P, T>>> {
        if let Kind::Accepting(handshake) = &mut self.0 {
            let accepted = ready!(handshake.as_mut().poll(cx));
            self.0 = match accepted {
                Ok(stream) => Kind::Tls(stream),
                Err(error) => {
                    self.0 = Kind::Failed;
                    return Poll::Ready(Err(error));
                }
            };
        }
        Poll::Ready(Ok(&mut self.0))
    }
}

/// Calls a method of what is open.
macro_rules! open {
    ($self:ident, $cx:ident, $method:ident($($argument:expr),*)) => {
        match ready!($self.poll_open($cx))? {
            Kind::Plain(stream) => Pin::new(stream).$method($cx, $($argument),*),
            Kind::Tls(stream) => Pin::new(stream).$method($cx, $($argument),*),
            Kind::Accepting(_) | Kind::Failed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    };
}

impl<P: Read + Unpin, T: Read + Unpin> Read for MaybeTls<P, T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, cursor: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        open!(self, cx, poll_read(cursor))
    }
}

impl<P: Write + Unpin, T: Write + Unpin> Write for MaybeTls<P, T> {
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
