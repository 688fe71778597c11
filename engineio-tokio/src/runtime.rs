//! The runtime trait, on tokio.

use crate::order::InOrder;
use engineio_hyper::Runtime;
use std::time::Instant;
use tokio::{runtime::Handle, time};

/// The tokio runtime that an engine's tasks and timers run on.
///
/// It holds on to one runtime, so that an engine's handles can be used from threads that belong to none.
#[derive(Clone, Debug)]
pub struct TokioRuntime {
    handle: Handle,
}

impl TokioRuntime {
    /// The runtime that this is called on.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[must_use]
    pub fn current() -> Self {
        Self::from(Handle::current())
    }
}

/// As [`TokioRuntime::current`].
impl Default for TokioRuntime {
    fn default() -> Self {
        Self::current()
    }
}

impl From<Handle> for TokioRuntime {
    fn from(handle: Handle) -> Self {
        Self { handle }
    }
}

impl Runtime for TokioRuntime {
    type Sleep = time::Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(InOrder::new(task));
    }

    fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        self.handle.spawn_blocking(work);
    }

    fn sleep_until(&self, deadline: Instant) -> time::Sleep {
        let _entered = self.handle.enter();
        time::sleep_until(deadline.into())
    }

    /// tokio's own clock, which tests can stop.
    fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }
}
