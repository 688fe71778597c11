//! The end of a connection, which is told to HTTP after the requests before it.
//!
//! A request and the end of its connection may arrive together. HTTP drops what it is at when it sees the end, so the
//! connection ([`Watched`](super::watched::Watched)) keeps the end to itself until all that can be done without waiting
//! is done.

use super::{clock::sleep, settings::Settings, watched::Progress};
use crate::Runtime;
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// How far a connection is.
#[derive(Debug, Default)]
pub(super) struct End {
    state: AtomicU8,
    /// Whoever reads and is to be told.
    reader: Mutex<Option<Waker>>,
}

impl End {
    const KEPT: u8 = 1;
    const TOLD: u8 = 2;

    /// The connection has ended, and whoever reads is yet to be told.
    pub(super) fn is_kept(&self) -> bool {
        self.state.load(Ordering::Acquire) == Self::KEPT
    }

    /// Whoever reads is told of the end as soon as it comes.
    pub(super) fn is_told(&self) -> bool {
        self.state.load(Ordering::Acquire) == Self::TOLD
    }

    /// The connection has ended. Waits until that may be told.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut reader = self.reader();
        if self.is_told() {
            return Poll::Ready(());
        }
        self.state.store(Self::KEPT, Ordering::Release);
        let old = reader.replace(waker);
        drop(reader);
        drop(old);
        Poll::Pending
    }

    /// The connection has ended, which whoever writes has found. Returns whether that is kept for now.
    pub(super) fn keep(&self) -> bool {
        let _reader = self.reader();
        let keeps = !self.is_told();
        if keeps {
            self.state.store(Self::KEPT, Ordering::Release);
        }
        keeps
    }

    /// From now on whoever reads is told of the end as soon as it comes.
    pub(super) fn tell(&self) {
        let mut reader = self.reader();
        self.state.store(Self::TOLD, Ordering::Release);
        let waiting = reader.take();
        drop(reader);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    fn reader(&self) -> MutexGuard<'_, Option<Waker>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides when HTTP is told that its connection has ended.
pub(super) struct Ending<Rt: Runtime> {
    runtime: Rt,
    settings: Settings,
    progress: Arc<Progress>,
    kept: Option<Kept<Rt::Sleep>>,
}

/// What is known once the connection has ended.
struct Kept<S> {
    woken: Arc<Woken>,
    waker: Waker,
    /// Rings when what is still done has had its time.
    grace: Option<Pin<Box<S>>>,
}

impl<Rt: Runtime> Ending<Rt> {
    pub(super) fn new(runtime: &Rt, settings: Settings, progress: Arc<Progress>) -> Self {
        Self { runtime: runtime.clone(), settings, progress, kept: None }
    }

    /// Polls the connection. Once it has ended, that is told when nothing more can be done without waiting for somebody
    /// who is not the peer.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if self.kept.is_none() {
            let polled = poll(cx);
            if polled.is_ready() || !self.progress.end.is_kept() {
                return polled;
            }
        }
        let Self { runtime, settings, progress, kept } = self;
        let Kept { woken, waker, grace } = kept.get_or_insert_with(|| Kept::new(cx.waker()));
        if !woken.task.will_wake(cx.waker()) {
            *kept = None;
            return self.poll(cx, poll);
        }
        loop {
            woken.flag.store(false, Ordering::SeqCst);
            let polled = poll(&mut Context::from_waker(waker));
            if polled.is_ready() || !progress.end.is_kept() {
                return polled;
            }
            // A peer that reads gets its answer. How long it may take nothing is bounded as before.
            if progress.stuck.load(Ordering::Relaxed) {
                return Poll::Pending;
            }
            if progress.calls.poll_busy(waker) || woken.flag.load(Ordering::SeqCst) {
                let grace = grace.get_or_insert_with(|| sleep(runtime, settings.disconnect_grace));
                if grace.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            progress.end.tell();
        }
    }
}

impl<S> Kept<S> {
    fn new(task: &Waker) -> Self {
        let woken = Arc::new(Woken { task: task.clone(), flag: AtomicBool::new(false) });
        Self { waker: woken.clone().into(), woken, grace: None }
    }
}

/// Wakes a task, and tells whether it did.
struct Woken {
    task: Waker,
    flag: AtomicBool,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.flag.store(true, Ordering::SeqCst);
        self.task.wake_by_ref();
    }
}
