//! The settings that the core decides by.

use super::ClientBuilder;
use crate::{Connector, Runtime};
use engineio_proto::{ClientConfigBuilder, Transport, Version};
use std::time::Duration;

/// What the core decides by.
impl<Rt: Runtime, C: Connector> ClientBuilder<Rt, C> {
    /// The protocol revision to speak: 4, unless this says otherwise. A server that has moved on to it takes revision 3
    /// only if it is told to.
    pub fn version(self, version: Version) -> Self {
        self.configure(|config| config.version(version))
    }

    /// The path of all requests, with its trailing slash if it is to have one.
    pub fn path(self, path: impl Into<String>) -> Self {
        self.configure(|config| config.path(path))
    }

    /// The application's own part of the query, encoded, without a `?`.
    pub fn query(self, query: impl Into<String>) -> Self {
        self.configure(|config| config.query(query))
    }

    /// Uses these transports and no others; the session begins on the first.
    pub fn transports(self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.configure(|config| config.transports(transports))
    }

    /// Whether a session that is on polling is brought to WebSocket when the server offers it.
    pub fn upgrade(self, upgrade: bool) -> Self {
        self.configure(|config| config.upgrade(upgrade))
    }

    /// Whether the next transport is tried when a session cannot be opened.
    pub fn try_all_transports(self, try_all: bool) -> Self {
        self.configure(|config| config.try_all_transports(try_all))
    }

    /// Whether binary messages travel as base64 only, in both directions, for networks that bear nothing but text.
    pub fn force_base64(self, force: bool) -> Self {
        self.configure(|config| config.force_base64(force))
    }

    /// Whether each polling request has a parameter `t` that no other has.
    pub fn cache_buster(self, cache_buster: bool) -> Self {
        self.configure(|config| config.cache_buster(cache_buster))
    }

    /// How long one attempt to open the session may take, from its request to the handshake.
    pub fn open_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.open_timeout(timeout))
    }

    /// How long an upgrade may take.
    pub fn upgrade_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.upgrade_timeout(timeout))
    }

    /// How long the answer to a POST may take.
    pub fn post_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.post_timeout(timeout))
    }

    /// How long an orderly close may wait for queued messages to leave and for the server to be told.
    pub fn close_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.close_timeout(timeout))
    }

    /// The most bytes in a response or in one WebSocket message.
    pub fn max_response(self, bytes: usize) -> Self {
        self.configure(|config| config.max_response(bytes))
    }

    /// The most packets in the answer to a GET.
    pub fn max_packets_per_payload(self, packets: usize) -> Self {
        self.configure(|config| config.max_packets_per_payload(packets))
    }

    /// The most packets in a POST: 16 by default, as servers of the python-engineio family drop a payload of more
    /// packets and answer `ok` all the same.
    pub fn max_packets_per_post(self, packets: usize) -> Self {
        self.configure(|config| config.max_packets_per_post(packets))
    }

    /// The most bytes that may wait for the server.
    pub fn max_queue_bytes(self, bytes: usize) -> Self {
        self.configure(|config| config.max_queue_bytes(bytes))
    }

    /// The most messages that may wait for the server.
    pub fn max_queue_packets(self, packets: usize) -> Self {
        self.configure(|config| config.max_queue_packets(packets))
    }

    fn configure(mut self, change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder) -> Self {
        self.settings.config = change(self.settings.config);
        self
    }
}
