//! Connections in memory that take and give one byte at a time, so that every byte is followed by an await point.

use engineio_hyper::Listener;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// The client's end of a connection. Dropping it ends the connection.
#[derive(Debug)]
pub(super) struct Peer(Arc<Mutex<Pipe>>);

/// The server's end.
#[derive(Debug)]
pub(super) struct Conn(Arc<Mutex<Pipe>>);

#[derive(Debug, Default)]
struct Pipe {
    to_server: VecDeque<u8>,
    to_client: Vec<u8>,
    client_gone: bool,
    server_gone: bool,
    /// A byte was read, or written, and the next one is for the next poll.
    has_read: bool,
    has_written: bool,
    reader: Option<Waker>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Peer {
    pub(super) fn write(&self, bytes: &[u8]) {
        self.change(|pipe| pipe.to_server.extend(bytes));
    }

    /// Sends a masked text frame.
    pub(super) fn frame(&self, text: &str) {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).expect("the frame is short");
        self.write(&[&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat());
    }

    /// All that has come until now.
    pub(super) fn received(&self) -> Vec<u8> {
        lock(&self.0).to_client.clone()
    }

    /// Whether the server has let go of the connection.
    pub(super) fn is_over(&self) -> bool {
        lock(&self.0).server_gone
    }

    fn change(&self, change: impl FnOnce(&mut Pipe)) {
        let mut pipe = lock(&self.0);
        change(&mut pipe);
        let reader = pipe.reader.take();
        drop(pipe);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.change(|pipe| pipe.client_gone = true);
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        lock(&self.0).server_gone = true;
    }
}

impl Read for Conn {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut pipe = lock(&self.0);
        if pipe.to_server.is_empty() {
            if pipe.client_gone {
                return Poll::Ready(Ok(()));
            }
            pipe.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        pipe.has_read = !pipe.has_read;
        if !pipe.has_read {
            drop(pipe);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        buffer.put_slice(pipe.to_server.pop_front().as_slice());
        Poll::Ready(Ok(()))
    }
}

impl Write for Conn {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut pipe = lock(&self.0);
        if pipe.client_gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        pipe.has_written = !pipe.has_written;
        if !pipe.has_written {
            drop(pipe);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let first = &bytes[..bytes.len().min(1)];
        pipe.to_client.extend_from_slice(first);
        Poll::Ready(Ok(first.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.0).server_gone = true;
        Poll::Ready(Ok(()))
    }
}

/// Where connections come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipes(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    connections: VecDeque<Conn>,
    acceptor: Option<Waker>,
}

impl Pipes {
    pub(super) fn connect(&self) -> Peer {
        let pipe = Arc::new(Mutex::new(Pipe::default()));
        let mut waiting = lock(&self.0);
        waiting.connections.push_back(Conn(pipe.clone()));
        let acceptor = waiting.acceptor.take();
        drop(waiting);
        if let Some(acceptor) = acceptor {
            acceptor.wake();
        }
        Peer(pipe)
    }
}

impl Listener for Pipes {
    type Io = Conn;

    async fn accept(&mut self) -> io::Result<(Conn, SocketAddr)> {
        poll_fn(|cx| {
            let mut waiting = lock(&self.0);
            match waiting.connections.pop_front() {
                Some(connection) => Poll::Ready(Ok((connection, (Ipv4Addr::LOCALHOST, 1).into()))),
                None => {
                    waiting.acceptor = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}
