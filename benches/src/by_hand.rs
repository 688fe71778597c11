//! A server's connection over memory, driven by hand. Nothing in it waits and no system is called, so all that runs is
//! the server, and it takes the same instructions each time.

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

/// A runtime that runs its tasks when told to, and whose timers never ring.
#[derive(Clone, Default)]
pub struct Hand(Arc<Mutex<Vec<Task>>>);

struct Task {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    woken: Arc<Woken>,
    waker: Waker,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Runtime for Hand {
    type Sleep = Pending<()>;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let task = Task { future: Box::pin(task), waker: woken.clone().into(), woken };
        lock(&self.0).push(task);
    }

    fn sleep_until(&self, _: Instant) -> Pending<()> {
        pending()
    }
}

impl Hand {
    /// Runs all tasks until none can go on.
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

/// One end of a connection: the server's.
pub struct Memory(Arc<Mutex<Pipe>>);

#[derive(Default)]
struct Pipe {
    /// What was sent to the server and not read yet.
    input: Vec<u8>,
    output: Vec<u8>,
    reader: Option<Waker>,
}

impl Read for Memory {
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

impl Write for Memory {
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

/// A listener that one connection comes to.
pub struct Once(Option<Memory>);

impl Listener for Once {
    type Io = Memory;

    async fn accept(&mut self) -> io::Result<(Memory, SocketAddr)> {
        match self.0.take() {
            Some(memory) => Ok((memory, SocketAddr::from(([127, 0, 0, 1], 1)))),
            None => pending().await,
        }
    }
}

/// The other end of a connection: the client's, which also drives the server.
pub struct Client {
    hand: Hand,
    pipe: Arc<Mutex<Pipe>>,
    /// What is sent in one round, piece by piece, each once there is nothing left to do about the one before.
    round: Vec<Vec<u8>>,
}

impl Client {
    /// Connects to a server that runs on `hand`, opens a session on polling and gets ready to post payloads of this
    /// many messages of 32 bytes, and to fetch them back.
    ///
    /// `serve` starts the server.
    pub fn polling(hand: Hand, messages: usize, serve: impl FnOnce(&Hand, Once)) -> Self {
        let mut client = Self::connect(hand, serve);
        let (open, ..) = polling_requests("", messages);
        client.exchange(&open);
        let sid = session_id(&lock(&client.pipe).output);
        let (_, post, get) = polling_requests(&sid, messages);
        client.round = vec![post, get];
        client
    }

    /// As [`polling`](Self::polling), on WebSocket: the messages arrive at once, in as many frames.
    pub fn websocket(hand: Hand, messages: usize, serve: impl FnOnce(&Hand, Once)) -> Self {
        let mut client = Self::connect(hand, serve);
        let (open, frames) = websocket_requests(messages);
        client.exchange(&open);
        client.round = vec![frames];
        client
    }

    /// As [`polling`](Self::polling), without a session: to [open and close](Self::open_and_close) them.
    pub fn cycling(hand: Hand, serve: impl FnOnce(&Hand, Once)) -> Self {
        let mut client = Self::connect(hand, serve);
        let (open, close) = cycle_requests("{sid}");
        let at = close.windows(5).position(|bytes| bytes == b"{sid}").expect("it names a session");
        client.round = vec![open, close[..at].to_vec(), close[at + 5..].to_vec()];
        client
    }

    /// Opens a session and closes it. Returns how many bytes came.
    ///
    /// # Panics
    /// If no session is opened.
    pub fn open_and_close(&mut self) -> usize {
        let round = std::mem::take(&mut self.round);
        let [open, before, after] = &round[..] else { panic!("this client has a session") };
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

    fn connect(hand: Hand, serve: impl FnOnce(&Hand, Once)) -> Self {
        let pipe = Arc::<Mutex<Pipe>>::default();
        serve(&hand, Once(Some(Memory(pipe.clone()))));
        Self { hand, pipe, round: Vec::new() }
    }

    /// Sends a payload or frames and gets them back. Returns how many bytes came.
    pub fn echo(&mut self) -> usize {
        let round = std::mem::take(&mut self.round);
        let count = round.iter().map(|piece| self.exchange(piece)).sum();
        self.round = round;
        count
    }

    /// What came last.
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
        self.hand.run();
        lock(&self.pipe).output.len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
