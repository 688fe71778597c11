//! What a client may be told, and its bounds.

use crate::http::names_protocol_parameter;
use crate::session::outbox::Bounds;
use crate::{Query, Transport, Version};
use alloc::{borrow::ToOwned, string::String, sync::Arc, vec, vec::Vec};
use core::time::Duration;

/// The settings of a client. They do not change while it runs, so many clients can share one.
///
/// The defaults are the reference implementation's; what it does not have is marked with a dash.
///
/// | setting | default | the reference's name |
/// |---|---|---|
/// | [`version`](ClientConfigBuilder::version) | protocol 4 | – (the major version of its package) |
/// | [`path`](ClientConfigBuilder::path) | `/engine.io/` | `path`, `addTrailingSlash` |
/// | [`query`](ClientConfigBuilder::query) | none | `query` |
/// | [`transports`](ClientConfigBuilder::transports) | polling, then WebSocket | `transports` |
/// | [`upgrade`](ClientConfigBuilder::upgrade) | yes | `upgrade` |
/// | [`try_all_transports`](ClientConfigBuilder::try_all_transports) | no | `tryAllTransports` |
/// | [`force_base64`](ClientConfigBuilder::force_base64) | no | `forceBase64` |
/// | [`cache_buster`](ClientConfigBuilder::cache_buster) | yes | `timestampRequests` |
/// | [`open_timeout`](ClientConfigBuilder::open_timeout) | 20 s | – |
/// | [`upgrade_timeout`](ClientConfigBuilder::upgrade_timeout) | 10 s | – |
/// | [`post_timeout`](ClientConfigBuilder::post_timeout) | 20 s | `requestTimeout` |
/// | [`close_timeout`](ClientConfigBuilder::close_timeout) | 30 s | – |
/// | [`max_response`](ClientConfigBuilder::max_response) | 64 MiB | – |
/// | [`max_packets_per_payload`](ClientConfigBuilder::max_packets_per_payload) | 1,000,000 | – |
/// | [`max_packets_per_post`](ClientConfigBuilder::max_packets_per_post) | 16 | – |
/// | [`max_queue_bytes`](ClientConfigBuilder::max_queue_bytes) | 1 MiB | – |
/// | [`max_queue_packets`](ClientConfigBuilder::max_queue_packets) | 10,000 | – |
///
/// ```
/// use engineio_proto::{ClientConfig, ClientConfigError, Transport};
///
/// let config = ClientConfig::builder().query("token=abc").transports([Transport::WebSocket]).build()?;
/// assert_eq!(config.transports(), [Transport::WebSocket]);
///
/// let wrong = ClientConfig::builder().query("transport=polling").build();
/// assert_eq!(wrong.unwrap_err(), ClientConfigError::ReservedParameter);
/// # Ok::<(), ClientConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig(Arc<Settings>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Settings {
    version: Version,
    path: String,
    query: String,
    transports: Vec<Transport>,
    upgrade: bool,
    try_all_transports: bool,
    force_base64: bool,
    cache_buster: bool,
    open_timeout: Duration,
    upgrade_timeout: Duration,
    post_timeout: Duration,
    close_timeout: Duration,
    max_response: usize,
    max_packets_per_payload: usize,
    max_packets_per_post: usize,
    max_queue_bytes: usize,
    max_queue_packets: usize,
}

/// Collects the settings of a [`ClientConfig`]. Each method replaces one and returns the builder.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientConfigBuilder(Settings);

/// A setting that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientConfigError {
    /// The path does not begin with a slash, or holds a character that a path does not.
    #[error("a path begins with a slash and holds printable ASCII without `?` and `#`")]
    Path,
    /// The query is too long, or holds a character that a query does not.
    #[error("a query is at most 4096 bytes of printable ASCII without `#`")]
    Query,
    /// The query holds a parameter that the protocol itself needs: `EIO`, `transport` or `sid`.
    #[error("`EIO`, `transport` and `sid` are not the application's")]
    ReservedParameter,
    /// A duration is zero.
    #[error("`{0}` must be longer than zero")]
    ZeroDuration(&'static str),
    /// A bound is zero.
    #[error("`{0}` must be greater than zero")]
    ZeroBound(&'static str),
    /// There is no transport to begin on.
    #[error("at least one transport is needed")]
    NoTransport,
}

impl ClientConfig {
    /// Starts from the defaults.
    pub fn builder() -> ClientConfigBuilder {
        ClientConfigBuilder(Settings {
            version: Version::V4,
            path: "/engine.io/".to_owned(),
            query: String::new(),
            transports: vec![Transport::Polling, Transport::WebSocket],
            upgrade: true,
            try_all_transports: false,
            force_base64: false,
            cache_buster: true,
            open_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            post_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(30),
            max_response: 64 * 1024 * 1024,
            max_packets_per_payload: 1_000_000,
            max_packets_per_post: 16,
            max_queue_bytes: 1024 * 1024,
            max_queue_packets: 10_000,
        })
    }

    /// The protocol revision that the session speaks.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// The path of all requests.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The application's own part of the query, encoded, without a `?`; may be empty.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// The transports, the one to begin on first.
    #[must_use]
    pub fn transports(&self) -> &[Transport] {
        &self.0.transports
    }

    /// Whether a session that is on polling is brought to WebSocket when the server offers it.
    #[must_use]
    pub fn upgrades(&self) -> bool {
        self.0.upgrade && self.0.transports.contains(&Transport::WebSocket)
    }

    /// Whether the next transport is tried when a session cannot be opened.
    #[must_use]
    pub fn tries_all_transports(&self) -> bool {
        self.0.try_all_transports
    }

    /// Whether binary messages travel as base64 only, in both directions, for networks that bear nothing but text.
    #[must_use]
    pub fn forces_base64(&self) -> bool {
        self.0.force_base64
    }

    /// Whether each polling request has a parameter `t` that no other has.
    #[must_use]
    pub fn cache_buster(&self) -> bool {
        self.0.cache_buster
    }

    /// How long one attempt to open the session may take, from its request to the handshake.
    #[must_use]
    pub fn open_timeout(&self) -> Duration {
        self.0.open_timeout
    }

    /// How long an upgrade may take, from the moment that the session is open to the `5` packet.
    #[must_use]
    pub fn upgrade_timeout(&self) -> Duration {
        self.0.upgrade_timeout
    }

    /// How long the answer to a POST may take. A GET needs no bound of its own: the heartbeat is one.
    #[must_use]
    pub fn post_timeout(&self) -> Duration {
        self.0.post_timeout
    }

    /// How long a graceful close may wait for queued packets to leave and for the server to be told.
    #[must_use]
    pub fn close_timeout(&self) -> Duration {
        self.0.close_timeout
    }

    /// The most bytes in the body of a response, or in one WebSocket message, that the host is to read.
    #[must_use]
    pub fn max_response(&self) -> usize {
        self.0.max_response
    }

    /// The most packets in the answer to a GET.
    #[must_use]
    pub fn max_packets_per_payload(&self) -> usize {
        self.0.max_packets_per_payload
    }

    /// The most packets in a POST. Servers of the python-engineio family drop a payload of more than 16 packets and
    /// answer `ok` all the same.
    #[must_use]
    pub fn max_packets_per_post(&self) -> usize {
        self.0.max_packets_per_post
    }

    /// The most bytes that may wait for the server.
    #[must_use]
    pub fn max_queue_bytes(&self) -> usize {
        self.0.max_queue_bytes
    }

    /// The most messages that may wait for the server.
    #[must_use]
    pub fn max_queue_packets(&self) -> usize {
        self.0.max_queue_packets
    }

    pub(crate) fn queue_bounds(&self) -> Bounds {
        Bounds { bytes: self.0.max_queue_bytes, packets: self.0.max_queue_packets }
    }
}

impl Default for ClientConfig {
    fn default() -> Self {
        let ClientConfigBuilder(settings) = Self::builder();
        Self(Arc::new(settings))
    }
}

impl ClientConfigBuilder {
    /// See [`ClientConfig::version`]. A server that has moved on to protocol 4 takes protocol 3 only if it is told to.
    pub fn version(mut self, version: Version) -> Self {
        self.0.version = version;
        self
    }

    /// See [`ClientConfig::path`]; with its trailing slash if it is to have one.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.0.path = path.into();
        self
    }

    /// See [`ClientConfig::query`].
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.0.query = query.into();
        self
    }

    /// Uses these transports and no others. Naming one twice changes nothing.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.0.transports.clear();
        for transport in transports {
            if !self.0.transports.contains(&transport) {
                self.0.transports.push(transport);
            }
        }
        self
    }

    /// See [`ClientConfig::upgrades`].
    pub fn upgrade(mut self, upgrade: bool) -> Self {
        self.0.upgrade = upgrade;
        self
    }

    /// See [`ClientConfig::tries_all_transports`].
    pub fn try_all_transports(mut self, try_all: bool) -> Self {
        self.0.try_all_transports = try_all;
        self
    }

    /// See [`ClientConfig::forces_base64`].
    pub fn force_base64(mut self, force: bool) -> Self {
        self.0.force_base64 = force;
        self
    }

    /// See [`ClientConfig::cache_buster`].
    pub fn cache_buster(mut self, cache_buster: bool) -> Self {
        self.0.cache_buster = cache_buster;
        self
    }

    /// See [`ClientConfig::open_timeout`].
    pub fn open_timeout(mut self, timeout: Duration) -> Self {
        self.0.open_timeout = timeout;
        self
    }

    /// See [`ClientConfig::upgrade_timeout`].
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.0.upgrade_timeout = timeout;
        self
    }

    /// See [`ClientConfig::post_timeout`].
    pub fn post_timeout(mut self, timeout: Duration) -> Self {
        self.0.post_timeout = timeout;
        self
    }

    /// See [`ClientConfig::close_timeout`].
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.0.close_timeout = timeout;
        self
    }

    /// See [`ClientConfig::max_response`]; in bytes.
    pub fn max_response(mut self, bytes: usize) -> Self {
        self.0.max_response = bytes;
        self
    }

    /// See [`ClientConfig::max_packets_per_payload`].
    pub fn max_packets_per_payload(mut self, packets: usize) -> Self {
        self.0.max_packets_per_payload = packets;
        self
    }

    /// See [`ClientConfig::max_packets_per_post`].
    pub fn max_packets_per_post(mut self, packets: usize) -> Self {
        self.0.max_packets_per_post = packets;
        self
    }

    /// See [`ClientConfig::max_queue_bytes`].
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.0.max_queue_bytes = bytes;
        self
    }

    /// See [`ClientConfig::max_queue_packets`].
    pub fn max_queue_packets(mut self, packets: usize) -> Self {
        self.0.max_queue_packets = packets;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// If one of them makes no sense; the error says which.
    pub fn build(self) -> Result<ClientConfig, ClientConfigError> {
        let Self(settings) = self;
        let query_byte = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
        let path_byte = |byte: u8| query_byte(byte) && byte != b'?';
        if !settings.path.starts_with('/') || !settings.path.bytes().all(path_byte) {
            return Err(ClientConfigError::Path);
        }
        // Half of what servers read, so that there is room for the protocol's own.
        if settings.query.len() > Query::MAX_LEN / 2 || !settings.query.bytes().all(query_byte) {
            return Err(ClientConfigError::Query);
        }
        if names_protocol_parameter(&settings.query) {
            return Err(ClientConfigError::ReservedParameter);
        }
        for (duration, name) in [
            (settings.open_timeout, "open_timeout"),
            (settings.upgrade_timeout, "upgrade_timeout"),
            (settings.post_timeout, "post_timeout"),
            (settings.close_timeout, "close_timeout"),
        ] {
            if duration.is_zero() {
                return Err(ClientConfigError::ZeroDuration(name));
            }
        }
        for (bound, name) in [
            (settings.max_response, "max_response"),
            (settings.max_packets_per_payload, "max_packets_per_payload"),
            (settings.max_packets_per_post, "max_packets_per_post"),
            (settings.max_queue_bytes, "max_queue_bytes"),
            (settings.max_queue_packets, "max_queue_packets"),
        ] {
            if bound == 0 {
                return Err(ClientConfigError::ZeroBound(name));
            }
        }
        if settings.transports.is_empty() {
            return Err(ClientConfigError::NoTransport);
        }
        Ok(ClientConfig(Arc::new(settings)))
    }
}
