//! A runtime in which nothing happens unless a test says so.

use engineio_hyper::{Engine, EngineBuilder, Runtime, Socket};
use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

/// A runtime on the thread of the test, with a clock that the test moves.
#[derive(Clone)]
pub struct Lab(Arc<Inner>);

struct Inner {
    epoch: Instant,
    elapsed: Mutex<Duration>,
    ready: Mutex<VecDeque<Arc<Task>>>,
    timers: Mutex<Vec<(Instant, Waker)>>,
    /// Handed out to tasks, so that those that are alive can be counted.
    alive: Arc<()>,
}

type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    future: Mutex<Option<(BoxFuture, Arc<()>)>>,
    queued: AtomicBool,
    lab: Lab,
}

impl Lab {
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            epoch: Instant::now(),
            elapsed: Mutex::default(),
            ready: Mutex::default(),
            timers: Mutex::default(),
            alive: Arc::default(),
        }))
    }

    /// Starts to build an engine.
    pub fn engine(&self) -> EngineBuilder<Self> {
        Engine::builder_on(self.clone())
    }

    /// Lets the tasks run until all of them wait. Returns how often one was polled.
    pub fn run(&self) -> usize {
        let mut polls = 0;
        loop {
            let Some(task) = self.0.ready.lock().unwrap().pop_front() else { return polls };
            polls += 1;
            assert!(polls < 100_000, "the tasks go round in circles");
            task.poll();
        }
    }

    /// Lets time pass, and the tasks do at each moment what they wait for.
    pub fn advance(&self, duration: Duration) {
        self.run();
        let end = self.now() + duration;
        loop {
            let next = self.0.timers.lock().unwrap().iter().map(|(deadline, _)| *deadline).min();
            let next = next.filter(|next| *next <= end).unwrap_or(end);
            *self.0.elapsed.lock().unwrap() = next - self.0.epoch;
            let mut due = Vec::new();
            self.0.timers.lock().unwrap().retain(|(deadline, waker)| {
                let over = *deadline <= next;
                if over {
                    due.push(waker.clone());
                }
                !over
            });
            if due.is_empty() {
                return;
            }
            due.into_iter().for_each(Waker::wake);
            self.run();
        }
    }

    /// How many tasks there are.
    pub fn tasks(&self) -> usize {
        Arc::strong_count(&self.0.alive) - 1
    }

    /// Waits for a future that only needs the tasks to run.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        for _ in 0..1000 {
            if let Poll::Ready(output) = poll_once(future.as_mut()) {
                return output;
            }
            self.run();
        }
        panic!("it waits for something that does not come");
    }

    /// The next session.
    pub fn accept(&self, engine: &Engine<Self>) -> Socket {
        self.block_on(engine.accept()).expect("sessions are accepted")
    }
}

/// Polls with a waker that wakes nobody.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

impl Runtime for Lab {
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let future = Mutex::new(Some((Box::pin(task) as BoxFuture, self.0.alive.clone())));
        Arc::new(Task { future, queued: AtomicBool::new(false), lab: self.clone() }).wake();
    }

    fn sleep_until(&self, deadline: Instant) -> Self::Sleep {
        let lab = self.clone();
        Box::pin(std::future::poll_fn(move |cx| {
            if deadline <= lab.now() {
                return Poll::Ready(());
            }
            lab.0.timers.lock().unwrap().push((deadline, cx.waker().clone()));
            Poll::Pending
        }))
    }

    fn now(&self) -> Instant {
        self.0.epoch + *self.0.elapsed.lock().unwrap()
    }
}

impl Task {
    fn poll(self: Arc<Self>) {
        self.queued.store(false, Ordering::SeqCst);
        let waker = Waker::from(self.clone());
        let taken = self.future.lock().unwrap().take();
        let Some((mut future, alive)) = taken else { return };
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            *self.future.lock().unwrap() = Some((future, alive));
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            let lab = self.lab.clone();
            lab.0.ready.lock().unwrap().push_back(self);
        }
    }
}
