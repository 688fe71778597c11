//! A TCP connection for that executor: one thread reads, one writes, and each polls whatever waits for it.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many bytes wait in each direction.
const BOUND: usize = 64 * 1024;

/// How long a write may be stuck before somebody looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(100);

/// The executor's end of a connection.
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    inbound: VecDeque<u8>,
    /// Nothing more comes.
    end: Option<ErrorKind>,
    reader: Option<Waker>,
    outbound: VecDeque<u8>,
    /// Nothing more goes.
    shut: bool,
    writer: Option<Waker>,
    /// The executor has let go of it.
    dropped: bool,
}

impl Connection {
    /// Starts the threads.
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let (reader, writer) = (stream.try_clone()?, stream);
        let (incoming, outgoing) = (shared.clone(), shared.clone());
        thread::spawn(move || incoming.read_all(reader));
        thread::spawn(move || outgoing.write_all(writer));
        Ok(Self(shared))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.lock();
        self.changed.wait_while(state, |state| !until(state)).unwrap_or_else(PoisonError::into_inner)
    }

    fn read_all(&self, mut stream: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = stream.read(&mut buffer);
            let mut state = self.lock();
            match read {
                Ok(0) => state.end = Some(ErrorKind::UnexpectedEof),
                Ok(n) => state.inbound.extend(&buffer[..n]),
                Err(error) => state.end = Some(error.kind()),
            }
            let (ended, reader) = (state.end.is_some(), state.reader.take());
            drop(state);
            if let Some(reader) = reader {
                reader.wake();
            }
            if ended || self.wait(|state| state.dropped || state.inbound.len() < BOUND).dropped {
                return;
            }
        }
    }

    /// Writes all of it, unless the peer takes nothing and the executor has let go of the connection.
    fn send(&self, stream: &mut TcpStream, mut bytes: VecDeque<u8>) -> io::Result<()> {
        while !bytes.is_empty() {
            match stream.write(bytes.make_contiguous()) {
                Ok(n) => drop(bytes.drain(..n)),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.lock().dropped {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_all(&self, mut stream: TcpStream) {
        loop {
            let mut state = self.wait(|state| state.dropped || state.shut || !state.outbound.is_empty());
            let bytes = core::mem::take(&mut state.outbound);
            let (shut, dropped, writer) = (state.shut, state.dropped, state.writer.take());
            drop(state);
            if let Some(writer) = writer {
                writer.wake();
            }
            let failed = self.send(&mut stream, bytes).is_err();
            if failed {
                // Whoever has more to write is to learn it.
                let mut state = self.lock();
                state.shut = true;
                let writer = state.writer.take();
                drop(state);
                if let Some(writer) = writer {
                    writer.wake();
                }
            }
            if dropped || failed {
                // The reading thread must not wait for a peer that nobody listens to.
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            if shut {
                let _ = stream.shutdown(Shutdown::Write);
                drop(self.wait(|state| state.dropped));
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.lock().dropped = true;
        self.0.changed.notify_all();
    }
}

impl Read for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut cursor: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        if state.inbound.is_empty() {
            return match state.end {
                Some(ErrorKind::UnexpectedEof) => Poll::Ready(Ok(())),
                Some(kind) => Poll::Ready(Err(kind.into())),
                None => {
                    let old = state.reader.replace(cx.waker().clone());
                    drop(state);
                    drop(old);
                    Poll::Pending
                }
            };
        }
        let (head, _) = state.inbound.as_slices();
        let n = head.len().min(cursor.remaining());
        cursor.put_slice(&head[..n]);
        state.inbound.drain(..n);
        drop(state);
        self.0.changed.notify_all();
        Poll::Ready(Ok(()))
    }
}

impl Write for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        if state.shut {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        let room = BOUND.saturating_sub(state.outbound.len());
        if room == 0 {
            let old = state.writer.replace(cx.waker().clone());
            drop(state);
            drop(old);
            return Poll::Pending;
        }
        let n = room.min(bytes.len());
        state.outbound.extend(&bytes[..n]);
        drop(state);
        self.0.changed.notify_all();
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.lock().shut = true;
        self.0.changed.notify_all();
        Poll::Ready(Ok(()))
    }
}
