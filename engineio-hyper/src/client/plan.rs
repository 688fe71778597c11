//! What all connections of one client share.

use super::{connector::Endpoint, cookies::Jar, inspect::Inspector, memory};
use engineio_proto::CallFault;
use engineio_ws::PerMessageDeflate;
use http::HeaderMap;
use std::{
    io,
    time::{Duration, SystemTime},
};

/// What all connections of one client share.
pub(super) struct Plan<C> {
    pub(super) connector: C,
    pub(super) endpoint: Endpoint,
    /// What every request carries.
    pub(super) headers: HeaderMap,
    /// The server's cookies, if they are wanted.
    pub(super) jar: Option<Jar>,
    /// Whether to remember that WebSocket works with this server.
    pub(super) remembers: bool,
    /// What compression of WebSocket messages to offer, if any.
    pub(super) deflate: Option<PerMessageDeflate>,
    /// The longest response and WebSocket message, in bytes.
    pub(super) max_response: usize,
    pub(super) close_timeout: Duration,
    pub(super) inspector: Inspector,
}

impl<C> Plan<C> {
    /// The headers of the next request.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(jar) = &self.jar {
            jar.fill(&mut headers, SystemTime::now());
        }
        headers
    }

    /// Takes notice of the headers of a response.
    pub(super) fn answered(&self, headers: &HeaderMap) {
        if let Some(jar) = &self.jar {
            jar.keep(headers, SystemTime::now());
        }
    }

    /// Takes notice of whether WebSocket works.
    pub(super) fn websocket(&self, works: bool) {
        if self.remembers {
            memory::remember(&self.endpoint, works);
        }
    }
}

/// Why a call came to nothing: for the core, and for whoever has to look for the cause.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) fault: CallFault,
    pub(super) source: Option<io::Error>,
}

impl Failure {
    pub(super) const fn unreachable(source: io::Error) -> Self {
        Self { fault: CallFault::Unreachable, source: Some(source) }
    }
}

impl From<CallFault> for Failure {
    fn from(fault: CallFault) -> Self {
        Self { fault, source: None }
    }
}

/// What hyper has met: something that is no HTTP, or a connection that failed.
impl From<hyper::Error> for Failure {
    fn from(error: hyper::Error) -> Self {
        let fault = if error.is_parse() { CallFault::Protocol } else { CallFault::Connection };
        Self { fault, source: Some(io::Error::other(error)) }
    }
}
