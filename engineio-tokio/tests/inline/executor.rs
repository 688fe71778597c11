//! The executor: a task is polled by whoever wakes it, before `wake` returns.

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::Instant;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a future on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls inside `wake`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inline;

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    future: Mutex<Option<Boxed>>,
    turn: Mutex<Turn>,
}

/// Who polls a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Nobody,
    Somebody,
    /// Somebody, who has to do it once more.
    Again,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut turn = lock(&self.turn);
        if *turn != Turn::Nobody {
            *turn = Turn::Again;
            return;
        }
        *turn = Turn::Somebody;
        drop(turn);
        loop {
            self.poll();
            let mut turn = lock(&self.turn);
            if *turn == Turn::Somebody {
                *turn = Turn::Nobody;
                return;
            }
            *turn = Turn::Somebody;
        }
    }
}

impl Task {
    fn poll(self: &Arc<Self>) {
        let waker = Waker::from(self.clone());
        // Only the one who has the turn takes this lock.
        let mut slot = lock(&self.future);
        let Some(future) = slot.as_mut() else { return };
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            let done = slot.take();
            drop(slot);
            drop(done);
        }
    }
}

impl engineio_hyper::Runtime for Inline {
    type Sleep = Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = Arc::new(Task { future: Mutex::new(Some(Box::pin(task))), turn: Mutex::new(Turn::Nobody) });
        thread::spawn(move || task.wake());
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep { deadline, id: None }
    }
}

/// The times that somebody waits for.
#[derive(Default)]
struct Timer {
    agenda: Mutex<Agenda>,
    changed: Condvar,
}

#[derive(Default)]
struct Agenda {
    next: u64,
    sleepers: BTreeMap<(Instant, u64), Waker>,
}

impl Timer {
    fn get() -> &'static Self {
        static TIMER: OnceLock<Timer> = OnceLock::new();
        static THREAD: OnceLock<()> = OnceLock::new();
        let timer = TIMER.get_or_init(Self::default);
        THREAD.get_or_init(|| drop(thread::spawn(|| timer.run())));
        timer
    }

    fn run(&self) {
        let mut agenda = lock(&self.agenda);
        loop {
            let now = Instant::now();
            match agenda.sleepers.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let waker = first.remove();
                    // Whatever it leads to, the others are not to wait for it.
                    thread::spawn(|| waker.wake());
                }
                Some(first) => {
                    let left = first.key().0 - now;
                    agenda = self.changed.wait_timeout(agenda, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => agenda = self.changed.wait(agenda).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// Ends at its time.
pub(crate) struct Sleep {
    deadline: Instant,
    id: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.deadline <= Instant::now() {
            return Poll::Ready(());
        }
        let timer = Timer::get();
        let mut agenda = lock(&timer.agenda);
        let id = *self.id.get_or_insert_with(|| {
            agenda.next += 1;
            agenda.next
        });
        let old = agenda.sleepers.insert((self.deadline, id), cx.waker().clone());
        drop(agenda);
        drop(old);
        timer.changed.notify_one();
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let old = lock(&Timer::get().agenda).sleepers.remove(&(self.deadline, id));
            drop(old);
        }
    }
}
