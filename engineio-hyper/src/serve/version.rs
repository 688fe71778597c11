//! Whether a connection begins as HTTP/2.

use super::{frames::Frames, watched::Progress};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
};

/// What an HTTP/2 connection begins with, and no other does.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much is read at once over HTTP/2: on the stack, as what is read is looked at.
const READ: usize = 16 * 1024;

/// The version of HTTP that a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

/// A connection whose beginning has been read to find out its version, and is read again.
pub(super) struct Rewind<Io> {
    io: Io,
    read: [u8; PREFACE.len()],
    /// So many bytes have been read.
    filled: usize,
    /// So many of them have been read again.
    given: usize,
    /// Over HTTP/2, what comes and goes.
    traffic: Option<Traffic>,
}

/// Counts the frames of an HTTP/2 connection.
struct Traffic {
    incoming: Frames,
    outgoing: Frames,
    progress: Arc<Progress>,
}

impl<Io> Rewind<Io> {
    pub(super) const fn new(io: Io) -> Self {
        Self { io, read: [0; PREFACE.len()], filled: 0, given: 0, traffic: None }
    }

    /// The connection speaks HTTP/2: its frames are counted from now on.
    pub(super) fn count_frames(&mut self, progress: Arc<Progress>) {
        self.traffic = Some(Traffic { incoming: Frames::default(), outgoing: Frames::default(), progress });
    }
}

impl<Io: Read + Unpin> Rewind<Io> {
    /// Reads until it is known what the connection speaks: at most as many bytes as the preface of HTTP/2 has.
    pub(super) fn poll_version(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Version>> {
        while self.filled < PREFACE.len() {
            let mut buffer = ReadBuf::new(&mut self.read[self.filled..]);
            ready!(Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()))?;
            let read = buffer.filled().len();
            self.filled += read;
            if read == 0 || self.read[..self.filled] != PREFACE[..self.filled] {
                return Poll::Ready(Ok(Version::Http1));
            }
        }
        Poll::Ready(Ok(Version::Http2))
    }
}

impl<Io: Read + Unpin> Read for Rewind<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.given == self.filled {
            let Self { io, traffic, .. } = &mut *self;
            let Some(traffic) = traffic else { return Pin::new(io).poll_read(cx, cursor) };
            let mut buffer = [const { MaybeUninit::uninit() }; READ];
            let mut buffer = ReadBuf::uninit(&mut buffer[..READ.min(cursor.remaining())]);
            ready!(Pin::new(io).poll_read(cx, buffer.unfilled()))?;
            traffic.read(buffer.filled())?;
            cursor.put_slice(buffer.filled());
            return Poll::Ready(Ok(()));
        }
        let rest = &self.read[self.given..self.filled];
        let size = rest.len().min(cursor.remaining());
        cursor.put_slice(&rest[..size]);
        self.given += size;
        Poll::Ready(Ok(()))
    }
}

impl<Io: Write + Unpin> Write for Rewind<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        if let Some(traffic) = &mut self.traffic {
            traffic.wrote(&bytes[..written]);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))?;
        if let Some(traffic) = &mut self.traffic {
            let mut left = written;
            for slice in slices {
                let taken = left.min(slice.len());
                traffic.wrote(&slice[..taken]);
                left -= taken;
            }
        }
        Poll::Ready(Ok(written))
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

impl Traffic {
    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        let allowed = &self.progress.control_frames;
        let left = self.incoming.read(bytes, allowed.load(Ordering::Relaxed));
        let left = left.ok_or_else(|| io::Error::other("too many frames without a request"))?;
        allowed.store(left, Ordering::Relaxed);
        Ok(())
    }

    fn wrote(&mut self, bytes: &[u8]) {
        let allowed = &self.progress.control_frames;
        allowed.store(self.outgoing.wrote(bytes, allowed.load(Ordering::Relaxed)), Ordering::Relaxed);
    }
}
