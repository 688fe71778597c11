//! Admission of a request, as far as it can be judged from the request alone: before any lock, before any
//! session is looked for.

use super::config::Config;
use crate::{BadRequest, Eio, Encoding, InvalidJsonp, Query, Refusal, Sid, Transport, Version};

/// The longest query, in bytes, that is looked at.
const MAX_QUERY: usize = 8 * 1024;

/// Judges requests by their heads.
///
/// ```
/// use engineio_proto::{Config, RequestHead, Route, Router};
///
/// let router = Router::new(Config::default());
/// assert!(router.matches("/engine.io/"));
/// assert!(!router.matches("/engine.io/else"));
///
/// let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
/// assert!(matches!(router.route(&head), Ok(Route::Open(_))));
///
/// let head = RequestHead { method: "GET", query: "EIO=4&transport=pigeon", ..RequestHead::default() };
/// assert_eq!(router.route(&head).unwrap_err().code(), Some(0));
/// ```
#[derive(Clone, Debug)]
pub struct Router {
    config: Config,
}

/// What the router looks at, borrowed from the host's own request.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestHead<'a> {
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The query without its `?`; empty if there is none.
    pub query: &'a str,
    /// Whether this asks to become a WebSocket, with headers that the host has found to be right.
    pub upgrade: bool,
    /// The `Origin` header.
    pub origin: Option<&'a [u8]>,
    /// The `Content-Type` header.
    pub content_type: Option<&'a [u8]>,
    /// The `Content-Encoding` header.
    pub content_encoding: Option<&'a [u8]>,
    /// The `Content-Length` header.
    pub content_length: Option<u64>,
}

/// Where a request belongs.
///
/// Exhaustive on purpose: a host that does not know one of them cannot be right.
#[derive(Debug)]
pub enum Route {
    /// It asks for a new session.
    Open(Opening),
    /// It names a session, which may not exist.
    Session(Request),
}

/// A request for a new session that the protocol has nothing against. The application may still refuse it.
#[derive(Debug)]
pub struct Opening {
    pub(crate) transport: Transport,
    pub(crate) encoding: Encoding,
}

/// A request that names a session.
///
/// A [`Router`] makes them from what arrived; the constructors make the plain ones.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) sid: Sid,
    pub(crate) kind: RequestKind,
    /// The version that it claims to speak, if it says so.
    pub(crate) version: Claim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Get,
    Post(PostHead),
    Upgrade {
        /// The peer cannot take binary on this WebSocket.
        base64: bool,
    },
    /// The transport that it names and the way that it came do not go together, or the session is not there.
    Mismatch {
        upgrade: bool,
    },
    MethodNotAllowed {
        upgrade: bool,
    },
}

/// What is known about a POST before its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PostHead {
    pub(crate) octet_stream: bool,
    pub(crate) length: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    None,
    Version(Version),
    Unknown,
}

impl Claim {
    pub(crate) fn fits(self, version: Version) -> bool {
        match self {
            Self::None => true,
            Self::Version(claimed) => claimed == version,
            Self::Unknown => false,
        }
    }
}

impl Request {
    /// A poll.
    #[must_use]
    pub const fn get(sid: Sid) -> Self {
        Self { sid, kind: RequestKind::Get, version: Claim::None }
    }

    /// A POST whose body is still to come.
    #[must_use]
    pub fn post(sid: Sid) -> Self {
        Self { sid, kind: RequestKind::Post(PostHead::default()), version: Claim::None }
    }

    /// A request to become the session's WebSocket.
    #[must_use]
    pub const fn upgrade(sid: Sid) -> Self {
        Self { sid, kind: RequestKind::Upgrade { base64: false }, version: Claim::None }
    }

    /// The session that it names.
    #[must_use]
    pub const fn sid(&self) -> Sid {
        self.sid
    }

    /// Whether it is a POST, whose body is to be read.
    #[must_use]
    pub const fn is_post(&self) -> bool {
        matches!(self.kind, RequestKind::Post(_))
    }

    /// Whether it asks to become a WebSocket.
    #[must_use]
    pub const fn is_upgrade(&self) -> bool {
        match self.kind {
            RequestKind::Upgrade { .. } => true,
            RequestKind::Mismatch { upgrade } | RequestKind::MethodNotAllowed { upgrade } => upgrade,
            RequestKind::Get | RequestKind::Post(_) => false,
        }
    }
}

impl Opening {
    /// The transport that the session is to begin on.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The version of the protocol that the session is to speak.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.encoding.version()
    }
}

impl Router {
    /// Makes a router.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self { config }
    }

    /// Whether a request with this path is one for Engine.IO. The comparison is exact.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        path == self.config.path()
    }

    /// Judges a request in the order of the reference: transport, origin, session, method, version.
    ///
    /// # Errors
    /// If it is refused whatever sessions there are. Answer it with
    /// [`Response::refusal`](crate::Response::refusal).
    pub fn route(&self, head: &RequestHead<'_>) -> Result<Route, Refusal> {
        let query = Query::parse(head.query, MAX_QUERY)?;
        let transport = query.transport.filter(|transport| self.config.enables(*transport));
        let transport = transport.ok_or(Refusal::UnknownTransport)?;
        if head.origin.is_some_and(|origin| !is_legal_header(origin)) {
            return Err(BadRequest::InvalidOrigin.into());
        }
        match query.sid {
            Some(sid) => {
                let sid = sid.map_err(|_| Refusal::UnknownSid)?;
                self.in_session(sid, transport, &query, head).map(Route::Session)
            }
            None => Self::opening(&self.config, transport, &query, head).map(Route::Open),
        }
    }

    fn opening(
        config: &Config,
        transport: Transport,
        query: &Query,
        head: &RequestHead<'_>,
    ) -> Result<Opening, Refusal> {
        if head.method != "GET" {
            return Err(Refusal::BadHandshakeMethod);
        }
        if head.upgrade != (transport == Transport::WebSocket) {
            return Err(BadRequest::TransportHandshake.into());
        }
        let version = match query.eio {
            Some(Eio::Known(version)) => Some(version),
            // Clients that are older than the parameter speak version 3 or what it is compatible with.
            None => Some(Version::V3),
            Some(Eio::Other) => None,
        };
        let version = version.filter(|version| config.speaks(*version)).ok_or(Refusal::UnsupportedVersion)?;
        let encoding = Encoding::new(version);
        let encoding = if query.b64 { encoding.with_base64() } else { encoding };
        // Only answers can be scripts.
        let jsonp = query.j.filter(|_| transport == Transport::Polling);
        if jsonp.is_some() && !config.allows_jsonp() {
            return Err(BadRequest::JsonpDisabled.into());
        }
        let encoding = match jsonp.transpose().map_err(|InvalidJsonp| BadRequest::Jsonp)? {
            Some(jsonp) => encoding.with_jsonp(jsonp),
            None => encoding,
        };
        Ok(Opening { transport, encoding })
    }

    fn in_session(
        &self,
        sid: Sid,
        transport: Transport,
        query: &Query,
        head: &RequestHead<'_>,
    ) -> Result<Request, Refusal> {
        let version = match query.eio {
            None => Claim::None,
            Some(Eio::Known(version)) => Claim::Version(version),
            Some(Eio::Other) => Claim::Unknown,
        };
        let upgrade = head.upgrade;
        let kind = match (head.method, transport, upgrade) {
            ("GET", Transport::WebSocket, true) => RequestKind::Upgrade { base64: query.b64 },
            ("GET", Transport::Polling, false) => RequestKind::Get,
            ("POST", Transport::Polling, false) => {
                if head.content_encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
                    return Err(Refusal::ContentEncoding);
                }
                let octet_stream = head.content_type == Some(b"application/octet-stream");
                RequestKind::Post(PostHead { octet_stream, length: head.content_length })
            }
            ("GET" | "POST", _, _) => RequestKind::Mismatch { upgrade },
            _ => RequestKind::MethodNotAllowed { upgrade },
        };
        Ok(Request { sid, kind, version })
    }
}

/// A header's value may hold visible characters, spaces and tabs, and bytes above ASCII.
fn is_legal_header(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f))
}
