//! Whether any byte of a response has been read from a connection.

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

/// The first read after [`FirstByte::expect`] takes at most this many bytes, because they are copied once more.
const FIRST_READ: usize = 1024;

/// Whether any byte has been read since [`expect`](Self::expect). Clones share it.
///
/// hyper's errors do not tell this: it reports the same error for a connection that ends before a response and for one
/// that ends inside the head of a response.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstByte(Arc<AtomicBool>);

impl FirstByte {
    /// Begins to wait for the next byte.
    pub(super) fn expect(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether a byte has been read.
    pub(super) fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that reports its first byte.
pub(super) struct Reporting<Io> {
    io: Io,
    first_byte: FirstByte,
}

impl<Io> Reporting<Io> {
    pub(super) const fn new(io: Io, first_byte: FirstByte) -> Self {
        Self { io, first_byte }
    }
}

impl<Io: Read + Unpin> Read for Reporting<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first_byte.has_come() {
            return Pin::new(&mut self.io).poll_read(cx, cursor);
        }
        // The cursor is moved into the inner read, so the length is only known from a buffer of our own.
        let mut buffer = [0; FIRST_READ];
        let size = FIRST_READ.min(cursor.remaining());
        let mut first = ReadBuf::new(&mut buffer[..size]);
        ready!(Pin::new(&mut self.io).poll_read(cx, first.unfilled()))?;
        if !first.filled().is_empty() {
            self.first_byte.0.store(true, Ordering::Relaxed);
            cursor.put_slice(first.filled());
        }
        Poll::Ready(Ok(()))
    }
}

impl<Io: Write + Unpin> Write for Reporting<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
