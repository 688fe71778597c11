//! How long a peer may keep its connection waiting.

use crate::Runtime;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

/// How long a connection may take to its first request, TLS and the beginning of HTTP included; and after that, how long
/// its peer may take nothing of what is to be written to it. hyper bounds the reading of a head, and no write.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of a connection to those who use it: all of them are one task.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// There was a request.
    asked: AtomicBool,
    /// The last write did not go through.
    stuck: AtomicBool,
    /// How many did.
    writes: AtomicUsize,
}

impl Progress {
    /// There is a request.
    pub(crate) fn asked(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    fn wrote<T>(&self, polled: Poll<T>) -> Poll<T> {
        self.stuck.store(polled.is_pending(), Ordering::Relaxed);
        if polled.is_ready() {
            // By one task at a time, so nothing is missed; and what adds atomically costs each write more.
            self.writes.store(self.writes.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
        polled
    }
}

/// A connection whose writes are noted.
pub(crate) struct Watched<Io> {
    io: Io,
    progress: Arc<Progress>,
}

impl<Io> Watched<Io> {
    pub(crate) const fn new(io: Io, progress: Arc<Progress>) -> Self {
        Self { io, progress }
    }
}

impl<Io: Read + Unpin> Read for Watched<Io> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, cursor: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, cursor)
    }
}

impl<Io: Write + Unpin> Write for Watched<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.progress.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.progress.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// Where something is kept back, as by TLS, this is a write like any other.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(cx);
        self.progress.wrote(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Waits for a peer no longer than it may be waited for.
pub(crate) struct Patience<Rt: Runtime> {
    runtime: Rt,
    progress: Arc<Progress>,
    waits: Waits<Rt::Sleep>,
}

/// What for, if for anything.
enum Waits<S> {
    Request(Pin<Box<S>>),
    None,
    /// The writes that went through were so many.
    Write(Pin<Box<S>>, usize),
}

impl<Rt: Runtime> Patience<Rt> {
    /// The connection has just begun.
    pub(crate) fn new(runtime: &Rt, progress: Arc<Progress>) -> Self {
        Self { waits: Waits::Request(sleep(runtime)), runtime: runtime.clone(), progress }
    }

    /// To be called after all that the connection was polled for. Ends when the patience does.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.progress.asked.load(Ordering::Relaxed) {
            let stuck = self.progress.stuck.load(Ordering::Relaxed);
            let writes = self.progress.writes.load(Ordering::Relaxed);
            match &self.waits {
                Waits::Write(_, before) if stuck && *before == writes => {}
                _ if stuck => self.waits = Waits::Write(sleep(&self.runtime), writes),
                Waits::None => {}
                Waits::Request(_) | Waits::Write(..) => self.waits = Waits::None,
            }
        }
        match &mut self.waits {
            Waits::Request(timer) | Waits::Write(timer, _) => timer.as_mut().poll(cx),
            Waits::None => Poll::Pending,
        }
    }
}

fn sleep<Rt: Runtime>(runtime: &Rt) -> Pin<Box<Rt::Sleep>> {
    Box::pin(runtime.sleep_until(runtime.now() + PATIENCE))
}
