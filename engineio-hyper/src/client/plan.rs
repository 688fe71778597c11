//! What all connections of one client share.

use super::{
    connector::{Connector, Endpoint},
    cookies::Jar,
    inspect::Inspector,
    memory,
};
use engineio_proto::CallFault;
use engineio_ws::PerMessageDeflate;
use http::{HeaderMap, HeaderName, header};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

/// Adds to the headers of a request.
pub(super) type HeadersHook = dyn Fn(&mut HeaderMap) + Send + Sync;

/// What frames a request, which the application does not.
const OURS: [HeaderName; 5] =
    [header::CONNECTION, header::CONTENT_LENGTH, header::EXPECT, header::TRANSFER_ENCODING, header::UPGRADE];

/// What all connections of one client share.
pub(super) struct Plan<C> {
    pub(super) connector: C,
    pub(super) endpoint: Endpoint,
    /// What every request carries.
    pub(super) headers: HeaderMap,
    /// What the application adds to each request.
    pub(super) headers_hook: Option<Arc<HeadersHook>>,
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
    pub(super) connecting: Connecting,
}

/// How many connections are being made.
#[derive(Debug, Default)]
pub(super) struct Connecting(AtomicUsize);

/// One of them.
struct Attempt<'c>(&'c Connecting);

impl<C: Connector> Plan<C> {
    /// Makes a connection to the server.
    pub(super) async fn connect(&self) -> Result<C::Io, Failure> {
        let _attempt = self.connecting.begin();
        let connected = self.connector.connect(&self.endpoint).await;
        connected.map_err(|source| Failure { fault: CallFault::Unreachable, source: Some(source) })
    }
}

impl<C> Plan<C> {
    /// What to tell of a deadline that passes now, if there is no connection yet.
    pub(super) fn unconnected(&self) -> Option<io::Error> {
        (self.connecting.0.load(Ordering::Relaxed) > 0).then(|| {
            let (host, port) = (self.endpoint.host(), self.endpoint.port());
            io::Error::new(io::ErrorKind::TimedOut, format!("no connection to {host}, port {port}, was made in time"))
        })
    }

    /// The headers of the next request.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(hook) = &self.headers_hook {
            hook(&mut headers);
        }
        for name in OURS {
            headers.remove(name);
        }
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

impl Connecting {
    fn begin(&self) -> Attempt<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Attempt(self)
    }
}

/// It succeeded, failed or was given up.
impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
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
