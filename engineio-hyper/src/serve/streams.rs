//! The open streams of an HTTP/2 connection, and whether their peer takes what is sent to them.
//!
//! A peer gives each stream a window, and may give it none while it keeps the connection alive. hyper and h2 then keep what
//! was handed to them. So each piece of a response is watched until it has left, and a stream whose pieces do not move is
//! reset.

use bytes::{Buf, Bytes};
use std::{
    cell::Cell,
    collections::BTreeMap,
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
};

/// So often in the time for which a stream may not move it is looked whether it has.
pub(super) const LOOKS: u32 = 8;

thread_local! {
    /// The stream whose task is handed to the executor next. hyper calls the service and the executor one after the other,
    /// and the executor again from within the task of a stream that becomes something else than a response.
    static NEXT: Cell<Option<Arc<Stream>>> = const { Cell::new(None) };
}

/// The open streams of a connection.
#[derive(Debug, Default)]
pub(super) struct Streams(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    streams: BTreeMap<u64, Watch>,
    next: u64,
    /// The connection's task, if it is to know when no stream is open.
    waker: Option<Waker>,
}

/// What is known of a stream from the last look.
#[derive(Debug)]
struct Watch {
    state: Arc<State>,
    moves: usize,
    /// How often nothing had moved since the look before.
    still: u32,
}

/// An open stream. It is open until its task has ended and all pieces of its response have left.
pub(super) struct Stream {
    id: u64,
    connects: bool,
    state: Arc<State>,
    streams: Arc<Streams>,
}

#[derive(Debug, Default)]
struct State {
    /// How many pieces of the response have not left.
    pieces: AtomicUsize,
    /// How often something has moved.
    moves: AtomicUsize,
    /// The application has let go of it.
    released: AtomicBool,
    /// The task is to be woken when the last piece has left.
    ends: AtomicBool,
    task: Mutex<Task>,
}

/// The task of a stream.
#[derive(Debug, Default)]
enum Task {
    #[default]
    New,
    Waits(Waker),
    /// It is to end.
    GivenUp,
    Ended,
}

impl Streams {
    /// Opens a stream, whose task is to be handed to the executor next.
    pub(super) fn open(self: &Arc<Self>, connects: bool) -> Arc<Stream> {
        let state = Arc::<State>::default();
        let mut open = self.lock();
        let id = open.next;
        open.next += 1;
        open.streams.insert(id, Watch { state: state.clone(), moves: 0, still: 0 });
        drop(open);
        let stream = Arc::new(Stream { id, connects, state, streams: self.clone() });
        stream.announce();
        stream
    }

    /// Whether a stream is open. If so, the waker is woken when none is.
    pub(super) fn any(&self, waker: &Waker) -> bool {
        let open = self.lock();
        if open.streams.is_empty() {
            return false;
        }
        if open.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            return true;
        }
        drop(open);
        // Nothing of the runtime's is called under the lock.
        let waker = waker.clone();
        let mut open = self.lock();
        let any = !open.streams.is_empty();
        let old = open.waker.replace(waker);
        drop(open);
        drop(old);
        any
    }

    /// Looks whether all streams get on, and gives up those that have not for [`LOOKS`] looks. `Ready` if one of them can no
    /// longer be reset, as all of its response was handed over: then the connection is to be dropped.
    pub(super) fn look(&self) -> Poll<()> {
        let mut given_up = Vec::new();
        for watch in self.lock().streams.values_mut() {
            let moves = watch.state.moves.load(Ordering::SeqCst);
            if moves != mem::replace(&mut watch.moves, moves) || !watch.state.waits_for_peer() {
                watch.still = 0;
                continue;
            }
            watch.still += 1;
            if watch.still >= LOOKS {
                given_up.push(watch.state.clone());
            }
        }
        let mut over = Poll::Pending;
        for state in given_up {
            // The lock is free again when the task is woken.
            let task = mem::replace(&mut *state.task(), Task::GivenUp);
            match task {
                Task::New | Task::GivenUp => {}
                Task::Waits(waker) => waker.wake(),
                Task::Ended => over = Poll::Ready(()),
            }
        }
        over
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// The stream whose task this is.
    pub(super) fn announced() -> Option<Arc<Self>> {
        NEXT.take()
    }

    /// The next task that is handed to the executor is this stream's.
    pub(super) fn announce(self: &Arc<Self>) {
        NEXT.set(Some(self.clone()));
    }

    /// Whether it was asked to become something else than a response, such as a WebSocket.
    pub(super) const fn connects(&self) -> bool {
        self.connects
    }

    /// The task begins to be polled. `Ready` if the stream was given up.
    pub(super) fn poll_given_up(&self, waker: &Waker) -> Poll<()> {
        match &*self.state.task() {
            Task::GivenUp => return Poll::Ready(()),
            Task::Waits(old) if old.will_wake(waker) => return Poll::Pending,
            Task::New | Task::Waits(_) | Task::Ended => {}
        }
        let waker = waker.clone();
        let mut task = self.state.task();
        if matches!(*task, Task::GivenUp) {
            return Poll::Ready(());
        }
        let old = mem::replace(&mut *task, Task::Waits(waker));
        drop(task);
        drop(old);
        Poll::Pending
    }

    /// The task has ended: the stream cannot be reset any more.
    pub(super) fn end(&self) {
        let old = mem::replace(&mut *self.state.task(), Task::Ended);
        drop(old);
    }

    /// Watches a piece of the response until it has left.
    pub(super) fn hand(self: &Arc<Self>, bytes: Bytes) -> Piece {
        self.state.pieces.fetch_add(1, Ordering::SeqCst);
        self.moved();
        Piece { bytes, stream: Some(self.clone()) }
    }

    fn moved(&self) {
        self.state.moves.fetch_add(1, Ordering::SeqCst);
    }

    /// A piece has left.
    fn left(&self) {
        self.moved();
        if self.state.pieces.fetch_sub(1, Ordering::SeqCst) == 1 && self.state.ends.load(Ordering::SeqCst) {
            let mut task = self.state.task();
            // The task says anew by what it is woken when it is polled.
            let waiting = if matches!(*task, Task::Waits(_)) { mem::take(&mut *task) } else { Task::New };
            drop(task);
            if let Task::Waits(waker) = waiting {
                waker.wake();
            }
        }
    }

    /// Waits until all pieces have left. To be called by the task.
    pub(super) fn poll_left(&self) -> Poll<()> {
        self.state.ends.store(true, Ordering::SeqCst);
        if self.state.pieces.load(Ordering::SeqCst) == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// From now on it is given up if it does not end.
    fn release(&self) {
        self.moved();
        self.state.released.store(true, Ordering::SeqCst);
    }
}

impl State {
    /// Whether it is the peer that does not let the stream get on.
    fn waits_for_peer(&self) -> bool {
        self.pieces.load(Ordering::SeqCst) > 0 || self.released.load(Ordering::SeqCst)
    }

    fn task(&self) -> MutexGuard<'_, Task> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        let watch = open.streams.remove(&self.id);
        let waker = if open.streams.is_empty() { open.waker.take() } else { None };
        drop(open);
        drop(watch);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Among the extensions of a request that asks to become something else: for a stream that somebody
/// [holds](Self::hold), it is known when it is no longer used.
#[derive(Clone, Debug)]
pub(super) struct Lease(Weak<Stream>);

/// A stream that is in use. When this is dropped, the stream must end in time.
#[derive(Debug)]
pub(super) struct Held(Arc<Stream>);

impl Lease {
    pub(super) fn new(stream: &Arc<Stream>) -> Self {
        Self(Arc::downgrade(stream))
    }

    pub(super) fn hold(&self) -> Option<Held> {
        self.0.upgrade().map(Held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A piece of a response's body.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    /// The stream that it is watched for. On HTTP/1.1 there is none.
    stream: Option<Arc<Stream>>,
}

impl From<Bytes> for Piece {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, stream: None }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(stream) = &self.stream {
            stream.moved();
        }
    }

    fn copy_to_bytes(&mut self, count: usize) -> Bytes {
        self.bytes.copy_to_bytes(count)
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            stream.left();
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}
