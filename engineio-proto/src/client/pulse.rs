//! The heartbeat as a client sees it (protocol 4: the server pings, the client answers).

use crate::{Handshake, Instant};
use core::time::Duration;

/// When the next ping is expected at the latest, and whether one is to be answered.
#[derive(Debug)]
pub(super) struct Pulse {
    /// The server's ping interval and ping timeout together.
    period: Duration,
    deadline: Instant,
    /// At most one answer waits for a transport, however many pings came.
    pong_due: bool,
}

impl Pulse {
    pub(super) const fn start(now: Instant, handshake: &Handshake) -> Self {
        let period = handshake.ping_interval.saturating_add(handshake.ping_timeout);
        Self { period, deadline: now.after(period), pong_due: false }
    }

    /// When the server must have been silent for too long.
    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// A ping came.
    pub(super) const fn ping(&mut self, now: Instant) {
        self.deadline = now.after(self.period);
        self.pong_due = true;
    }

    /// Whether a pong waits for a transport.
    pub(super) const fn pong_due(&self) -> bool {
        self.pong_due
    }

    /// Takes the pong that waits for a transport, if there is one.
    pub(super) const fn take_pong(&mut self) -> bool {
        core::mem::replace(&mut self.pong_due, false)
    }
}
