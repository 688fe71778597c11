//! TCP connections as hyper wants them, with fewer system calls than by way of smol's own traits.

use async_io::ReadableOwned;
use hyper::rt::{Read, ReadBufCursor, Write};
use smol::{Async, net};
use std::{
    cell::RefCell,
    fmt,
    future::Future,
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
    /// What there was has been taken; this tells when there is more. `poll_readable` cannot, as it may pass over an event
    /// that comes while the reactor is at work in another thread, and says so by a wake-up only.
    more: Option<ReadableOwned<TcpStream>>,
}

impl SmolTcp {
    /// Makes one of a connection.
    #[must_use]
    pub fn new(stream: net::TcpStream) -> Self {
        Self { stream: stream.into(), more: None }
    }

    /// There is nothing left to be read, for now.
    fn wait(&mut self) {
        self.more = Some(self.stream.clone().readable_owned());
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
        let size = READ.min(cursor.remaining());
        loop {
            if let Some(more) = &mut self.more {
                ready!(Pin::new(more).poll(cx))?;
                self.more = None;
            }
            let read: io::Result<usize> = BUFFER.with_borrow_mut(|buffer| {
                buffer.resize(READ, 0);
                let read = self.stream.get_ref().read(&mut buffer[..size])?;
                cursor.put_slice(&buffer[..read]);
                Ok(read)
            });
            match read {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(),
                Err(error) => return Poll::Ready(Err(error)),
                Ok(read) => {
                    // The end is not followed by anything that would have to be waited for.
                    if 0 < read && read < size {
                        self.wait();
                    }
                    return Poll::Ready(Ok(()));
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::rt::ReadBuf;
    use smol::future::{self, poll_fn};
    use std::{net::TcpListener, thread, time::Duration};

    async fn read(stream: &mut SmolTcp, bytes: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| {
            let mut buffer = ReadBuf::new(bytes);
            ready!(Pin::new(&mut *stream).poll_read(cx, buffer.unfilled()))?;
            Poll::Ready(Ok(buffer.filled().len()))
        })
        .await
    }

    async fn echo(mut stream: SmolTcp) -> io::Result<()> {
        let mut bytes = [0; 100];
        loop {
            let count = read(&mut stream, &mut bytes).await?;
            if count == 0 {
                return Ok(());
            }
            poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, &bytes[..count])).await?;
        }
    }

    /// The reactor is then at work in a thread of its own, and what comes meanwhile must not be passed over.
    #[test]
    fn what_comes_is_read_on_a_thread_that_does_not_drive_the_reactor() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (server, _) = listener.accept().unwrap();
        let server = net::TcpStream::from(Async::new(server).unwrap());
        let serving = thread::spawn(|| future::block_on(echo(SmolTcp::new(server))));
        for number in 0..5000_u32 {
            client.write_all(&number.to_be_bytes()).unwrap();
            let mut answer = [0; 4];
            client.read_exact(&mut answer).unwrap();
            assert_eq!(u32::from_be_bytes(answer), number);
        }
        drop(client);
        serving.join().unwrap().unwrap();
    }
}
