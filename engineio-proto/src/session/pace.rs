//! How slowly a body may travel. The server bounds the POSTs that it reads by it. The client still bounds its own POSTs
//! by a fixed timeout.

use crate::Instant;
use core::time::Duration;

/// The least average rate of a body, in bytes per second.
const RATE: u64 = 1024;

/// How long a body may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaceLimits {
    /// The body must bring [`step`](Self::step) bytes within this time, again and again.
    pub(crate) window: Duration,
    /// The whole body must be there within this time.
    pub(crate) total: Duration,
}

impl PaceLimits {
    /// How many bytes a window must bring: 1 KiB/s on average. It is also how often a host has to report progress: one
    /// that reports each time that so many more bytes have travelled never lets a window end that had enough of them.
    pub(crate) fn step(self) -> u64 {
        let bytes = self.window.as_millis().saturating_mul(u128::from(RATE)) / 1000;
        u64::try_from(bytes).unwrap_or(u64::MAX).max(1)
    }
}

/// The progress of one body, as the host reports it: a deadline that moves on while enough bytes travel.
///
/// A window begins with the body. When it has brought its [`step`](PaceLimits::step) of bytes the next window begins, at
/// that instant. So a body that travels at the least rate or faster goes on until the total is used up, and one that
/// trickles or stops ends with its window. The last bytes of a body need no report: its end is an input of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// When the window ends.
    stalls_at: Instant,
    /// When the whole body must be there.
    ends_at: Instant,
    /// How many bytes of the body must have travelled by the end of the window, from its beginning.
    needed: u64,
}

impl Pace {
    /// A body begins.
    pub(crate) fn start(now: Instant, limits: PaceLimits) -> Self {
        Self { stalls_at: now.after(limits.window), ends_at: now.after(limits.total), needed: limits.step() }
    }

    /// So many bytes of the body have travelled, from its beginning.
    pub(crate) fn progress(&mut self, now: Instant, travelled: u64, limits: PaceLimits) {
        if travelled >= self.needed {
            self.stalls_at = now.after(limits.window);
            self.needed = travelled.saturating_add(limits.step());
        }
    }

    /// When the body has taken too long.
    pub(crate) fn deadline(&self) -> Instant {
        self.stalls_at.min(self.ends_at)
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Pace { stalls_at, ends_at, needed });

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_epoch(Duration::from_secs(seconds))
    }

    const LIMITS: PaceLimits = PaceLimits { window: Duration::from_secs(20), total: Duration::from_secs(300) };

    #[test]
    fn u05_a_steady_body_may_take_the_total() {
        let mut pace = Pace::start(at(0), LIMITS);
        let mut travelled = 0;
        for second in 1..300 {
            assert!(pace.deadline() > at(second), "second {second}: {pace:?}");
            travelled += 1100;
            pace.progress(at(second), travelled, LIMITS);
        }
        assert_eq!(pace.deadline(), at(300));
    }

    #[test]
    fn u05_a_trickle_ends_with_its_window() {
        let mut pace = Pace::start(at(0), LIMITS);
        (1..20).for_each(|second| pace.progress(at(second), second * 1000, LIMITS));
        assert_eq!(pace.deadline(), at(20));
        pace.progress(at(19), 20_480, LIMITS);
        assert_eq!(pace.deadline(), at(39));
        // What came in one piece earlier does not pay for what does not come later.
        pace.progress(at(19), 900_000, LIMITS);
        assert_eq!(pace.deadline(), at(39));
    }

    #[test]
    fn a_window_of_less_than_a_millisecond_needs_a_byte() {
        let limits = PaceLimits { window: Duration::from_nanos(1), total: Duration::from_secs(1) };
        assert_eq!(limits.step(), 1);
        assert_eq!(PaceLimits { window: Duration::MAX, total: Duration::MAX }.step(), u64::MAX);
    }
}
