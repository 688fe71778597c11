//! What a server may be told, and its bounds.

use crate::outbox::Bounds;
use crate::{Transport, Version};
use alloc::{borrow::ToOwned, string::String, sync::Arc};
use core::time::Duration;

/// The settings of a server. They do not change while it runs, so all who need them share one.
///
/// The defaults are the reference implementation's; what it does not have is marked with a dash.
///
/// | setting | default | the reference's name |
/// |---|---|---|
/// | [`path`](ConfigBuilder::path) | `/engine.io/` | `path`, `addTrailingSlash` |
/// | [`ping_interval`](ConfigBuilder::ping_interval) | 25 s | `pingInterval` |
/// | [`ping_timeout`](ConfigBuilder::ping_timeout) | 20 s | `pingTimeout` |
/// | [`upgrade_timeout`](ConfigBuilder::upgrade_timeout) | 10 s | `upgradeTimeout` |
/// | [`close_timeout`](ConfigBuilder::close_timeout) | 30 s | fixed |
/// | [`body_timeout`](ConfigBuilder::body_timeout) | 20 s | – |
/// | [`max_payload`](ConfigBuilder::max_payload) | 1,000,000 bytes | `maxHttpBufferSize` |
/// | [`max_packets_per_payload`](ConfigBuilder::max_packets_per_payload) | 1,000,000 | – |
/// | [`transports`](ConfigBuilder::transports) | both | `transports` |
/// | [`allow_upgrades`](ConfigBuilder::allow_upgrades) | yes | `allowUpgrades` |
/// | [`allow_eio3`](ConfigBuilder::allow_eio3) | no | `allowEIO3` |
/// | [`max_queue_bytes`](ConfigBuilder::max_queue_bytes) | 1 MiB | – |
/// | [`max_queue_packets`](ConfigBuilder::max_queue_packets) | 10,000 | – |
///
/// ```
/// use core::time::Duration;
/// use engineio_proto::{Config, ConfigError};
///
/// let config = Config::builder().ping_interval(Duration::from_secs(5)).max_payload(65_536).build()?;
/// assert_eq!(config.ping_interval(), Duration::from_secs(5));
///
/// let wrong = Config::builder().ping_interval(Duration::ZERO).build();
/// assert_eq!(wrong.unwrap_err(), ConfigError::ZeroDuration("ping_interval"));
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config(Arc<Settings>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Settings {
    path: String,
    ping_interval: Duration,
    ping_timeout: Duration,
    upgrade_timeout: Duration,
    close_timeout: Duration,
    body_timeout: Duration,
    max_payload: usize,
    max_packets_per_payload: usize,
    polling: bool,
    websocket: bool,
    allow_upgrades: bool,
    allow_eio3: bool,
    max_queue_bytes: usize,
    max_queue_packets: usize,
}

/// Collects the settings of a [`Config`]. Each method replaces one and returns the builder.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ConfigBuilder(Settings);

/// A setting that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The path does not begin with a slash, or holds a character that a path does not.
    #[error("a path begins with a slash and holds printable ASCII without `?` and `#`")]
    Path,
    /// A duration is zero.
    #[error("`{0}` must be longer than zero")]
    ZeroDuration(&'static str),
    /// A bound is zero.
    #[error("`{0}` must be greater than zero")]
    ZeroBound(&'static str),
    /// Every transport is switched off.
    #[error("at least one transport must be enabled")]
    NoTransport,
}

impl Config {
    /// Starts from the defaults.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder(Settings {
            path: "/engine.io/".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            max_payload: 1_000_000,
            max_packets_per_payload: 1_000_000,
            polling: true,
            websocket: true,
            allow_upgrades: true,
            allow_eio3: false,
            max_queue_bytes: 1024 * 1024,
            max_queue_packets: 10_000,
        })
    }

    /// The path that requests are to have, exactly.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// How long after the handshake or the last pong the next ping is sent.
    #[must_use]
    pub fn ping_interval(&self) -> Duration {
        self.0.ping_interval
    }

    /// How long after a ping its pong must be there.
    #[must_use]
    pub fn ping_timeout(&self) -> Duration {
        self.0.ping_timeout
    }

    /// How long an upgrade may take, from its request to the `5` packet.
    #[must_use]
    pub fn upgrade_timeout(&self) -> Duration {
        self.0.upgrade_timeout
    }

    /// How long a graceful close may wait for queued packets to leave.
    #[must_use]
    pub fn close_timeout(&self) -> Duration {
        self.0.close_timeout
    }

    /// How long the body of a POST may take.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        self.0.body_timeout
    }

    /// The most bytes in the body of a POST or in one WebSocket message. The handshake tells it to the peer.
    #[must_use]
    pub fn max_payload(&self) -> usize {
        self.0.max_payload
    }

    /// The most packets in the body of a POST.
    #[must_use]
    pub fn max_packets_per_payload(&self) -> usize {
        self.0.max_packets_per_payload
    }

    /// Whether sessions may use `transport`.
    #[must_use]
    pub fn enables(&self, transport: Transport) -> bool {
        match transport {
            Transport::Polling => self.0.polling,
            Transport::WebSocket => self.0.websocket,
        }
    }

    /// Whether sessions may go from polling to WebSocket.
    #[must_use]
    pub fn allows_upgrades(&self) -> bool {
        self.0.allow_upgrades && self.0.websocket
    }

    /// Whether sessions may speak this version of the protocol.
    #[must_use]
    pub fn speaks(&self, version: Version) -> bool {
        match version {
            Version::V3 => self.0.allow_eio3,
            Version::V4 => true,
        }
    }

    /// The most bytes that may wait in a session for its peer.
    #[must_use]
    pub fn max_queue_bytes(&self) -> usize {
        self.0.max_queue_bytes
    }

    /// The most messages that may wait in a session for its peer.
    #[must_use]
    pub fn max_queue_packets(&self) -> usize {
        self.0.max_queue_packets
    }

    /// How much goes into one answer to a poll.
    pub(crate) fn response_bounds(&self) -> Bounds {
        Bounds { bytes: self.0.max_payload, packets: usize::MAX }
    }

    pub(crate) fn queue_bounds(&self) -> Bounds {
        Bounds { bytes: self.0.max_queue_bytes, packets: self.0.max_queue_packets }
    }
}

impl Default for Config {
    fn default() -> Self {
        let ConfigBuilder(settings) = Self::builder();
        Self(Arc::new(settings))
    }
}

impl ConfigBuilder {
    /// The path that requests are to have, exactly, with its trailing slash if it is to have one.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.0.path = path.into();
        self
    }

    /// See [`Config::ping_interval`].
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.0.ping_interval = interval;
        self
    }

    /// See [`Config::ping_timeout`].
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.0.ping_timeout = timeout;
        self
    }

    /// See [`Config::upgrade_timeout`].
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.0.upgrade_timeout = timeout;
        self
    }

    /// See [`Config::close_timeout`].
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.0.close_timeout = timeout;
        self
    }

    /// See [`Config::body_timeout`].
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.0.body_timeout = timeout;
        self
    }

    /// See [`Config::max_payload`]; in bytes.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.0.max_payload = bytes;
        self
    }

    /// See [`Config::max_packets_per_payload`].
    pub fn max_packets_per_payload(mut self, packets: usize) -> Self {
        self.0.max_packets_per_payload = packets;
        self
    }

    /// Enables these transports and no others.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        (self.0.polling, self.0.websocket) = (false, false);
        for transport in transports {
            match transport {
                Transport::Polling => self.0.polling = true,
                Transport::WebSocket => self.0.websocket = true,
            }
        }
        self
    }

    /// Whether sessions may go from polling to WebSocket. If not, none is advertised and none is accepted.
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.0.allow_upgrades = allow;
        self
    }

    /// Whether sessions may speak protocol 3, as clients did before 2020. They are told apart by `EIO=3` in their
    /// handshake, or by naming no version at all.
    pub fn allow_eio3(mut self, allow: bool) -> Self {
        self.0.allow_eio3 = allow;
        self
    }

    /// See [`Config::max_queue_bytes`].
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.0.max_queue_bytes = bytes;
        self
    }

    /// See [`Config::max_queue_packets`].
    pub fn max_queue_packets(mut self, packets: usize) -> Self {
        self.0.max_queue_packets = packets;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// If one of them makes no sense; the error says which.
    pub fn build(self) -> Result<Config, ConfigError> {
        let Self(settings) = self;
        let path_byte = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
        if !settings.path.starts_with('/') || !settings.path.bytes().all(path_byte) {
            return Err(ConfigError::Path);
        }
        for (duration, name) in [
            (settings.ping_interval, "ping_interval"),
            (settings.ping_timeout, "ping_timeout"),
            (settings.upgrade_timeout, "upgrade_timeout"),
            (settings.close_timeout, "close_timeout"),
            (settings.body_timeout, "body_timeout"),
        ] {
            if duration.is_zero() {
                return Err(ConfigError::ZeroDuration(name));
            }
        }
        for (bound, name) in [
            (settings.max_payload, "max_payload"),
            (settings.max_packets_per_payload, "max_packets_per_payload"),
            (settings.max_queue_bytes, "max_queue_bytes"),
            (settings.max_queue_packets, "max_queue_packets"),
        ] {
            if bound == 0 {
                return Err(ConfigError::ZeroBound(name));
            }
        }
        if !settings.polling && !settings.websocket {
            return Err(ConfigError::NoTransport);
        }
        Ok(Config(Arc::new(settings)))
    }
}
