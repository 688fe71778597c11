//! What a server may be told, and its bounds.

mod builder;

use crate::session::heartbeat::Timing;
use crate::session::outbox::Bounds;
use crate::session::pace::PaceLimits;
use crate::{Cookie, Message, Transport, Version};
use alloc::{borrow::ToOwned, string::String, sync::Arc};
use core::time::Duration;

pub use builder::{ConfigBuilder, ConfigError};

/// The settings of a server. They do not change while it runs, so all who need them share one.
///
/// The defaults are the reference implementation's; what it does not have is marked with a dash.
///
/// | setting | default | the reference's name |
/// |---|---|---|
/// | [`path`](ConfigBuilder::path) | `/engine.io/` | `path`, `addTrailingSlash` |
/// | [`ping_interval`](ConfigBuilder::ping_interval) | 25 s | `pingInterval` |
/// | [`ping_timeout`](ConfigBuilder::ping_timeout) | 20 s | `pingTimeout` |
/// | [`first_request_timeout`](ConfigBuilder::first_request_timeout) | 10 s | – |
/// | [`upgrade_timeout`](ConfigBuilder::upgrade_timeout) | 10 s | `upgradeTimeout` |
/// | [`close_timeout`](ConfigBuilder::close_timeout) | 30 s | fixed |
/// | [`body_timeout`](ConfigBuilder::body_timeout) | 20 s | – |
/// | [`total_body_timeout`](ConfigBuilder::total_body_timeout) | 300 s | – |
/// | [`max_payload`](ConfigBuilder::max_payload) | 1,000,000 bytes | `maxHttpBufferSize` |
/// | [`max_packets_per_payload`](ConfigBuilder::max_packets_per_payload) | 1,000,000 | – |
/// | [`transports`](ConfigBuilder::transports) | both | `transports` |
/// | [`allow_upgrades`](ConfigBuilder::allow_upgrades) | yes | `allowUpgrades` |
/// | [`allow_eio3`](ConfigBuilder::allow_eio3) | no | `allowEIO3` |
/// | [`jsonp`](ConfigBuilder::jsonp) | no | always on |
/// | [`initial_packet`](ConfigBuilder::initial_packet) | none | `initialPacket` |
/// | [`cookie`](ConfigBuilder::cookie) | none | `cookie` |
/// | [`max_packets_per_response`](ConfigBuilder::max_packets_per_response) | no bound | – |
/// | [`max_queue_bytes`](ConfigBuilder::max_queue_bytes) | 1 MiB, or `max_payload` if that is more | – |
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
    first_request_timeout: Duration,
    upgrade_timeout: Duration,
    close_timeout: Duration,
    body_timeout: Duration,
    total_body_timeout: Duration,
    max_payload: usize,
    max_packets_per_payload: usize,
    polling: bool,
    websocket: bool,
    allow_upgrades: bool,
    allow_eio3: bool,
    jsonp: bool,
    initial_packet: Option<Message>,
    cookie: Option<Cookie>,
    max_packets_per_response: Option<usize>,
    /// `None` is what the default is for this `max_payload`.
    max_queue_bytes: Option<usize>,
    max_queue_packets: usize,
}

const DEFAULT_QUEUE_BYTES: usize = 1024 * 1024;

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: "/engine.io/".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            first_request_timeout: Duration::from_secs(10),
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            total_body_timeout: Duration::from_secs(300),
            max_payload: 1_000_000,
            max_packets_per_payload: 1_000_000,
            polling: true,
            websocket: true,
            allow_upgrades: true,
            allow_eio3: false,
            jsonp: false,
            initial_packet: None,
            cookie: None,
            max_packets_per_response: None,
            max_queue_bytes: None,
            max_queue_packets: 10_000,
        }
    }
}

impl Config {
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

    /// How soon after its handshake a session on polling must make another request: a GET, a POST or an upgrade. One
    /// that makes none ends with "ping timeout". Sessions that begin on WebSocket are exempt, as their clients say
    /// nothing before their first pong.
    ///
    /// A value above [`ping_interval`](Self::ping_interval) plus [`ping_timeout`](Self::ping_timeout) has no effect:
    /// the heartbeat ends such a session first.
    #[must_use]
    pub fn first_request_timeout(&self) -> Duration {
        self.0.first_request_timeout
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

    /// The window in which the body of a POST must make progress: a body that brings less than 1 KiB/s on average over
    /// it ends its session.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        self.0.body_timeout
    }

    /// How long the body of a POST may take in all, however steadily it arrives.
    #[must_use]
    pub fn total_body_timeout(&self) -> Duration {
        self.0.total_body_timeout
    }

    /// After how many more bytes of a body a host calls [`Server::body_progress`](crate::Server::body_progress): 1 KiB
    /// for each second of [`body_timeout`](Self::body_timeout), 20 KiB by default. Shorter bodies need no call.
    #[must_use]
    pub fn body_progress_step(&self) -> u64 {
        self.body_pace().step()
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

    /// Whether a session's payloads can travel as JSONP.
    #[must_use]
    pub fn allows_jsonp(&self) -> bool {
        self.0.jsonp
    }

    /// The message that each session begins with.
    #[must_use]
    pub fn initial_packet(&self) -> Option<&Message> {
        self.0.initial_packet.as_ref()
    }

    /// The cookie that carries the ids of sessions.
    #[must_use]
    pub fn cookie(&self) -> Option<&Cookie> {
        self.0.cookie.as_ref()
    }

    /// The most packets in one answer to a poll, if that is bounded.
    #[must_use]
    pub fn max_packets_per_response(&self) -> Option<usize> {
        self.0.max_packets_per_response
    }

    /// The most bytes that may wait in a session for its peer.
    #[must_use]
    pub fn max_queue_bytes(&self) -> usize {
        self.0.max_queue_bytes.unwrap_or_else(|| self.0.max_payload.max(DEFAULT_QUEUE_BYTES))
    }

    /// The most messages that may wait in a session for its peer.
    #[must_use]
    pub fn max_queue_packets(&self) -> usize {
        self.0.max_queue_packets
    }

    #[inline]
    pub(crate) fn heartbeat(&self) -> Timing {
        Timing { interval: self.0.ping_interval, timeout: self.0.ping_timeout }
    }

    pub(crate) fn body_pace(&self) -> PaceLimits {
        PaceLimits { window: self.0.body_timeout, total: self.0.total_body_timeout }
    }

    /// How much goes into one answer to a poll.
    pub(crate) fn response_bounds(&self) -> Bounds {
        Bounds { bytes: self.0.max_payload, packets: self.0.max_packets_per_response.unwrap_or(usize::MAX) }
    }

    #[inline]
    pub(crate) fn queue_bounds(&self) -> Bounds {
        Bounds { bytes: self.max_queue_bytes(), packets: self.0.max_queue_packets }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self(Arc::new(Settings::default()))
    }
}
