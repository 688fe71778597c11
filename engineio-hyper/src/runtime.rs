//! What a runtime must offer.

use std::{future::Future, pin::Pin, time::Instant};

/// What a runtime must offer: tasks, a timer and a clock.
///
/// Everything else that a server needs comes from hyper, whose [`rt`](hyper::rt) traits the listener's
/// connections implement. So a runtime is supported by implementing this trait, which is what `engineio-tokio`
/// and `engineio-smol` do, and by a loop that accepts connections:
///
/// ```
/// use engineio_hyper::Runtime;
/// use std::{future::Future, pin::Pin, thread, time::Instant};
///
/// /// A thread for each task and for each timer: slow, but a runtime.
/// #[derive(Clone)]
/// struct Threads;
///
/// impl Runtime for Threads {
///     type Sleep = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;
///
///     fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
///         thread::spawn(move || pollster::block_on(task));
///     }
///
///     fn sleep_until(&self, deadline: Instant) -> Self::Sleep {
///         let (done, elapsed) = tokio::sync::oneshot::channel();
///         thread::spawn(move || {
///             thread::sleep(deadline.saturating_duration_since(Instant::now()));
///             let _ = done.send(());
///         });
///         Box::pin(async { elapsed.await.unwrap_or_default() })
///     }
/// }
/// ```
pub trait Runtime: Clone + Send + Sync + 'static {
    /// Ends when the time has come.
    type Sleep: Future<Output = ()> + Send + Sync + 'static;

    /// Runs a task in the background.
    ///
    /// It is called from whatever thread the application uses its handles on, also from one that does not
    /// belong to the runtime, and from destructors. It must not run the task before it returns.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

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
    fn sleep_until_boxed(&self, deadline: Instant) -> BoxFuture;
    fn clock(&self) -> Instant;
}

pub(crate) type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<Rt: Runtime> AnyRuntime for Rt {
    fn spawn_boxed(&self, task: BoxFuture) {
        self.spawn(task);
    }

    fn sleep_until_boxed(&self, deadline: Instant) -> BoxFuture {
        Box::pin(self.sleep_until(deadline))
    }

    fn clock(&self) -> Instant {
        self.now()
    }
}
