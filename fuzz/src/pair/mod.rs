//! A client and a server, each the real core, with a network between them and one clock.
//!
//! The network is as bad as networks are. What travels on one connection arrives in order, but how long it takes is
//! anybody's guess, so that connections overtake each other; time may pass meanwhile. A connection can be cut at any
//! point: what was under way on it arrives or does not, and the two sides hear of it one after the other, or only
//! from their clocks. Proxies repeat upgrade requests. Hosts are late to ask what is to be done, and use names of what
//! has long been over. Nothing moves unless a [`PairStep`] says so, and any sequence of steps is a legal run.

mod check;
mod connection;
mod due;
mod explore;
mod fault;
mod hosts;
mod key;
mod network;
mod sim;
mod stale;

use crate::Violation;
use crate::handle::Handle;
use crate::violation::{Checked, guarded};
use check::{Flow, Side};
use connection::{Connection, Near};
use engineio_proto::{Client, ClientConfig, ClientStart, Config, Instant, Router, Server, SessionKey, Sid, Transport};
pub use explore::{PairBounds, explore, explore_from, small_configs};
pub use fault::Fault;
use fault::Faults;
pub use sim::{PairCounterexample, PairRun, configs, minimized, replay, run};
use stale::Stale;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, arbitrary::Arbitrary)]
pub enum PairStep {
    /// Of all that can happen by itself (something arrives, or a host writes what it holds) this one does.
    Arrive(u8),
    /// This connection is cut. Of what is under way on it, so much still arrives (a number for each direction).
    Cut(u8, u8),
    /// The connection of an upgrade that is under way is cut, as `Cut` does.
    CutUpgrade(u8),
    /// A proxy sends an upgrade request again.
    Repeat,
    /// The client's application sends a message, so long.
    ClientSends(u8),
    /// The server's application does.
    ServerSends(u8),
    /// The client's application closes the session.
    ClientCloses,
    /// The server's application does.
    ServerCloses,
    /// The client's application discards the session.
    ClientDiscards,
    /// The server's application does.
    ServerDiscards,
    /// So many tens of milliseconds pass, whatever is due meanwhile.
    Wait(u8),
    /// Time passes until the next deadline.
    Tick,
    /// For so many steps (at most seven) the two hosts ask their cores for nothing.
    Unpolled(u8),
    /// Both hosts use names that are no longer anybody's (calls that the client has let go of are settled after all), and ask
    /// for frames that nobody announced.
    Stale,
    /// All connections are cut, nobody hears of it, and time passes until the next deadline.
    #[arbitrary(skip)]
    Silence,
}

impl fmt::Display for PairStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A client, a server and the network between them.
#[derive(Debug)]
pub struct Pair {
    client: Client,
    server: Server<Handle>,
    router: Router,
    now: Instant,
    /// Whether handles panic when they are dropped unsettled.
    strict: bool,
    connections: BTreeMap<u32, Connection>,
    next: u32,
    /// The sessions that the server has opened, and what their application was told.
    sessions: BTreeMap<SessionKey, (Sid, Side)>,
    /// The one that the client is in. Others were left behind by attempts that the client gave up.
    key: Option<SessionKey>,
    /// From the client to the server, and back.
    up: Flow,
    down: Flow,
    at_client: Side,
    /// Whether anything happened that a session need not survive. The end of an upgrade's connection does not count.
    harmed: bool,
    /// Whether the client may try another transport if the first fails.
    several_attempts: bool,
    /// For how many more steps the hosts ask for nothing.
    unpolled: u8,
    stale: Stale,
    spent: Spent,
    fault: Faults,
}

/// How often something happened that a model checker bounds.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    losses: u32,
    closes: u32,
    discards: u32,
    delays: u32,
    repeats: u32,
    naps: u32,
}

impl Spent {
    const fn is_any(self) -> bool {
        let Self { losses, closes, discards, delays, repeats, naps } = self;
        losses + closes + discards + delays + repeats + naps > 0
    }
}

impl Pair {
    /// A client that has just begun to open a session with a server.
    #[must_use]
    pub fn new(client: ClientConfig, server: Config, start: ClientStart) -> Self {
        Self::begun(client, server, start, true)
    }

    /// The same, which can be copied. That a peer is forgotten is then for the checks to find, and not for its handle.
    #[must_use]
    pub fn forkable((client, server, start): (ClientConfig, Config, ClientStart)) -> Self {
        Self::begun(client, server, start, false)
    }

    /// The same, in which something is done wrong from here on.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Faults(Some(fault));
        self
    }

    fn begun(client: ClientConfig, server: Config, start: ClientStart, strict: bool) -> Self {
        let now = Instant::from_epoch(Duration::from_secs(1000));
        let several_attempts = client.tries_all_transports() || start.websocket_worked;
        let mut pair = Self {
            several_attempts,
            client: Client::open(now, client, start),
            router: Router::new(server.clone()),
            server: Server::new(server, 3, [1, 2]),
            now,
            strict,
            connections: BTreeMap::new(),
            next: 0,
            sessions: BTreeMap::new(),
            key: None,
            up: Flow::new('c'),
            down: Flow::new('s'),
            at_client: Side::new(now),
            harmed: false,
            unpolled: 0,
            stale: Stale::default(),
            spent: Spent::default(),
            fault: Faults::default(),
        };
        // Nothing but the first request can come of that.
        let _ = pair.settle();
        pair
    }

    /// Takes a step and checks what came of it; a panic is a violation too.
    ///
    /// # Errors
    /// If something is wrong after it.
    pub fn checked_step(&mut self, step: PairStep) -> Result<(), Violation> {
        guarded(|| {
            self.step(step)?;
            self.notice();
            self.unpolled = self.unpolled.saturating_sub(1);
            if self.unpolled > 0 {
                return self.server.audit().map_err(|what| Violation::new("I12", what));
            }
            self.settle()?;
            self.check()
        })
    }

    /// The hosts ask again.
    fn wake(&mut self) -> Checked {
        self.unpolled = 0;
        self.settle()?;
        self.check()
    }

    fn step(&mut self, step: PairStep) -> Checked {
        let now = self.now;
        match step {
            PairStep::Arrive(nth) => self.arrive(nth)?,
            PairStep::Cut(nth, kept) => {
                self.spent.losses += 1;
                self.cut(nth, kept);
            }
            PairStep::CutUpgrade(kept) => {
                let upgrade = |connection: &Connection| matches!(connection.near, Near::Dial(_) | Near::Open(_));
                let nth = self.connections.values().position(upgrade).and_then(|nth| u8::try_from(nth).ok());
                if let Some(nth) = nth.filter(|_| self.client.transport() == Some(Transport::Polling)) {
                    self.cut(nth, kept);
                }
            }
            PairStep::Repeat => {
                self.spent.repeats += 1;
                self.repeat();
            }
            PairStep::ClientSends(padding) => {
                let message = self.up.next(padding);
                if self.client.send(now, message).is_ok() {
                    self.up.sent += 1;
                }
            }
            PairStep::ServerSends(padding) => {
                let message = self.down.next(padding);
                if self.key.is_some_and(|key| self.server.send(key, message).is_ok()) {
                    self.down.sent += 1;
                }
            }
            PairStep::ClientCloses => {
                self.harmed = true;
                self.spent.closes += 1;
                self.at_client.close(now);
                self.client.close(now);
            }
            PairStep::ServerCloses => {
                if let Some(key) = self.key {
                    self.harmed = true;
                    self.spent.closes += 1;
                    if let Some((_, side)) = self.sessions.get_mut(&key) {
                        side.close(now);
                    }
                    self.server.close(now, key);
                }
            }
            PairStep::ClientDiscards => {
                self.harmed = true;
                self.spent.discards += 1;
                self.client.discard(now);
            }
            PairStep::ServerDiscards => {
                if let Some(key) = self.key {
                    self.harmed = true;
                    self.spent.discards += 1;
                    self.server.discard(now, key);
                }
            }
            PairStep::Wait(tens) => {
                let later = now.after(Duration::from_millis(10) * u32::from(tens));
                self.harmed |= self.is_busy() || self.deadline().is_some_and(|at| at < later);
                self.pass(later);
            }
            PairStep::Tick => {
                // Whoever is slow may miss a deadline; whoever has nothing to do may not.
                if self.is_busy() {
                    self.harmed = true;
                    self.spent.delays += 1;
                }
                self.tick();
            }
            PairStep::Unpolled(steps) => {
                self.spent.naps += 1;
                self.unpolled = 2 + steps % 7;
            }
            PairStep::Stale => self.use_stale_names()?,
            PairStep::Silence => {
                self.cut_everything();
                self.tick();
            }
        }
        Ok(())
    }

    /// Whether something is left to be done that takes no time.
    fn is_busy(&self) -> bool {
        self.unpolled > 0 || self.moves().next().is_some()
    }

    fn tick(&mut self) {
        if let Some(at) = self.deadline() {
            self.pass(self.now.max(at));
        }
    }

    fn pass(&mut self, now: Instant) {
        let late = self.deadline().map_or(Duration::ZERO, |due| now.saturating_since(due));
        self.now = now;
        self.at_client.heard.told_late(late);
        self.sessions.values_mut().for_each(|(_, side)| side.heard.told_late(late));
        if !self.fault.is(Fault::ClientClock) {
            self.client.timeout(now);
        }
        if !self.fault.is(Fault::ServerClock) {
            self.server.timeout(now);
        }
    }

    /// When something is due on either side.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        [self.client.deadline(), self.server.deadline()].into_iter().flatten().min()
    }

    /// The network is good from here on: all that can happen without the clock does, and so on until no side has
    /// anything left to say. Then all messages have arrived, unless the session has ended.
    ///
    /// # Errors
    /// If something does not come to rest, or a message is lost.
    pub fn come_to_rest(&mut self) -> Result<(), Violation> {
        guarded(|| self.wake())?;
        for _ in 0..2000 {
            if self.moves().next().is_some() {
                self.checked_step(PairStep::Arrive(0))?;
            } else if !self.upgrade_pending() {
                return self.check_rest();
            } else {
                // Only the clock ends a poll that waits for the upgrade.
                self.checked_step(PairStep::Tick)?;
            }
        }
        Err(Violation::new("I11", "the two never come to rest"))
    }

    /// Nothing arrives any more, and nobody hears of it: only time passes. Both sides must come to an end.
    ///
    /// # Errors
    /// If one does not.
    pub fn run_dry(mut self) -> Result<(), Violation> {
        let outcome = self.silence();
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    fn silence(&mut self) -> Checked {
        guarded(|| self.wake())?;
        for _ in 0..50 {
            if self.deadline().is_none() {
                return self.check_end();
            }
            self.checked_step(PairStep::Silence)?;
        }
        Err(Violation::new("I6", "a side does not end though nothing arrives"))
    }

    /// Lets go of a pair that is in disorder: that is to be told, and not which handles it drops.
    pub fn abandon(self) {
        std::mem::forget(self);
    }

    /// Whether the session got to a WebSocket.
    #[must_use]
    pub fn is_on_websocket(&self) -> bool {
        self.client.transport() == Some(Transport::WebSocket)
    }

    /// How many messages arrived, on both sides.
    #[must_use]
    pub const fn received(&self) -> u32 {
        self.up.received + self.down.received
    }
}
