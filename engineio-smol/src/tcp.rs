//! TCP connections as hyper wants them, with fewer system calls than by way of smol's own traits.

use hyper::rt::{Read, ReadBufCursor, Write};
use smol::{Async, net};
use std::{
    cell::RefCell,
    fmt,
    io::{self, IoSlice, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// How much is read at once, in bytes.
const READ: usize = 64 * 1024;

thread_local! {
    /// What is read goes through this. hyper's buffer is not initialized, and to fill it with zeros each time would cost
    /// more than to copy what there is.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A TCP connection of smol's, for hyper.
///
/// [`SmolIo`](crate::SmolIo) does the same for whatever reads and writes as smol's connections do; this knows that it is
/// TCP. After a read that left room in the buffer it waits before it reads again, where others would find by one more
/// system call that there is nothing; and it is smaller.
pub struct SmolTcp {
    stream: Arc<Async<TcpStream>>,
    /// The last read took all that was there.
    drained: bool,
}

impl SmolTcp {
    /// Makes one of a connection.
    #[must_use]
    pub fn new(stream: net::TcpStream) -> Self {
        Self { stream: stream.into(), drained: false }
    }

    fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&TcpStream) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match attempt(self.stream.get_ref()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
            ready!(self.stream.poll_writable(cx))?;
        }
    }
}

impl fmt::Debug for SmolTcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}

impl From<net::TcpStream> for SmolTcp {
    fn from(stream: net::TcpStream) -> Self {
        Self::new(stream)
    }
}

impl Read for SmolTcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let size = READ.min(cursor.remaining());
        let read = ready!(poll_input(&this.stream, &mut this.drained, cx, |mut stream| {
            BUFFER.with_borrow_mut(|buffer| {
                buffer.resize(READ, 0);
                let read = stream.read(&mut buffer[..size])?;
                cursor.put_slice(&buffer[..read]);
                Ok(read)
            })
        }))?;
        // The end is not followed by anything that would have to be waited for.
        this.drained = 0 < read && read < size;
        Poll::Ready(Ok(()))
    }
}

/// Takes what comes in, by a system call that is made only if there may be something: not while what there was is known to
/// be `drained`.
pub(crate) fn poll_input<S, T>(
    source: &Async<S>,
    drained: &mut bool,
    cx: &mut Context<'_>,
    mut attempt: impl FnMut(&S) -> io::Result<T>,
) -> Poll<io::Result<T>> {
    loop {
        if *drained {
            ready!(source.poll_readable(cx))?;
            *drained = false;
        }
        match attempt(source.get_ref()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => *drained = true,
            done => return Poll::Ready(done),
        }
    }
}

impl Write for SmolTcp {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |mut stream| stream.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |mut stream| stream.write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// TCP keeps nothing back.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.get_ref().shutdown(Shutdown::Write))
    }
}
