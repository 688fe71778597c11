//! The heartbeat of one session (protocol 4: the server pings, the client answers).

use crate::{Config, Instant};

/// Where the heartbeat stands. There is always a next instant, so a session that has one cannot be forgotten.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(crate) enum Heart {
    /// Nothing is asked of the peer until `ping_at`.
    Resting { ping_at: Instant },
    /// A pong must come by `pong_by`. Until a transport took the ping, it is `unsent`.
    Listening { pong_by: Instant, unsent: bool },
}

/// The peer has not answered in time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Silent;

impl Heart {
    pub(crate) fn start(now: Instant, config: &Config) -> Self {
        Self::Resting { ping_at: now.after(config.ping_interval()) }
    }

    pub(crate) const fn deadline(&self) -> Instant {
        match *self {
            Self::Resting { ping_at } => ping_at,
            Self::Listening { pong_by, .. } => pong_by,
        }
    }

    /// Lets time pass. However far it jumps, at most one ping becomes due.
    pub(crate) fn tick(&mut self, now: Instant, config: &Config) -> Result<(), Silent> {
        match *self {
            Self::Resting { ping_at } if ping_at <= now => {
                *self = Self::Listening { pong_by: now.after(config.ping_timeout()), unsent: true };
                Ok(())
            }
            Self::Listening { pong_by, .. } if pong_by <= now => Err(Silent),
            Self::Resting { .. } | Self::Listening { .. } => Ok(()),
        }
    }

    /// A pong arrived. One that no sent ping asked for changes nothing.
    pub(crate) fn pong(&mut self, now: Instant, config: &Config) {
        if let Self::Listening { unsent: false, .. } = self {
            *self = Self::start(now, config);
        }
    }

    /// Whether a ping waits for a transport.
    pub(crate) const fn ping_due(&self) -> bool {
        matches!(self, Self::Listening { unsent: true, .. })
    }

    /// Takes the ping that waits for a transport, if there is one.
    pub(crate) fn take_ping(&mut self) -> bool {
        match self {
            Self::Listening { unsent, .. } => core::mem::take(unsent),
            Self::Resting { .. } => false,
        }
    }
}

#[cfg(feature = "model")]
crate::server::canonical!(enum Heart {
    Resting { ping_at },
    Listening { pong_by, unsent },
});
