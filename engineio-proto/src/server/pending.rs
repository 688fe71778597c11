//! A request for a new session, until the host has decided about it.

use super::router::Opening;
use crate::{Answer, Refusal, Response, Sid, Transport, Version};

/// A request for a new session that waits for the host's decision, with the host's handle in it.
///
/// It is decided by value: accepted, refused or given up, each once and one of them only. However long the host
/// takes, no session exists meanwhile; a host that drops the value has given the request up.
///
/// ```
/// use engineio_proto::{Pending, Refusal};
///
/// fn decide(pending: Pending<&'static str>) {
///     let answer = pending.refuse(Refusal::Forbidden(None));
/// #   drop(answer.into_parts());
/// }
/// ```
///
/// Refusing and then accepting does not compile:
///
/// ```compile_fail,E0382
/// use engineio_proto::{Pending, Refusal};
///
/// fn decide(pending: Pending<&'static str>) {
///     let answer = pending.refuse(Refusal::Forbidden(None));
///     let admitted = pending.accept("abc".parse().unwrap());
/// #   drop((answer.into_parts(), admitted));
/// }
/// ```
#[must_use = "the peer waits for a decision"]
#[derive(Debug)]
pub struct Pending<R> {
    opening: Opening,
    handle: R,
}

/// A request for a new session that was accepted. [`Server::open`](crate::Server::open) makes the session.
#[must_use = "the peer waits for its session"]
#[derive(Debug)]
pub struct Admitted<R> {
    pub(super) pending: Pending<R>,
    pub(super) sid: Sid,
}

/// A session with this id is there already. The decision is the host's again.
#[must_use = "the peer waits for another decision"]
#[derive(Debug, thiserror::Error)]
#[error("a session with this id exists already")]
pub struct Collision<R>(pub(super) Pending<R>);

impl Opening {
    /// Joins it with the host's handle, the right to answer it.
    pub fn pending<R>(self, handle: R) -> Pending<R> {
        Pending { opening: self, handle }
    }
}

impl<R> Pending<R> {
    pub(super) fn into_parts(self) -> (Opening, R) {
        (self.opening, self.handle)
    }

    /// The transport that the session is to begin on.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.opening.transport
    }

    /// The version of the protocol that the session is to speak.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.opening.version()
    }

    /// Accepts it under this session id, which must be hard to guess.
    pub const fn accept(self, sid: Sid) -> Admitted<R> {
        Admitted { pending: self, sid }
    }

    /// Refuses it.
    pub fn refuse(self, refusal: Refusal) -> Answer<R> {
        let upgrade = matches!(self.opening.transport, Transport::WebSocket);
        Answer::outright(self.handle, Response::refusal(refusal, upgrade))
    }

    /// The peer is gone: gives the host's handle back.
    pub fn aborted(self) -> R {
        self.handle
    }
}

impl<R> Collision<R> {
    /// The request, to be accepted under another id or to be refused.
    pub fn into_pending(self) -> Pending<R> {
        self.0
    }
}
