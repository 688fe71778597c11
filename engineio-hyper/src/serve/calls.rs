//! The requests of a connection that something is still done for.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicIsize, Ordering},
    },
    task::Waker,
};

/// Counts the requests of a connection that something is still done for: those that have no response yet, without those
/// that only [wait](Waiting).
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// A request that only waits may outlive its call, so this may be less than nothing for a while.
    busy: AtomicIsize,
    /// Over HTTP/2 each request has a task of its own.
    idle: Mutex<Option<Waker>>,
}

impl Calls {
    /// Whether something is still done for any of them. Unless that is so, `waker` is woken when it no longer is.
    pub(super) fn poll_busy(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let old = self.idle().replace(waker);
        drop(old);
        self.busy.load(Ordering::SeqCst) > 0
    }

    fn begin(&self) {
        self.busy.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        if self.busy.fetch_sub(1, Ordering::SeqCst) == 1 {
            let idle = mem::take(&mut *self.idle());
            if let Some(idle) = idle {
                idle.wake();
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<Waker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that has no response yet.
pub(super) struct Busy(Arc<Calls>);

impl Busy {
    pub(super) fn new(calls: Arc<Calls>) -> Self {
        calls.begin();
        Self(calls)
    }

    /// What the request carries among its extensions.
    pub(super) fn call(&self) -> Call {
        Call(self.0.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Tells the connection of a request, which [`serve`](crate::serve) puts among its extensions, that nothing more is done
/// for it.
#[derive(Clone)]
pub(crate) struct Call(Arc<Calls>);

impl Call {
    /// From now on the request only waits for somebody else.
    pub(crate) fn wait(self) -> Waiting {
        self.0.end();
        Waiting(self.0)
    }
}

/// A request that only waits for somebody else: it is given up when its connection ends.
pub(crate) struct Waiting(Arc<Calls>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.begin();
    }
}
