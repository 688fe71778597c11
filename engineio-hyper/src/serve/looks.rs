//! Looks from time to time whether the streams of an HTTP/2 connection get on.

use super::{clock::sleep, frames::ALLOWANCE, settings::Settings, streams::LOOKS, watched::Progress};
use crate::Runtime;
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};

/// So many frames without a request are allowed again with each look.
const RENEWED: usize = ALLOWANCE / 10;

/// Looks from time to time whether the streams of an HTTP/2 connection get on.
pub(super) struct Looks<Rt: Runtime> {
    runtime: Rt,
    progress: Arc<Progress>,
    every: Duration,
    timer: Option<Pin<Box<Rt::Sleep>>>,
}

impl<Rt: Runtime> Looks<Rt> {
    pub(super) fn new(runtime: &Rt, settings: Settings, progress: Arc<Progress>) -> Self {
        progress.control_frames.store(ALLOWANCE, Ordering::Relaxed);
        // At least a millisecond, as otherwise it would look all the time.
        let every = (settings.write_timeout / LOOKS).max(Duration::from_millis(1));
        Self { runtime: runtime.clone(), progress, every, timer: None }
    }

    /// To be called with each poll of the connection. `Ready` if it is to be dropped.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.progress.http2.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        loop {
            match &mut self.timer {
                Some(timer) => {
                    ready!(timer.as_mut().poll(cx));
                    self.timer = None;
                    let allowed = &self.progress.control_frames;
                    allowed.store((allowed.load(Ordering::Relaxed) + RENEWED).min(ALLOWANCE), Ordering::Relaxed);
                    if self.progress.streams.look().is_ready() {
                        return Poll::Ready(());
                    }
                }
                None if self.progress.streams.any(cx.waker()) => {
                    self.timer = Some(sleep(&self.runtime, self.every));
                }
                None => return Poll::Pending,
            }
        }
    }
}
