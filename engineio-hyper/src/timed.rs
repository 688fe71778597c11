//! A runtime with a clock as the core wants it.

use crate::runtime::{AnyRuntime, BoxFuture};
use engineio_proto::Instant;
use std::time::{self, Duration};

/// A runtime, and the moment that its instants count from.
pub(crate) struct Timed {
    runtime: Box<dyn AnyRuntime>,
    epoch: time::Instant,
}

impl Timed {
    /// Time begins now.
    pub(crate) fn new(runtime: Box<dyn AnyRuntime>) -> Self {
        Self { epoch: runtime.clock(), runtime }
    }

    pub(crate) fn spawn_boxed(&self, task: BoxFuture) {
        self.runtime.spawn_boxed(task);
    }

    pub(crate) fn spawn_blocking_boxed(&self, work: Box<dyn FnOnce() + Send>) {
        self.runtime.spawn_blocking_boxed(work);
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_epoch(self.runtime.clock().saturating_duration_since(self.epoch))
    }

    pub(crate) fn sleep_until(&self, instant: Instant) -> BoxFuture {
        // Where a clock ends, a year is as good as for ever.
        let far = || self.epoch + Duration::from_secs(365 * 24 * 60 * 60);
        let deadline = self.epoch.checked_add(instant.since_epoch()).unwrap_or_else(far);
        self.runtime.sleep_until_boxed(deadline)
    }

    pub(crate) fn sleep(&self, duration: Duration) -> BoxFuture {
        self.sleep_until(self.now().after(duration))
    }
}
