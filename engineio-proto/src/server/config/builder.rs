//! How a configuration is put together, and what is checked then.

use super::{Config, Settings};
use crate::codec;
use crate::{Cookie, Encoding, Message, Transport, Version};
use alloc::{string::String, sync::Arc};
use core::time::Duration;

/// Collects the settings of a [`Config`]. Each method replaces one and returns the builder.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ConfigBuilder(Settings);

/// The longest time that a JavaScript timer waits for.
const LONGEST_HEARTBEAT: Duration = Duration::from_millis(i32::MAX as u64);

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
    /// The ping interval and the ping timeout are together more than 2^31 - 1 ms, about 24 days. JavaScript clients wait for
    /// so long by one timer, which fires at once if it is set to more.
    #[error("`ping_interval` and `ping_timeout` must be at most 2147483647 ms together")]
    HeartbeatTooLong,
    /// The queue has no room for a message as large as the peer can send, so it could not be sent back.
    #[error("`max_queue_bytes` must be at least `max_payload`")]
    QueueBelowPayload,
    /// The initial packet is text with U+001E in it, and sessions may begin on polling: see
    /// [`SendError::Separator`](crate::SendError::Separator).
    #[error("`initial_packet` holds U+001E, which cannot be sent over polling")]
    InitialPacket,
    /// An answer to a poll has no room for what the protocol itself may have to say in it, two packets.
    #[error("`max_packets_per_response` must be at least 2")]
    TooFewPackets,
    /// Every transport is switched off.
    #[error("at least one transport must be enabled")]
    NoTransport,
}

impl Config {
    /// Starts from the defaults.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder(Settings::default())
    }
}

impl ConfigBuilder {
    /// The path that requests are to have, exactly, with its trailing slash if it is to have one.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.0.path = path.into();
        self
    }

    /// See [`Config::ping_interval`]. With [`ping_timeout`](Self::ping_timeout) it is at most 2^31 - 1 ms, about 24 days.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.0.ping_interval = interval;
        self
    }

    /// See [`Config::ping_timeout`]. With [`ping_interval`](Self::ping_interval) it is at most 2^31 - 1 ms, about 24 days.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.0.ping_timeout = timeout;
        self
    }

    /// See [`Config::first_request_timeout`].
    pub fn first_request_timeout(mut self, timeout: Duration) -> Self {
        self.0.first_request_timeout = timeout;
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

    /// See [`Config::total_body_timeout`].
    pub fn total_body_timeout(mut self, timeout: Duration) -> Self {
        self.0.total_body_timeout = timeout;
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

    /// Whether a polling session's payloads can travel as JSONP: a handshake asks for it by the query parameter `j`.
    /// Without this, such a handshake is refused with code 3.
    ///
    /// **JSONP lets a page of any origin read the session**, and the browser sends the visitor's cookies along without
    /// an `Origin` header. Enable it only for browsers that have neither CORS nor WebSocket, and never where a cookie
    /// authenticates the visitor.
    pub fn jsonp(mut self, allow: bool) -> Self {
        self.0.jsonp = allow;
        self
    }

    /// A message that each session begins with: in the answer to its handshake, or as the first frame after it.
    pub fn initial_packet(mut self, message: impl Into<Message>) -> Self {
        self.0.initial_packet = Some(message.into());
        self
    }

    /// A cookie that carries the id of its session, set by the answer to the handshake.
    pub fn cookie(mut self, cookie: Cookie) -> Self {
        self.0.cookie = Some(cookie);
        self
    }

    /// The most packets in one answer to a poll, at least 2. Some clients refuse answers of more than a few;
    /// without this there is no bound but [`max_payload`](Self::max_payload).
    pub fn max_packets_per_response(mut self, packets: usize) -> Self {
        self.0.max_packets_per_response = Some(packets);
        self
    }

    /// See [`Config::max_queue_bytes`]; at least [`max_payload`](Self::max_payload).
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.0.max_queue_bytes = Some(bytes);
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
            (settings.first_request_timeout, "first_request_timeout"),
            (settings.upgrade_timeout, "upgrade_timeout"),
            (settings.close_timeout, "close_timeout"),
            (settings.body_timeout, "body_timeout"),
            (settings.total_body_timeout, "total_body_timeout"),
        ] {
            if duration.is_zero() {
                return Err(ConfigError::ZeroDuration(name));
            }
        }
        for (bound, name) in [
            (settings.max_payload, "max_payload"),
            (settings.max_packets_per_payload, "max_packets_per_payload"),
            (settings.max_queue_bytes.unwrap_or(usize::MAX), "max_queue_bytes"),
            (settings.max_queue_packets, "max_queue_packets"),
        ] {
            if bound == 0 {
                return Err(ConfigError::ZeroBound(name));
            }
        }
        if settings.ping_interval.saturating_add(settings.ping_timeout) > LONGEST_HEARTBEAT {
            return Err(ConfigError::HeartbeatTooLong);
        }
        if settings.max_queue_bytes.is_some_and(|bytes| bytes < settings.max_payload) {
            return Err(ConfigError::QueueBelowPayload);
        }
        if settings.max_packets_per_response.is_some_and(|packets| packets < 2) {
            return Err(ConfigError::TooFewPackets);
        }
        let falls_apart = |text| codec::separates(Encoding::new(Version::V4), text);
        if settings.polling && settings.initial_packet.as_ref().and_then(Message::text).is_some_and(falls_apart) {
            return Err(ConfigError::InitialPacket);
        }
        if !settings.polling && !settings.websocket {
            return Err(ConfigError::NoTransport);
        }
        Ok(Config(Arc::new(settings)))
    }
}
