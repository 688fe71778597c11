//! The settings of a server: all the bounds of its connections, with their defaults.

use std::time::Duration;

/// The bounds of a server's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) first_head_timeout: Duration,
    pub(super) head_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) write_timeout: Duration,
    pub(super) disconnect_grace: Duration,
    pub(super) max_head_bytes: usize,
    pub(super) max_header_fields: usize,
    pub(super) max_concurrent_streams: u32,
}

impl Settings {
    pub(super) const DEFAULT: Self = Self {
        first_head_timeout: Duration::from_secs(30),
        head_timeout: Duration::from_secs(30),
        idle_timeout: Duration::from_secs(75),
        write_timeout: Duration::from_secs(30),
        disconnect_grace: Duration::from_secs(10),
        max_head_bytes: 32 * 1024,
        max_header_fields: 256,
        max_concurrent_streams: 200,
    };

    /// How long a connection is kept open without a request: somewhat longer than is announced, as a request may be on its
    /// way when the announced time is over.
    pub(super) fn kept_open(&self) -> Duration {
        self.idle_timeout.saturating_add((self.idle_timeout / 10).min(Duration::from_secs(1)))
    }
}
