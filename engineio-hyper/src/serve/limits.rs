//! The methods of a server that set the bounds of its connections.

use super::{Listener, Serve};
use crate::runtime::Runtime;
use std::time::Duration;

/// A head of this size holds the requests of any client.
const LEAST_HEAD_BYTES: usize = 1024;

/// The bounds of connections.
impl<Rt: Runtime, L: Listener, S, F> Serve<Rt, L, S, F> {
    /// How long a new connection may take until the head of its first request has arrived, a TLS handshake included. Then
    /// it is closed. The default is 30 s.
    pub const fn first_head_timeout(mut self, timeout: Duration) -> Self {
        self.settings.first_head_timeout = timeout;
        self
    }

    /// How long the head of a later request may take, from its first byte to its last. Then the connection is closed. The
    /// default is 30 s.
    ///
    /// On HTTP/2 it does not apply: a connection without open streams is closed after [`idle_timeout`](Self::idle_timeout),
    /// also while a head is arriving.
    pub const fn head_timeout(mut self, timeout: Duration) -> Self {
        self.settings.head_timeout = timeout;
        self
    }

    /// How long a connection is kept open without a request. The default is 75 s.
    ///
    /// It should be longer than the time for which a proxy in front of the server keeps its idle connections, which commonly
    /// is 60 s. Otherwise a request of the proxy may cross with the close, and the proxy answers 502.
    ///
    /// Responses over HTTP/1.1 announce it in whole seconds: `Keep-Alive: timeout=75`. A client may rely on that: the
    /// connection is kept for a tenth longer than `timeout`, but at most for one second longer, so that a request that is
    /// sent in time also arrives in time. A time of less than a second is not announced. Over HTTP/2, a connection without
    /// open streams is closed after the same time, and the peer is told by GOAWAY.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = timeout;
        self
    }

    /// How long a peer may take nothing of what is to be written to it. Then its connection is closed. The default is 30 s.
    ///
    /// On HTTP/2 it also is the time in which the peer may take nothing of a response, for instance because it gives the
    /// stream no window. What else the peer does makes no difference. Then the stream is reset, within an eighth of this time;
    /// if all of the response was handed over already, and the last 16 KiB of it do not leave, the connection is closed.
    /// A WebSocket over HTTP/2 that has been closed and does not end is reset after the same time.
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

    /// The most bytes in the head of a request: the request line and the header fields. A longer head is answered 431, and
    /// its connection is closed. The default is 32 KiB, and the least is 1 KiB.
    ///
    /// On HTTP/2 the length is that of `SETTINGS_MAX_HEADER_LIST_SIZE`: names and values before compression, and 32 bytes
    /// more for each field. A longer head is answered 431, and its stream ends.
    pub const fn max_head_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_head_bytes = if bytes < LEAST_HEAD_BYTES { LEAST_HEAD_BYTES } else { bytes };
        self
    }

    /// The most header fields in a request. A request with more is answered 431; over HTTP/1.1 its connection is closed.
    /// The default is 256.
    pub const fn max_header_fields(mut self, fields: usize) -> Self {
        self.settings.max_header_fields = fields;
        self
    }
}

/// The bounds of HTTP/2 connections, which need the feature `http2`.
impl<Rt: Runtime, L: Listener, S, F> Serve<Rt, L, S, F> {
    /// The most streams that an HTTP/2 connection may have at a time, WebSockets included. The peer is told, and more are
    /// refused. The default is 200.
    pub const fn max_concurrent_streams(mut self, streams: u32) -> Self {
        self.settings.max_concurrent_streams = streams;
        self
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_setting_is_in_the_table() {
        let settings = include_str!("limits.rs").split("\n    pub const fn ").skip(1);
        let names: Vec<_> = settings.filter_map(|setting| setting.split('(').next()).collect();
        assert!(names.len() > 1, "the settings are found");
        for name in names {
            assert!(include_str!("mod.rs").contains(&format!("| [`{name}`](Self::{name}) | ")), "{name} has no row");
        }
    }
}
