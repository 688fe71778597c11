//! How long a peer may keep its connection waiting.

use super::{settings::Settings, watched::Progress};
use crate::Runtime;
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};

/// What a time that is too long for the clock becomes: 30 years.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Waits for a peer no longer than it may be waited for.
pub(super) struct Patience<Rt: Runtime> {
    runtime: Rt,
    settings: Settings,
    progress: Arc<Progress>,
    waits: Waits<Rt::Sleep>,
}

/// What for, if for anything.
enum Waits<S> {
    Request(Pin<Box<S>>),
    None,
    /// The writes that went through were so many.
    Write(Pin<Box<S>>, usize),
}

impl<Rt: Runtime> Patience<Rt> {
    /// The connection has just begun.
    pub(super) fn new(runtime: &Rt, settings: Settings, progress: Arc<Progress>) -> Self {
        let waits = Waits::Request(sleep(runtime, settings.first_head_timeout));
        Self { runtime: runtime.clone(), settings, progress, waits }
    }

    /// To be called after all that the connection was polled for. Ends when the patience does.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.progress.asked.load(Ordering::Relaxed) {
            let stuck = self.progress.stuck.load(Ordering::Relaxed);
            let writes = self.progress.writes.load(Ordering::Relaxed);
            match &self.waits {
                Waits::Write(_, before) if stuck && *before == writes => {}
                _ if stuck => self.waits = Waits::Write(sleep(&self.runtime, self.settings.write_timeout), writes),
                Waits::None => {}
                Waits::Request(_) | Waits::Write(..) => self.waits = Waits::None,
            }
        }
        match &mut self.waits {
            Waits::Request(timer) | Waits::Write(timer, _) => timer.as_mut().poll(cx),
            Waits::None => Poll::Pending,
        }
    }
}

/// Waits for so long.
pub(super) fn sleep<Rt: Runtime>(runtime: &Rt, timeout: Duration) -> Pin<Box<Rt::Sleep>> {
    let now = runtime.now();
    Box::pin(runtime.sleep_until(now.checked_add(timeout).unwrap_or(now + FOREVER)))
}
