//! Tasks that first run in the order in which they became ready.
//!
//! A worker of tokio's multi-threaded runtime runs the task that became ready last before all others: of two connections
//! that bring something at the same time, the later one is served first. A task that gives way once goes to the end of
//! the worker's queue. So a task here gives way if another became ready before it and has not run since.

use pin_project_lite::pin_project;
use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Threads beyond this many share their counts, which costs a task that gives way in vain.
const THREADS: usize = 64;

/// How many tasks became ready on a thread, and how many of those have run or will never run.
struct Counts {
    ready: AtomicU32,
    begun: AtomicU32,
}

static COUNTS: [Counts; THREADS] = [const { Counts { ready: AtomicU32::new(0), begun: AtomicU32::new(0) } }; THREADS];

/// The counts of this thread.
fn this_thread() -> usize {
    static THREAD: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static INDEX: Cell<Option<usize>> = const { Cell::new(None) };
    }
    let index = INDEX.try_with(|index| {
        let found = index.get().unwrap_or_else(|| THREAD.fetch_add(1, Ordering::Relaxed) % THREADS);
        index.set(Some(found));
        found
    });
    index.unwrap_or_default()
}

/// A task's place among those that became ready on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    thread: usize,
    number: u32,
}

impl Turn {
    /// The next on this thread.
    fn next() -> Self {
        let thread = this_thread();
        Self { thread, number: COUNTS[thread].ready.fetch_add(1, Ordering::Relaxed) }
    }

    /// Whether another became ready before on this thread and has not run since. On another thread the task was taken over
    /// by a worker that had nothing else to do.
    fn is_early(self) -> bool {
        let Self { thread, number } = self;
        let begun = COUNTS[thread].begun.load(Ordering::Relaxed);
        thread == this_thread() && number.wrapping_sub(begun).cast_signed() > 0
    }

    /// The task runs now, or never will.
    fn begin(self) {
        COUNTS[self.thread].begun.fetch_add(1, Ordering::Relaxed);
    }

    const fn to_bits(self) -> u64 {
        ((self.thread as u64 + 1) << 32) | self.number as u64
    }

    const fn from_bits(bits: u64) -> Option<Self> {
        let (thread, number) = ((bits >> 32) as usize, (bits & 0xffff_ffff) as u32);
        match thread.checked_sub(1) {
            Some(thread) if thread < THREADS => Some(Self { thread, number }),
            _ => None,
        }
    }
}

/// The turn of a task, if it has one.
#[derive(Debug)]
struct Slot(AtomicU64);

impl Slot {
    const NONE: u64 = 0;
    const OVER: u64 = u64::MAX;

    fn get(&self) -> Option<Turn> {
        Turn::from_bits(self.0.load(Ordering::Acquire))
    }

    /// Takes the turn and leaves this.
    fn put(&self, bits: u64) -> Option<Turn> {
        Turn::from_bits(self.0.swap(bits, Ordering::AcqRel))
    }

    /// Gives the task a turn, unless it has one or is over.
    fn fill(&self) {
        if self.0.load(Ordering::Acquire) == Self::NONE {
            let turn = Turn::next();
            if self.0.compare_exchange(Self::NONE, turn.to_bits(), Ordering::AcqRel, Ordering::Acquire).is_err() {
                turn.begin();
            }
        }
    }
}

pin_project! {
    /// A task that runs in the order in which it became ready.
    pub(crate) struct InOrder<F> {
        #[pin]
        task: F,
        shared: Arc<Shared>,
        // What the task is polled with.
        waker: Waker,
        // It has given way.
        gave_way: bool,
    }

    impl<F> PinnedDrop for InOrder<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(turn) = this.shared.slot.put(Slot::OVER) {
                turn.begin();
            }
        }
    }
}

struct Shared {
    slot: Slot,
    /// tokio's waker of the task, from its first poll on. A task has only one.
    waker: OnceLock<Waker>,
}

impl<F: Future<Output = ()>> InOrder<F> {
    /// A task that is ready from now on.
    pub(crate) fn new(task: F) -> Self {
        let shared = Arc::new(Shared { slot: Slot(AtomicU64::new(Turn::next().to_bits())), waker: OnceLock::new() });
        Self { task, waker: shared.clone().into(), shared, gave_way: false }
    }
}

impl<F: Future<Output = ()>> Future for InOrder<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        this.shared.waker.get_or_init(|| cx.waker().clone());
        if !*this.gave_way && this.shared.slot.get().is_some_and(Turn::is_early) {
            *this.gave_way = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        *this.gave_way = false;
        if let Some(turn) = this.shared.slot.put(Slot::NONE) {
            turn.begin();
        }
        let _running = Running::begin();
        this.task.poll(&mut Context::from_waker(this.waker))
    }
}

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

/// A task here runs on this thread until this is dropped.
struct Running {
    before: bool,
}

impl Running {
    fn begin() -> Self {
        Self { before: RUNNING.replace(true) }
    }

    fn is_there() -> bool {
        RUNNING.try_with(Cell::get).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.set(self.before);
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // What a task here makes ready runs when tokio likes. Order is for what connections and timers make ready.
        if !Running::is_there() {
            self.slot.fill();
        }
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }
}
