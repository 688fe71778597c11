//! How long a peer may keep its connection waiting.

use super::{clock::after, settings::Settings, watched::Progress};
use crate::Runtime;
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

/// How long a connection that is being closed may take to end once nothing is asked for: over HTTP/2, the peer confirms that
/// it has seen the GOAWAY.
const CLOSING: Duration = Duration::from_secs(2);

/// Waits for a peer no longer than it may be waited for.
pub(super) struct Patience<Rt: Runtime> {
    runtime: Rt,
    settings: Settings,
    progress: Arc<Progress>,
    phase: Phase,
    /// When the phase has lasted too long.
    due: Option<Instant>,
    /// How many reads there had been when the connection became idle.
    reads: usize,
    /// Rings at this time. A timer that is no longer waited for goes on: most are set anew before they ring, and to set one
    /// may cost a system call.
    timer: Option<(Instant, Pin<Box<Rt::Sleep>>)>,
    #[cfg(feature = "http2")]
    looks: super::looks::Looks<Rt>,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The first request.
    First,
    /// The application, or the rest of a request. Neither is bounded here.
    Busy,
    /// The peer, which takes nothing of what is to be written. The writes that went through were so many.
    Write(usize),
    /// The next request, after so many.
    Idle(usize),
    /// The rest of the next request's head, after so many requests.
    Head(usize),
    /// Its end, as it is being closed.
    Closing,
}

/// What is to become of a connection whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is idle, and is closed in an orderly way.
    Close,
    /// It is dropped.
    Drop,
}

impl<Rt: Runtime> Patience<Rt> {
    /// The connection has just begun.
    pub(super) fn new(runtime: &Rt, settings: Settings, progress: Arc<Progress>) -> Self {
        Self {
            runtime: runtime.clone(),
            settings,
            phase: Phase::First,
            due: Some(after(runtime, settings.first_head_timeout)),
            reads: 0,
            timer: None,
            #[cfg(feature = "http2")]
            looks: super::looks::Looks::new(runtime, settings, progress.clone()),
            progress,
        }
    }

    /// To be called after all that the connection was polled for, so that a request that has arrived by now has begun.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Verdict> {
        #[cfg(feature = "http2")]
        if self.looks.poll(cx).is_ready() {
            return Poll::Ready(Verdict::Drop);
        }
        let phase = self.phase(cx);
        if phase != self.phase {
            self.phase = phase;
            self.due = self.timeout().map(|timeout| after(&self.runtime, timeout));
        }
        let Some(due) = self.due else { return Poll::Pending };
        loop {
            match &mut self.timer {
                Some((rings, timer)) if *rings <= due => {
                    ready!(timer.as_mut().poll(cx));
                    let rang = *rings;
                    self.timer = None;
                    if rang == due {
                        let idle = matches!(self.phase, Phase::Idle(_));
                        return Poll::Ready(if idle { Verdict::Close } else { Verdict::Drop });
                    }
                }
                _ => self.timer = Some((due, Box::pin(self.runtime.sleep_until(due)))),
            }
        }
    }

    fn phase(&mut self, cx: &mut Context<'_>) -> Phase {
        let progress = &self.progress;
        let requests = progress.requests.load(Ordering::SeqCst);
        let busy = progress.is_busy(cx.waker());
        if requests > 0 && progress.stuck.load(Ordering::Relaxed) {
            return Phase::Write(progress.writes.load(Ordering::Relaxed));
        }
        if busy {
            return Phase::Busy;
        }
        if progress.closing.load(Ordering::Relaxed) {
            return Phase::Closing;
        }
        if requests == 0 {
            return Phase::First;
        }
        // Over HTTP/2 there is more to read than requests.
        let http2 = progress.http2.load(Ordering::Relaxed);
        let reads = if http2 { 0 } else { progress.reads.load(Ordering::Relaxed) };
        match self.phase {
            Phase::Head(after) if after == requests => self.phase,
            Phase::Idle(after) if after == requests && reads != self.reads => Phase::Head(requests),
            Phase::Idle(after) if after == requests => self.phase,
            _ => {
                self.reads = reads;
                Phase::Idle(requests)
            }
        }
    }

    fn timeout(&self) -> Option<Duration> {
        match self.phase {
            Phase::First => Some(self.settings.first_head_timeout),
            Phase::Busy => None,
            Phase::Write(_) => Some(self.settings.write_timeout),
            Phase::Idle(_) => Some(self.settings.kept_open()),
            Phase::Head(_) => Some(self.settings.head_timeout),
            Phase::Closing => Some(CLOSING),
        }
    }
}
