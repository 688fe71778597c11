//! The settings of a server: all its bounds, with their defaults.

use super::{Listener, Serve};
use crate::runtime::Runtime;
use std::time::Duration;

/// The bounds of a server's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) first_head_timeout: Duration,
    pub(super) write_timeout: Duration,
}

impl Settings {
    pub(super) const DEFAULT: Self =
        Self { first_head_timeout: Duration::from_secs(30), write_timeout: Duration::from_secs(30) };
}

/// The bounds of connections.
impl<Rt: Runtime, L: Listener, S, F> Serve<Rt, L, S, F> {
    /// How long a new connection may take until the head of its first request has arrived, a TLS handshake included. Then
    /// it is closed. The default is 30 s.
    pub const fn first_head_timeout(mut self, timeout: Duration) -> Self {
        self.settings.first_head_timeout = timeout;
        self
    }

    /// How long a peer may take nothing of what is to be written to it. Then its connection is closed. The default is 30 s.
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        self.settings.write_timeout = timeout;
        self
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_setting_is_in_the_table() {
        let settings = include_str!("settings.rs").split("\n    pub const fn ").skip(1);
        let names: Vec<_> = settings.filter_map(|setting| setting.split('(').next()).collect();
        assert!(names.len() > 1, "the settings are found");
        for name in names {
            assert!(include_str!("mod.rs").contains(&format!("| [`{name}`](Self::{name}) | ")), "{name} has no row");
        }
    }
}
