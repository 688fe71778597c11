//! Time is handed in: the core never looks at a clock.

use core::time::Duration;

/// A point in time: a [`Duration`] since an epoch that the host chose.
///
/// The core only compares instants and adds durations to them, so any monotonic clock will do. A host
/// whose clock steps back is harmless: [`Server`](crate::Server) never lets its own time run backwards.
///
/// ```
/// use core::time::Duration;
/// use engineio_proto::Instant;
///
/// let start = Instant::from_epoch(Duration::from_secs(5));
/// let later = start.after(Duration::from_millis(250));
/// assert_eq!(later.saturating_since(start), Duration::from_millis(250));
/// assert_eq!(start.saturating_since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The host's epoch itself.
    pub const EPOCH: Self = Self(Duration::ZERO);

    /// The instant that is `elapsed` after the host's epoch.
    #[must_use]
    pub const fn from_epoch(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after the host's epoch this is.
    #[must_use]
    pub const fn since_epoch(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant that is `duration` after this. It saturates at the end of time, which then is a deadline that
    /// never comes.
    #[must_use]
    pub const fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}
