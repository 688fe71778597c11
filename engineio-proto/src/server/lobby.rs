//! Where requests for sessions wait for the host's decision, if no future of the host's holds them.

use super::pending::Pending;
use crate::{Answer, Instant, Refusal};
use alloc::collections::BTreeMap;
use core::time::Duration;

/// Requests for sessions that wait for the host's decision, for hosts that are called back with it.
///
/// A host with a future for each request keeps its [`Pending`] in there: dropping the future is giving up. One that
/// has only callbacks parks it here and keeps the [`LobbyTicket`], which is `Copy` and gives no rights: the decision
/// and the abort callback both [take](Self::take) what is there, so whichever comes first gets it and the other gets
/// `None`. There is room for so many requests, and each has so much time.
///
/// ```
/// use core::time::Duration;
/// use engineio_proto::{Config, Instant, Lobby, RequestHead, Route, Router, Server, Sid};
///
/// let config = Config::default();
/// let (router, mut server) = (Router::new(config.clone()), Server::<&str>::new(config, 0, [1, 2]));
/// let mut lobby = Lobby::new(1000, Duration::from_secs(10));
/// let now = Instant::EPOCH;
///
/// let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
/// let Ok(Route::Open(opening)) = router.route(&head) else { panic!("refused") };
/// let ticket = lobby.park(now, opening.pending("GET 1")).unwrap();
///
/// // Later, in the callback with the decision:
/// let pending = lobby.take(ticket).expect("its peer is still there, and it is not too late");
/// assert!(server.open(now, pending.accept(Sid::from_entropy([7; 15]))).is_ok());
///
/// // Still later, in the abort callback of the handshake's exchange: there is nothing to abort in here.
/// assert!(lobby.take(ticket).is_none());
/// ```
#[derive(Debug)]
pub struct Lobby<R> {
    room: usize,
    patience: Duration,
    now: Instant,
    tickets: u64,
    /// All have the same patience, so the one that came first is due first.
    waiting: BTreeMap<LobbyTicket, Waiting<R>>,
}

/// Names one request in one [`Lobby`], and never another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LobbyTicket(u64);

#[derive(Debug)]
struct Waiting<R> {
    pending: Pending<R>,
    until: Instant,
}

/// There is no room in the lobby. The decision is the host's again; [`Refusal::Overloaded`] is what it means.
#[must_use = "the peer waits for another decision"]
#[derive(Debug, thiserror::Error)]
#[error("the lobby is full")]
pub struct LobbyFull<R>(Pending<R>);

impl<R> Lobby<R> {
    /// A lobby for at most `room` requests, that waits for so long for the decision about each.
    #[must_use]
    pub const fn new(room: usize, patience: Duration) -> Self {
        Self { room, patience, now: Instant::EPOCH, tickets: 0, waiting: BTreeMap::new() }
    }

    /// Parks a request until the host has decided about it.
    ///
    /// # Errors
    /// If there is no room; the request comes back undecided.
    pub fn park(&mut self, now: Instant, pending: Pending<R>) -> Result<LobbyTicket, LobbyFull<R>> {
        if self.waiting.len() >= self.room {
            return Err(LobbyFull(pending));
        }
        self.now = self.now.max(now);
        self.tickets = self.tickets.saturating_add(1);
        let ticket = LobbyTicket(self.tickets);
        self.waiting.insert(ticket, Waiting { pending, until: self.now.after(self.patience) });
        Ok(ticket)
    }

    /// Takes a request out: to be accepted, to be refused, or because [its peer is gone](Pending::aborted). `None`
    /// if it was taken out before, or was refused because nobody decided in time.
    pub fn take(&mut self, ticket: LobbyTicket) -> Option<Pending<R>> {
        self.waiting.remove(&ticket).map(|waiting| waiting.pending)
    }

    /// When [`overdue`](Self::overdue) is to be asked; `None` while nobody waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, waiting)| waiting.until)
    }

    /// Refuses a request whose time is over, if there is one: 503, [`Refusal::Overloaded`]. Ask until there is none.
    #[must_use = "the peer waits for this answer"]
    pub fn overdue(&mut self, now: Instant) -> Option<Answer<R>> {
        self.now = self.now.max(now);
        let first = self.waiting.first_entry().filter(|entry| entry.get().until <= self.now)?;
        Some(first.remove().pending.refuse(Refusal::Overloaded))
    }

    /// How many requests wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no request waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl<R> LobbyFull<R> {
    /// The request, to be refused or to be decided about at once.
    pub fn into_pending(self) -> Pending<R> {
        self.0
    }
}
