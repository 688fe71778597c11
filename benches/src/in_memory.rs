//! A server's connection in memory, on a runtime that the benchmark drives. Nothing blocks and no system call is made,
//! so only the server runs, and it executes the same instructions each time.

use crate::load::{cycle_requests, polling_requests, session_id, websocket_requests};
use engineio_hyper::{Listener, Runtime};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::{
    future::{Future, Pending, pending},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Instant,
};

/// A runtime that runs its tasks in [`run`](Self::run) only, and whose timers never fire.
#[derive(Clone, Default)]
pub struct ManualRuntime(Arc<Mutex<Vec<Task>>>);

struct Task {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    woken: Arc<WokenFlag>,
    waker: Waker,
}

struct WokenFlag(AtomicBool);

impl Wake for WokenFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Runtime for ManualRuntime {
    type Sleep = Pending<()>;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let woken = Arc::new(WokenFlag(AtomicBool::new(true)));
        let task = Task { future: Box::pin(task), waker: woken.clone().into(), woken };
        lock(&self.0).push(task);
    }

    fn sleep_until(&self, _: Instant) -> Pending<()> {
        pending()
    }
}

impl ManualRuntime {
    /// Polls the woken tasks until none is woken.
    pub fn run(&self) {
        let mut at = 0;
        loop {
            let mut tasks = lock(&self.0);
            let Some(next) = tasks[at.min(tasks.len())..].iter().position(|task| task.woken.0.load(Ordering::Relaxed))
            else {
                if at == 0 {
                    return;
                }
                at = 0;
                continue;
            };
            at += next;
            let mut task = tasks.swap_remove(at);
            drop(tasks);
            task.woken.0.store(false, Ordering::Relaxed);
            if task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_pending() {
                lock(&self.0).push(task);
            }
        }
    }
}

/// The server's end of a connection.
pub struct MemoryStream(Arc<Mutex<Pipe>>);

#[derive(Default)]
struct Pipe {
    /// The bytes that the client sent and the server did not read yet.
    input: Vec<u8>,
    /// The bytes that the server sent since the client's last request.
    output: Vec<u8>,
    /// Wakes the task of the server that waits for input.
    reader: Option<Waker>,
}

impl Read for MemoryStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut pipe = lock(&self.0);
        if pipe.input.is_empty() {
            pipe.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = pipe.input.len().min(buffer.remaining());
        buffer.put_slice(&pipe.input[..count]);
        pipe.input.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl Write for MemoryStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        lock(&self.0).output.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut pipe = lock(&self.0);
        let before = pipe.output.len();
        slices.iter().for_each(|slice| pipe.output.extend_from_slice(slice));
        Poll::Ready(Ok(pipe.output.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A listener that accepts one connection.
pub struct SingleConnection(Option<MemoryStream>);

impl Listener for SingleConnection {
    type Io = MemoryStream;

    async fn accept(&mut self) -> io::Result<(MemoryStream, SocketAddr)> {
        match self.0.take() {
            Some(memory) => Ok((memory, SocketAddr::from(([127, 0, 0, 1], 1)))),
            None => pending().await,
        }
    }
}

/// The client's end of a connection. It also drives the server.
pub struct Client {
    runtime: ManualRuntime,
    pipe: Arc<Mutex<Pipe>>,
    /// The requests of one round. Each is sent when the server has handled the one before.
    round: Vec<Vec<u8>>,
}

impl Client {
    /// Connects to a server and opens a polling session. [`echo`](Self::echo) then posts a payload of `messages`
    /// messages of 32 bytes and fetches their echoes by a GET.
    ///
    /// `serve` starts the server on the runtime.
    pub fn polling(
        runtime: ManualRuntime,
        messages: usize,
        serve: impl FnOnce(&ManualRuntime, SingleConnection),
    ) -> Self {
        let mut client = Self::connect(runtime, serve);
        let (open, ..) = polling_requests("", messages);
        client.exchange(&open);
        let sid = session_id(&lock(&client.pipe).output);
        let (_, post, get) = polling_requests(&sid, messages);
        client.round = vec![post, get];
        client
    }

    /// Connects to a server and opens a WebSocket session. [`echo`](Self::echo) then sends `messages` frames of 32
    /// bytes, which the server reads at once.
    ///
    /// `serve` starts the server on the runtime.
    pub fn websocket(
        runtime: ManualRuntime,
        messages: usize,
        serve: impl FnOnce(&ManualRuntime, SingleConnection),
    ) -> Self {
        let mut client = Self::connect(runtime, serve);
        let (open, frames) = websocket_requests(messages);
        client.exchange(&open);
        client.round = vec![frames];
        client
    }

    /// Connects to a server without opening a session, for [`open_and_close`](Self::open_and_close).
    ///
    /// `serve` starts the server on the runtime.
    pub fn without_session(runtime: ManualRuntime, serve: impl FnOnce(&ManualRuntime, SingleConnection)) -> Self {
        let mut client = Self::connect(runtime, serve);
        let (open, close) = cycle_requests("{sid}");
        let at = close.windows(5).position(|bytes| bytes == b"{sid}").expect("the request names a session");
        client.round = vec![open, close[..at].to_vec(), close[at + 5..].to_vec()];
        client
    }

    /// Opens a polling session and closes it. Returns the number of bytes received.
    ///
    /// # Panics
    /// Panics if the client was created with a session, or if the server does not open one.
    pub fn open_and_close(&mut self) -> usize {
        let round = std::mem::take(&mut self.round);
        let [open, before, after] = &round[..] else { panic!("the client was created with a session") };
        let opened = self.exchange(open);
        let pipe = lock(&self.pipe);
        let sid = pipe.output.windows(7).position(|bytes| bytes == br#""sid":""#).expect("an open packet") + 7;
        let sid = pipe.output[sid..].split(|byte| *byte == b'"').next().unwrap_or_default();
        let close = [before, sid, after].concat();
        drop(pipe);
        let count = opened + self.exchange(&close);
        self.round = round;
        count
    }

    fn connect(runtime: ManualRuntime, serve: impl FnOnce(&ManualRuntime, SingleConnection)) -> Self {
        let pipe = Arc::<Mutex<Pipe>>::default();
        serve(&runtime, SingleConnection(Some(MemoryStream(pipe.clone()))));
        Self { runtime, pipe, round: Vec::new() }
    }

    /// Sends the messages and receives their echoes. Returns the number of bytes received.
    pub fn echo(&mut self) -> usize {
        let round = std::mem::take(&mut self.round);
        let count = round.iter().map(|piece| self.exchange(piece)).sum();
        self.round = round;
        count
    }

    /// Returns the bytes that the server sent since the last request.
    #[must_use]
    pub fn received(&self) -> Vec<u8> {
        lock(&self.pipe).output.clone()
    }

    fn exchange(&mut self, request: &[u8]) -> usize {
        let mut pipe = lock(&self.pipe);
        pipe.output.clear();
        pipe.input.extend_from_slice(request);
        let reader = pipe.reader.take();
        drop(pipe);
        if let Some(reader) = reader {
            reader.wake();
        }
        self.runtime.run();
        lock(&self.pipe).output.len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
