//! The runtime trait, on smol.

use engineio_hyper::Runtime;
use smol::{Executor, Timer, future::FutureExt};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// The executor that an engine's tasks run on. Timers are smol's own, and need none.
///
/// It is smol's global executor, whose tasks are run by as many threads as the environment variable `SMOL_THREADS`
/// says, unless it is made from one of yours:
///
/// ```
/// use engineio_smol::{Engine, SmolRuntime};
/// use smol::Executor;
/// use std::sync::Arc;
///
/// # fn main() -> Result<(), engineio_smol::BuildError> {
/// let executor = Arc::new(Executor::new());
/// let engine = Engine::builder_on(SmolRuntime::from(executor.clone())).build()?;
/// // Its tasks make progress in threads that are in `executor.run(…)`.
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct SmolRuntime {
    /// `None` is the global one.
    executor: Option<Arc<Executor<'static>>>,
}

impl SmolRuntime {
    /// smol's global executor.
    #[must_use]
    pub const fn global() -> Self {
        Self { executor: None }
    }
}

impl From<Arc<Executor<'static>>> for SmolRuntime {
    fn from(executor: Arc<Executor<'static>>) -> Self {
        Self { executor: Some(executor) }
    }
}

impl Runtime for SmolRuntime {
    type Sleep = Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match &self.executor {
            Some(executor) => executor.spawn(task),
            None => smol::spawn(task),
        }
        .detach();
    }

    /// In a thread for blocking work, of which there are as many as `BLOCKING_MAX_THREADS` says.
    fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        smol::unblock(work).detach();
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep(Timer::at(deadline))
    }
}

impl fmt::Debug for SmolRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmolRuntime").field("global", &self.executor.is_none()).finish_non_exhaustive()
    }
}

/// Ends when the time has come.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep(Timer);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx).map(drop)
    }
}
