//! A connection whose requests and writes are noted, and whose end is told when it may be.

use super::{calls::Calls, ending::End};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker, ready},
};

/// How much is read at once, in bytes.
const READ: usize = 16 * 1024;

/// What is known of a connection to those who use it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// How many requests there have been.
    pub(super) requests: AtomicUsize,
    /// How many of them are not over: they have no response yet, or its body has not been taken.
    pub(super) in_flight: AtomicUsize,
    /// Whether the connection speaks HTTP/2.
    pub(super) http2: AtomicBool,
    /// Whether the connection is being closed.
    pub(super) closing: AtomicBool,
    /// The last write did not go through.
    pub(super) stuck: AtomicBool,
    /// How many did.
    pub(super) writes: AtomicUsize,
    /// How many reads brought something.
    pub(super) reads: AtomicUsize,
    /// The requests that something is still done for.
    pub(super) calls: Arc<Calls>,
    /// The connection's end.
    pub(super) end: End,
    /// The open streams, over HTTP/2.
    #[cfg(feature = "http2")]
    pub(super) streams: Arc<super::streams::Streams>,
    /// How many more frames without a request may come over HTTP/2.
    #[cfg(feature = "http2")]
    pub(super) control_frames: AtomicUsize,
}

impl Progress {
    /// Whether a request is not over. If so over HTTP/2, the waker is woken when none is left.
    pub(super) fn is_busy(&self, waker: &Waker) -> bool {
        #[cfg(feature = "http2")]
        if self.http2.load(Ordering::Relaxed) {
            return self.streams.any(waker);
        }
        let _ = waker;
        self.in_flight.load(Ordering::SeqCst) > 0
    }

    fn wrote<T>(&self, polled: Poll<T>) -> Poll<T> {
        self.stuck.store(polled.is_pending(), Ordering::Relaxed);
        if polled.is_ready() {
            count(&self.writes);
        }
        polled
    }
}

/// By one task at a time, so nothing is missed; and what adds atomically costs each read and write more.
fn count(counter: &AtomicUsize) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// A request that is not over.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Progress>);

impl InFlight {
    pub(super) fn new(progress: Arc<Progress>) -> Self {
        progress.in_flight.fetch_add(1, Ordering::SeqCst);
        progress.requests.fetch_add(1, Ordering::SeqCst);
        Self(progress)
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A connection whose writes are noted, and whose end is told when it may be.
pub(super) struct Watched<Io> {
    io: Io,
    progress: Arc<Progress>,
    /// Nothing more can be read.
    drained: bool,
    /// Nothing more can be written.
    broken: bool,
    /// What either failed with, until it is told.
    failure: Option<io::Error>,
}

impl<Io> Watched<Io> {
    pub(super) const fn new(io: Io, progress: Arc<Progress>) -> Self {
        Self { io, progress, drained: false, broken: false, failure: None }
    }
}

impl<Io: Read + Unpin> Read for Watched<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { io, progress, drained, broken: _, failure } = &mut *self;
        if !progress.end.is_told() {
            if !*drained {
                // The cursor does not tell whether it was filled, so what is read goes through a buffer of ours.
                let mut buffer = [const { MaybeUninit::uninit() }; READ];
                let mut buffer = ReadBuf::uninit(&mut buffer[..READ.min(cursor.remaining())]);
                match ready!(Pin::new(&mut *io).poll_read(cx, buffer.unfilled())) {
                    Ok(()) if !buffer.filled().is_empty() || cursor.remaining() == 0 => {
                        count(&progress.reads);
                        cursor.put_slice(buffer.filled());
                        return Poll::Ready(Ok(()));
                    }
                    Ok(()) => {}
                    Err(error) => *failure = Some(error),
                }
                *drained = true;
            }
            ready!(progress.end.poll(cx));
        }
        match failure.take() {
            Some(failure) => Poll::Ready(Err(failure)),
            None => Pin::new(io).poll_read(cx, cursor),
        }
    }
}

impl<Io: Write + Unpin> Watched<Io> {
    /// Writes. A peer that takes nothing any more may have sent requests before: until they are dealt with, what is written
    /// goes nowhere, as if its end were already on its way.
    fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        nowhere: T,
        write: impl FnOnce(Pin<&mut Io>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let Self { io, progress, drained: _, broken, failure } = self;
        if *broken && !progress.end.is_told() {
            return Poll::Ready(Ok(nowhere));
        }
        match progress.wrote(write(Pin::new(io), cx)) {
            Poll::Ready(Err(error)) if progress.end.keep() => {
                *broken = true;
                *failure = Some(error);
                Poll::Ready(Ok(nowhere))
            }
            polled => polled,
        }
    }
}

impl<Io: Write + Unpin> Write for Watched<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_with(cx, bytes.len(), |io, cx| io.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        self.poll_with(cx, length, |io, cx| io.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// Where something is kept back, as by TLS, this is a write like any other.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_with(cx, (), |io, cx| io.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
