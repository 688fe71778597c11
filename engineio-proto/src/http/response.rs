//! HTTP responses, as far as the protocol says what is in them.

use crate::{Batch, Refusal, Text};
use bytes::Bytes;

/// An HTTP response: a status, headers and a body that is encoded when asked for, outside any lock.
#[derive(Debug)]
pub struct Response {
    status: u16,
    body: Body,
    /// The request wanted to become a WebSocket, so its connection is of no further use.
    last: bool,
    cookie: Option<Text>,
}

#[derive(Debug)]
enum Body {
    Empty,
    /// A POST was accepted.
    Ok,
    Packets(Batch),
    Refusal(Refusal),
}

impl Response {
    /// The response to a request that was refused. `upgrade` tells whether it asked to become a WebSocket.
    #[must_use]
    pub const fn refusal(refusal: Refusal, upgrade: bool) -> Self {
        Self { status: refusal.status(upgrade), body: Body::Refusal(refusal), last: upgrade, cookie: None }
    }

    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, body: Body::Empty, last: false, cookie: None }
    }

    pub(crate) const fn accepted() -> Self {
        Self { status: 200, body: Body::Ok, last: false, cookie: None }
    }

    pub(crate) const fn packets(batch: Batch) -> Self {
        Self { status: 200, body: Body::Packets(batch), last: false, cookie: None }
    }

    pub(crate) fn with_cookie(self, cookie: Option<Text>) -> Self {
        Self { cookie, ..self }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the connection is of no further use after it: over HTTP/1.1, send `connection: close`.
    #[must_use]
    pub const fn ends_connection(&self) -> bool {
        self.last
    }

    /// The value of its `set-cookie` header, if it is to have one: see [`Cookie`](crate::Cookie).
    #[must_use]
    pub const fn cookie(&self) -> Option<&Text> {
        self.cookie.as_ref()
    }

    /// What its body is, if it has one that is of a kind.
    #[must_use]
    pub const fn content_type(&self) -> Option<&'static str> {
        match &self.body {
            Body::Ok => Some("text/html"),
            Body::Packets(batch) => Some(batch.content_type()),
            Body::Refusal(refusal) if refusal.code().is_some() => Some("application/json"),
            Body::Empty | Body::Refusal(_) => None,
        }
    }

    /// The headers that belong to it, apart from the body's length and the [cookie](Self::cookie). If it has a
    /// [content type](Self::content_type), that tells the others, too.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        const FRESH: (&str, &str) = ("cache-control", "no-store");
        let others: &'static [_] = match &self.body {
            Body::Ok => &[FRESH],
            Body::Packets(batch) if batch.is_script() => &[FRESH, ("x-content-type-options", "nosniff")],
            Body::Packets(_) => &[FRESH],
            Body::Refusal(Refusal::MethodNotAllowed) => &[("allow", "GET, POST")],
            Body::Empty | Body::Refusal(_) => &[],
        };
        self.content_type().map(|value| ("content-type", value)).into_iter().chain(others.iter().copied())
    }

    /// Why the request was refused, if it was.
    #[must_use]
    pub const fn refused(&self) -> Option<&Refusal> {
        match &self.body {
            Body::Refusal(refusal) => Some(refusal),
            Body::Empty | Body::Ok | Body::Packets(_) => None,
        }
    }

    /// The packets that it carries; empty for what is not the answer to a poll.
    #[must_use]
    pub fn carried(&self) -> &[crate::Packet] {
        match &self.body {
            Body::Packets(batch) => batch.packets(),
            Body::Empty | Body::Ok | Body::Refusal(_) => &[],
        }
    }

    /// Whether its body may be compressed, if the host does that: see [`Batch::compress`].
    #[must_use]
    pub const fn compress(&self) -> bool {
        match &self.body {
            Body::Packets(batch) => batch.compress(),
            Body::Empty | Body::Ok | Body::Refusal(_) => false,
        }
    }

    /// Writes the body, which may be empty.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        match &self.body {
            Body::Empty => Bytes::new(),
            Body::Ok => Bytes::from_static(b"ok"),
            Body::Packets(batch) => batch.encode(),
            Body::Refusal(refusal) => refusal.body(),
        }
    }
}
