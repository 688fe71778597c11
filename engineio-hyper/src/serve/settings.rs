//! The settings of a server: all its bounds, with their defaults.

use super::{Listener, Serve};
use crate::runtime::Runtime;
use std::time::Duration;

/// The bounds of a server's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) first_head_timeout: Duration,
    pub(super) write_timeout: Duration,
    pub(super) disconnect_grace: Duration,
}

impl Settings {
    pub(super) const DEFAULT: Self = Self {
        first_head_timeout: Duration::from_secs(30),
        write_timeout: Duration::from_secs(30),
        disconnect_grace: Duration::from_secs(10),
    };
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

    /// How long the application may still work on a request whose connection has ended. Then the request's future is
    /// dropped. The default is 10 s.
    ///
    /// A request and the end of its connection may arrive together, and a server cannot tell a peer that has left from one
    /// that has only ended its half of the connection. So a request that arrived whole is handed to the application, a
    /// response that is ready is written, and a middleware that waits for something has this long. An engine gives up a
    /// request at once if it waits for the application or for the peer: a poll without messages, a handshake that is being
    /// decided, a body that will not arrive.
    pub const fn disconnect_grace(mut self, grace: Duration) -> Self {
        self.settings.disconnect_grace = grace;
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
