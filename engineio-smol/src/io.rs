//! smol's connections, as hyper wants them.

use hyper::rt::{Read, ReadBufCursor, Write};
use smol::io::{AsyncRead, AsyncWrite};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How much is read at once, in bytes.
const READ: usize = 8 * 1024;

/// A connection of smol's, or anything else that reads and writes as they do, for hyper.
#[derive(Debug)]
pub struct SmolIo<T> {
    inner: T,
}

impl<T> SmolIo<T> {
    /// Makes one of a connection.
    pub const fn new(inner: T) -> Self {
        Self { inner }
    }

    /// The connection.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: AsyncRead + Unpin> Read for SmolIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper's buffer is not initialized, smol's readers need one that is. To fill all of hyper's with zeros, which
        // may be hundreds of kilobytes, would cost more than to copy what there is.
        let mut buffer = [0; READ];
        let size = READ.min(cursor.remaining());
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer[..size]))?;
        cursor.put_slice(&buffer[..read]);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> Write for SmolIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    /// smol's connections write all slices with one call.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}
