//! What a runtime must offer.

use std::{future::Future, pin::Pin, time::Instant};

/// What a runtime must offer: tasks, a timer and a clock.
///
/// # Writing an adapter
///
/// Three things make an adapter, and none of them knows of Engine.IO:
///
/// 1. a type that implements this trait. All tasks of an engine are [spawned](Self::spawn) by it: one for each
///    WebSocket, one timer for each shard, now and then one that calls a handler or drains a body;
/// 2. the runtime's connections as hyper wants them, by its traits [`Read`](hyper::rt::Read) and
///    [`Write`](hyper::rt::Write). Many runtimes have this already (`hyper_util::rt::TokioIo`,
///    `engineio_smol::SmolIo`);
/// 3. a [`Listener`](crate::Listener), for [`serve`](crate::serve). Who brings a server needs neither this nor the
///    second: any that polls a tower service will do, if it drops what it polls when the peer goes away.
///
/// Here is all of it, for a runtime that has a thread for each task and leaves readiness and timers to the crate
/// `async-io`:
///
/// ```
/// use async_io::{Async, Timer};
/// use engineio_hyper::{Engine, Listener, Runtime, serve};
/// use futures_lite::{AsyncRead, AsyncWrite, ready};
/// use hyper::rt::{Read, ReadBufCursor, Write};
/// use std::{
///     io,
///     net::{SocketAddr, TcpListener, TcpStream},
///     pin::Pin,
///     task::{Context, Poll},
///     thread,
///     time::Instant,
/// };
///
/// // 1. Tasks and time.
///
/// #[derive(Clone, Copy)]
/// struct Threads;
///
/// impl Runtime for Threads {
///     // Boxed, as `Timer` says what time it is when it ends. A type of your own saves that.
///     type Sleep = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;
///
///     fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
///         thread::spawn(|| async_io::block_on(task));
///     }
///
///     fn sleep_until(&self, deadline: Instant) -> Self::Sleep {
///         Box::pin(async move { drop(Timer::at(deadline).await) })
///     }
/// }
///
/// // 2. Connections. `hyper::rt` also has a method for several slices at once; it saves system calls.
///
/// struct Connection(Async<TcpStream>);
///
/// impl Read for Connection {
///     fn poll_read(
///         mut self: Pin<&mut Self>,
///         cx: &mut Context<'_>,
///         mut cursor: ReadBufCursor<'_>,
///     ) -> Poll<io::Result<()>> {
///         let mut buffer = [0; 4096];
///         let size = buffer.len().min(cursor.remaining());
///         let read = ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer[..size]))?;
///         cursor.put_slice(&buffer[..read]);
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// impl Write for Connection {
///     fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
///         Pin::new(&mut self.0).poll_write(cx, bytes)
///     }
///
///     fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Pin::new(&mut self.0).poll_flush(cx)
///     }
///
///     fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Pin::new(&mut self.0).poll_close(cx)
///     }
/// }
///
/// // 3. Where they come from.
///
/// struct Tcp(Async<TcpListener>);
///
/// impl Listener for Tcp {
///     type Io = Connection;
///
///     async fn accept(&mut self) -> io::Result<(Connection, SocketAddr)> {
///         let (stream, remote_addr) = self.0.accept().await?;
///         stream.get_ref().set_nodelay(true)?;
///         Ok((Connection(stream), remote_addr))
///     }
/// }
///
/// // That is all.
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder_on(Threads).build()?;
/// let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
/// # let mut client = TcpStream::connect(listener.get_ref().local_addr()?)?;
/// let server = serve(Threads, Tcp(listener), engine.service());
/// Threads.spawn(async { match server.await {} });
/// # use std::io::{Read as _, Write as _};
/// # client.write_all(b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n")?;
/// # let mut answer = [0; 15];
/// # client.read_exact(&mut answer)?;
/// # assert_eq!(&answer, b"HTTP/1.1 200 OK");
/// # assert_eq!(engine.len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// To see whether it is right, put it to the suites that the adapters of this repository are put to:
/// `engineio_suite::wire_tests!` and `engineio_suite::cancel_tests!`.
pub trait Runtime: Clone + Send + Sync + 'static {
    /// Ends when the time has come.
    type Sleep: Future<Output = ()> + Send + Sync + 'static;

    /// Runs a task in the background.
    ///
    /// It is called from whatever thread the application uses its handles on, also from one that does not
    /// belong to the runtime, and from destructors. It must not run the task before it returns.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

    /// Runs what takes a while, such as the compression of a large answer, without keeping other tasks waiting. If it
    /// is not overridden, it is a task of its own that does not yield.
    fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        self.spawn(async { work() });
    }

    /// Waits until `deadline`, which may be in the past.
    fn sleep_until(&self, deadline: Instant) -> Self::Sleep;

    /// The time. Override it where the runtime's timer has a clock of its own, say a virtual one in tests.
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// A [`Runtime`] whose type was forgotten, so that handles of sessions need not name it.
pub(crate) trait AnyRuntime: Send + Sync {
    fn spawn_boxed(&self, task: BoxFuture);
    fn spawn_blocking_boxed(&self, work: Box<dyn FnOnce() + Send>);
    fn sleep_until_boxed(&self, deadline: Instant) -> BoxFuture;
    fn clock(&self) -> Instant;
}

pub(crate) type BoxFuture<T = ()> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<Rt: Runtime> AnyRuntime for Rt {
    fn spawn_boxed(&self, task: BoxFuture) {
        self.spawn(task);
    }

    fn spawn_blocking_boxed(&self, work: Box<dyn FnOnce() + Send>) {
        self.spawn_blocking(work);
    }

    fn sleep_until_boxed(&self, deadline: Instant) -> BoxFuture {
        Box::pin(self.sleep_until(deadline))
    }

    fn clock(&self) -> Instant {
        self.now()
    }
}
