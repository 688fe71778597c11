//! The heartbeat as a client sees it. In protocol 4 the server pings and the client answers, in protocol 3 it is the
//! other way round.

use crate::{Handshake, Instant, Packet, Version};
use core::time::Duration;

/// Where the heartbeat stands. There is always a next instant.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Pulse {
    /// The server's ping interval and ping timeout.
    interval: Duration,
    timeout: Duration,
    beat: Beat,
}

/// At most one ping or pong waits for a transport, however many of the other came.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
enum Beat {
    /// Protocol 4: the next ping must come by `ping_by`. Until a transport took the answer to the last one, that is
    /// `owed`.
    Answering { ping_by: Instant, owed: bool },
    /// Protocol 3: nothing is asked of the server until `ping_at`.
    Resting { ping_at: Instant },
    /// Protocol 3: a pong must come by `pong_by`. Until a transport took the ping, it is `unsent`.
    Listening { pong_by: Instant, unsent: bool },
}

impl Pulse {
    pub(super) const fn start<Id>(now: Instant, handshake: &Handshake<Id>, version: Version) -> Self {
        let Handshake { ping_interval: interval, ping_timeout: timeout, .. } = handshake;
        let (interval, timeout) = (*interval, *timeout);
        let beat = match version {
            Version::V4 => Beat::Answering { ping_by: now.after(interval.saturating_add(timeout)), owed: false },
            Version::V3 => Beat::Resting { ping_at: now.after(interval) },
        };
        Self { interval, timeout, beat }
    }

    /// When time is to pass for it.
    pub(super) const fn deadline(&self) -> Instant {
        match self.beat {
            Beat::Answering { ping_by: at, .. }
            | Beat::Resting { ping_at: at }
            | Beat::Listening { pong_by: at, .. } => at,
        }
    }

    /// Whether the server has been silent for too long, or must think that of this side: if the clock jumped over the
    /// next ping and over the time for its answer, the server has long forgotten the session.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        match self.beat {
            Beat::Answering { ping_by, .. } => ping_by <= now,
            Beat::Resting { ping_at } => ping_at.after(self.timeout) <= now,
            Beat::Listening { pong_by, .. } => pong_by <= now,
        }
    }

    /// Lets time pass.
    pub(super) fn tick(&mut self, now: Instant) {
        if matches!(self.beat, Beat::Resting { ping_at } if ping_at <= now) {
            self.beat = Beat::Listening { pong_by: now.after(self.timeout), unsent: true };
        }
    }

    /// The server did its part: it sent a ping, or it answered one. An answer that no sent ping asked for changes
    /// nothing.
    pub(super) const fn beat(&mut self, now: Instant) {
        match self.beat {
            Beat::Answering { .. } => {
                let ping_by = now.after(self.interval.saturating_add(self.timeout));
                self.beat = Beat::Answering { ping_by, owed: true };
            }
            Beat::Listening { unsent: false, .. } => {
                self.beat = Beat::Resting { ping_at: now.after(self.interval) };
            }
            Beat::Resting { .. } | Beat::Listening { unsent: true, .. } => {}
        }
    }

    /// Whether a ping or pong waits for a transport.
    pub(super) const fn is_due(&self) -> bool {
        matches!(self.beat, Beat::Answering { owed: true, .. } | Beat::Listening { unsent: true, .. })
    }

    /// Takes the ping or pong that waits for a transport, if there is one.
    pub(super) fn take_due(&mut self) -> Option<Packet> {
        match &mut self.beat {
            Beat::Answering { owed, .. } => core::mem::take(owed).then_some(Packet::Pong(Packet::EMPTY)),
            Beat::Listening { unsent, .. } => core::mem::take(unsent).then_some(Packet::Ping(Packet::EMPTY)),
            Beat::Resting { .. } => None,
        }
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Pulse { interval, timeout, beat });
#[cfg(feature = "model")]
crate::model::canonical!(enum Beat {
    Answering { ping_by, owed },
    Resting { ping_at },
    Listening { pong_by, unsent },
});
