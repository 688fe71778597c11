//! A shard's alarm: one task, one timer.

use crate::{
    effects::Effects,
    host::{Host, Turns},
    runtime::BoxFuture,
};
use engineio_proto::Instant;
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

/// Starts a shard's alarm.
pub(crate) fn start(host: &Arc<Host>, shard: usize) {
    host.runtime.spawn_boxed(Box::pin(AlarmTask { host: Arc::downgrade(host), shard, sleep: None }));
}

/// Calls the core when its deadline comes. It is woken only when the deadline gets earlier; otherwise it finds
/// the new one when it rings. It ends with the host.
struct AlarmTask {
    host: Weak<Host>,
    shard: usize,
    sleep: Option<(Instant, BoxFuture)>,
}

impl Future for AlarmTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            let Some(host) = this.host.upgrade() else { return Poll::Ready(()) };
            let Some(due) = ring(&host, this.shard, cx) else {
                this.sleep = None;
                return Poll::Pending;
            };
            let sleep = match &mut this.sleep {
                Some((until, sleep)) if *until == due => sleep,
                sleep => &mut sleep.insert((due, host.sleep_until(due))).1,
            };
            drop(host);
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            this.sleep = None;
        }
    }
}

/// A runtime that shuts down drops its tasks. Should the host outlive it, the next call starts another.
impl Drop for AlarmTask {
    fn drop(&mut self) {
        if let Some(host) = self.host.upgrade() {
            let old = std::mem::take(&mut host.lock(self.shard).alarm);
            drop(old);
        }
    }
}

/// Lets the core do what is due, and returns when it wants to be called again.
fn ring(host: &Arc<Host>, shard: usize, cx: &mut Context<'_>) -> Option<Instant> {
    let waker = cx.waker().clone();
    let now = host.now();
    let mut effects = Effects::default();
    let mut locked = host.lock(shard);
    if locked.server.deadline().is_some_and(|deadline| deadline <= now) {
        locked.server.timeout(now);
    }
    // Collecting sets the time anew, and would wake us for it.
    locked.alarm.due = None;
    let old = locked.alarm.waker.take();
    locked.collect(&mut effects);
    let due = locked.alarm.due;
    locked.alarm.waker = Some(waker);
    drop(locked);
    drop(old);
    // A handler that takes its time must not hold up the other sessions' timers.
    effects.apply(host, shard, Turns::Elsewhere);
    due
}
