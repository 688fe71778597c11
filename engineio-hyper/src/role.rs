//! The session behind a socket, in either role.

use crate::{client::ClientSession, host::Turns, lane::Lane, responder::Responder, session::Session};
use engineio_proto::{Client, Instant, Outgoing, SendError, SendId, Server, SessionId, SessionKey, Transport};
use http::request::Parts;
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
};

/// The session behind a socket.
pub(crate) enum Role {
    /// One of an engine's.
    Server(Arc<Session>),
    /// One of an engine's, whose handler is being called: whoever does that enters the core afterwards.
    InTurn(Arc<Session>),
    /// A client's own, and the id that the server gave it.
    Client(Arc<ClientSession>, SessionId),
}

/// The core behind a socket, with its session's lock held.
pub(crate) enum Core<'c> {
    Server { server: &'c mut Server<Responder>, key: SessionKey, now: Instant },
    Client { client: &'c mut Client, now: Instant },
}

impl Role {
    /// Calls into the session's core. No lock may be held.
    pub(crate) fn enter<T>(&self, call: impl FnOnce(Core<'_>) -> T) -> T {
        match self {
            Self::Server(session) | Self::InTurn(session) => session.enter(Turns::Elsewhere, |shard, now| {
                call(Core::Server { server: &mut shard.server, key: session.key, now })
            }),
            Self::Client(session, _) => session.enter(|client, now| call(Core::Client { client, now })),
        }
    }

    /// As [`enter`](Self::enter), for what only queues something. In a turn, what that leads to is left to whoever
    /// drives it, who does it for all that a handler sends at once.
    pub(crate) fn offer<T>(&self, call: impl FnOnce(Core<'_>) -> T) -> T {
        match self {
            Self::InTurn(session) => {
                let (shard, now) = (usize::from(session.key.shard()), Instant::EPOCH);
                call(Core::Server { server: &mut session.host.lock(shard).server, key: session.key, now })
            }
            Self::Server(_) | Self::Client(..) => self.enter(call),
        }
    }

    /// The role of a handle that may outlive the turn.
    pub(crate) fn lasting(&self) -> Self {
        match self {
            Self::InTurn(session) | Self::Server(session) => Self::Server(session.clone()),
            Self::Client(session, id) => Self::Client(session.clone(), id.clone()),
        }
    }

    pub(crate) fn lane(&self) -> &Lane {
        match self {
            Self::Server(session) | Self::InTurn(session) => &session.lane,
            Self::Client(session, _) => &session.lane,
        }
    }

    /// How many handles the application has, if this is one of them: one in a turn is only lent to it.
    pub(crate) fn handles(&self) -> Option<&AtomicUsize> {
        match self {
            Self::Server(session) => Some(&session.handles),
            Self::InTurn(_) => None,
            Self::Client(session, _) => Some(&session.handles),
        }
    }

    /// Whether the session ends with the last handle.
    pub(crate) fn is_owned(&self) -> bool {
        match self {
            Self::Server(session) | Self::InTurn(session) => session.is_accepted(),
            Self::Client(..) => true,
        }
    }

    pub(crate) fn id(&self) -> SessionId {
        match self {
            Self::Server(session) | Self::InTurn(session) => session.sid.into(),
            Self::Client(_, id) => id.clone(),
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::Server(session) | Self::InTurn(session) => session.transport(),
            Self::Client(session, _) => session.transport(),
        }
    }

    pub(crate) fn handshake(&self) -> &Arc<Parts> {
        match self {
            Self::Server(session) | Self::InTurn(session) => &session.seed.handshake,
            Self::Client(session, _) => &session.head,
        }
    }

    pub(crate) fn remote_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Server(session) | Self::InTurn(session) => session.seed.remote_addr,
            Self::Client(..) => None,
        }
    }
}

impl Core<'_> {
    #[inline]
    pub(crate) fn send(self, message: Outgoing) -> Result<(), SendError> {
        match self {
            Self::Server { server, key, now: _ } => server.send(key, message),
            Self::Client { client, now } => client.send(now, message),
        }
    }

    pub(crate) fn send_tracked(self, message: Outgoing) -> Result<SendId, SendError> {
        match self {
            Self::Server { server, key, now: _ } => server.send_tracked(key, message),
            Self::Client { client, now } => client.send_tracked(now, message),
        }
    }

    pub(crate) fn send_many(self, messages: Vec<Outgoing>) -> Result<(), SendError<Vec<Outgoing>>> {
        match self {
            Self::Server { server, key, now: _ } => server.send_many(key, messages),
            Self::Client { client, now } => client.send_many(now, messages),
        }
    }

    pub(crate) fn close(self) {
        match self {
            Self::Server { server, key, now } => server.close(now, key),
            Self::Client { client, now } => client.close(now),
        }
    }

    pub(crate) fn discard(self) {
        match self {
            Self::Server { server, key, now } => server.discard(now, key),
            Self::Client { client, now } => client.discard(now),
        }
    }
}
