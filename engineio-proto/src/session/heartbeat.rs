//! The heartbeat of one session.

use crate::{Instant, Packet, Version};
use core::time::Duration;

/// How long the heartbeat waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// From the handshake or the last pong to the next ping.
    pub(crate) interval: Duration,
    /// From a ping to its pong.
    pub(crate) timeout: Duration,
}

/// Where the heartbeat stands. There is always a next instant, so a session that has one cannot be forgotten.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(crate) enum Heart {
    /// Protocol 4, where this side pings: nothing is asked of the peer until `ping_at`.
    Resting { ping_at: Instant },
    /// Protocol 4: a pong must come by `pong_by`. Until a transport took the ping, it is `unsent`.
    Listening { pong_by: Instant, unsent: bool },
    /// Protocol 3, where the peer pings: the next ping must come by `ping_by`. Until a transport took the answer to
    /// the last one, that is `owed`.
    Answering { ping_by: Instant, owed: bool },
}

/// The peer has been silent for too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Silent;

impl Heart {
    pub(crate) fn start(now: Instant, timing: Timing, version: Version) -> Self {
        match version {
            Version::V3 => Self::Answering { ping_by: Self::ping_by(now, timing), owed: false },
            Version::V4 => Self::Resting { ping_at: now.after(timing.interval) },
        }
    }

    fn ping_by(now: Instant, timing: Timing) -> Instant {
        now.after(timing.interval.saturating_add(timing.timeout))
    }

    #[inline]
    pub(crate) const fn deadline(&self) -> Instant {
        match *self {
            Self::Resting { ping_at } => ping_at,
            Self::Listening { pong_by, .. } => pong_by,
            Self::Answering { ping_by, .. } => ping_by,
        }
    }

    /// Lets time pass. However far it jumps, at most one ping becomes due.
    pub(crate) fn tick(&mut self, now: Instant, timing: Timing) -> Result<(), Silent> {
        match *self {
            Self::Resting { ping_at } if ping_at <= now => {
                *self = Self::Listening { pong_by: now.after(timing.timeout), unsent: true };
                Ok(())
            }
            Self::Listening { pong_by: by, .. } | Self::Answering { ping_by: by, .. } if by <= now => Err(Silent),
            Self::Resting { .. } | Self::Listening { .. } | Self::Answering { .. } => Ok(()),
        }
    }

    /// The peer did its part: it answered a ping, or it sent one. An answer that no sent ping asked for changes
    /// nothing.
    pub(crate) fn beat(&mut self, now: Instant, timing: Timing) {
        match self {
            Self::Listening { unsent: false, .. } => *self = Self::start(now, timing, Version::V4),
            Self::Answering { .. } => *self = Self::Answering { ping_by: Self::ping_by(now, timing), owed: true },
            Self::Resting { .. } | Self::Listening { unsent: true, .. } => {}
        }
    }

    /// Whether a ping or pong waits for a transport.
    #[inline]
    pub(crate) const fn is_due(&self) -> bool {
        matches!(self, Self::Listening { unsent: true, .. } | Self::Answering { owed: true, .. })
    }

    /// Takes the ping or pong that waits for a transport, if there is one.
    #[inline]
    pub(crate) fn take_due(&mut self) -> Option<Packet> {
        match self {
            Self::Listening { unsent, .. } => core::mem::take(unsent).then_some(Packet::Ping(Packet::EMPTY)),
            Self::Answering { owed, .. } => core::mem::take(owed).then_some(Packet::Pong(Packet::EMPTY)),
            Self::Resting { .. } => None,
        }
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(enum Heart {
    Resting { ping_at },
    Listening { pong_by, unsent },
    Answering { ping_by, owed },
});
