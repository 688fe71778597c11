//! Names of sessions, exchanges and sockets. They are `Copy` and give no rights: a stale one is a no-op or a
//! typed error, never another session's.

/// Names one session of one [`Server`](crate::Server).
///
/// A key is never reused: it carries the generation of its slot, so a key that outlives its session names
/// nothing. It also carries the number that the host gave to the [`Server`](crate::Server), so that a host
/// with several (one per shard or thread) can find the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    pub(crate) shard: u16,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl SessionKey {
    /// The number of the server that the session lives in, as given to [`Server::new`](crate::Server::new).
    #[must_use]
    pub const fn shard(self) -> u16 {
        self.shard
    }

    /// A small number, unique among the sessions that are alive in one server, for a host's own dense table.
    ///
    /// Slots are reused: compare the whole key before trusting what a table holds.
    #[must_use]
    pub const fn slot(self) -> usize {
        self.slot as usize
    }
}

/// Names one exchange: one HTTP request, from its arrival until it was answered or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    pub(crate) session: Option<SessionKey>,
    pub(crate) exchange: ExchangeId,
}

impl Ticket {
    /// The session that the exchange belongs to; `None` if its request was refused before one was found.
    #[must_use]
    pub const fn session(self) -> Option<SessionKey> {
        self.session
    }
}

/// Names one WebSocket of one session: the one that its upgrade request became.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WsKey {
    pub(crate) session: SessionKey,
    pub(crate) exchange: ExchangeId,
}

impl WsKey {
    /// The session that the socket belongs to, or asks to belong to.
    #[must_use]
    pub const fn session(self) -> SessionKey {
        self.session
    }
}

/// Names one message whose delivery the application wants to be told of.
///
/// Ids of one session only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendId(pub(crate) u64);

/// Names one call of one client; never reused within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    pub(crate) client: u64,
    pub(crate) number: u64,
}

impl CallId {
    /// The number that the host gave to the client, see [`ClientStart::key`](crate::ClientStart::key).
    #[must_use]
    pub const fn client(self) -> u64 {
        self.client
    }
}

/// Names one WebSocket of one client: the one that its dial became. A stale key is a no-op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientWsKey(pub(crate) CallId);

impl ClientWsKey {
    /// The number that the host gave to the client, see [`ClientStart::key`](crate::ClientStart::key).
    #[must_use]
    pub const fn client(self) -> u64 {
        self.0.client
    }

    /// The dial that it comes from.
    #[must_use]
    pub const fn call(self) -> CallId {
        self.0
    }
}

/// Unique within one server and never reused, so the id is its own generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExchangeId(pub(crate) u64);
