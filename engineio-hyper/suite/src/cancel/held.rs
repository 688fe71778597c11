//! A runtime whose tasks are polled by the test, one at a time, and dropped when it wants.

use engineio_hyper::Runtime;
use std::{
    future::Future,
    ops::RangeBounds,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Instant,
};

/// Timers and the clock are those of the runtime under test. Tasks wait until somebody calls [`Held::step`].
#[derive(Clone, Debug)]
pub(super) struct Held<Rt> {
    runtime: Rt,
    tasks: Arc<Mutex<Tasks>>,
}

#[derive(Debug, Default)]
struct Tasks {
    /// In the order in which they were spawned, with the number of each.
    all: Vec<(u64, Arc<Task>)>,
    spawned: u64,
}

struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    woken: AtomicBool,
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("woken", &self.woken).finish_non_exhaustive()
    }
}

impl<Rt: Runtime> Held<Rt> {
    pub(super) fn new(runtime: Rt) -> Self {
        Self { runtime, tasks: Arc::default() }
    }

    /// Polls one task that was woken: the oldest. `false` if there is none.
    pub(super) fn step(&self) -> bool {
        let woken = |(_, task): &&(u64, Arc<Task>)| task.woken.swap(false, Ordering::SeqCst);
        let Some((number, task)) = self.lock().all.iter().find(woken).cloned() else { return false };
        let waker = Waker::from(task.clone());
        let mut slot = task.future.lock().unwrap_or_else(PoisonError::into_inner);
        let done = slot.as_mut().is_none_or(|future| future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        if done {
            let future = slot.take();
            self.lock().all.retain(|(other, _)| *other != number);
            drop(slot);
            drop(future);
        }
        true
    }

    /// The number of the next task.
    pub(super) fn next(&self) -> u64 {
        self.lock().spawned
    }

    /// Drops the tasks of these numbers. What they spawn while they are dropped stays.
    pub(super) fn drop_tasks(&self, numbers: impl RangeBounds<u64>) {
        let mut tasks = self.lock();
        let (dropped, kept) =
            std::mem::take(&mut tasks.all).into_iter().partition(|(number, _)| numbers.contains(number));
        tasks.all = kept;
        drop(tasks);
        for (_, task) in dropped {
            let future = task.future.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(future);
        }
    }

    /// How many tasks there are.
    pub(super) fn len(&self) -> usize {
        self.lock().all.len()
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Rt: Runtime> Runtime for Held<Rt> {
    type Sleep = Rt::Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = Arc::new(Task { future: Mutex::new(Some(Box::pin(task))), woken: AtomicBool::new(true) });
        let mut tasks = self.lock();
        let id = tasks.spawned;
        tasks.spawned += 1;
        tasks.all.push((id, task));
    }

    fn sleep_until(&self, deadline: Instant) -> Rt::Sleep {
        self.runtime.sleep_until(deadline)
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
    }
}

/// A waker that can be asked.
#[derive(Debug, Default)]
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn poll<F: Future + ?Sized>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Waker::from(self.clone())))
    }

    /// Whether it was woken, since this was asked last.
    pub(super) fn was_woken(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
