//! All runs of a client, a server and a network that loses what it carries, within bounds.

use super::connection::Near;
use super::{Pair, PairCounterexample, PairStep};
use crate::Violation;
use crate::explore::{Course, Machine, Report, walk};
use crate::violation::{Checked, ensure};
use crate::world::Key;
use engineio_proto::{ClientConfig, ClientStart, Config, Instant, Transport, Version};
use std::time::Duration;

/// How far the runs of a pair go.
#[derive(Clone, Copy, Debug)]
pub struct PairBounds {
    /// How many messages the client sends.
    pub up: u32,
    /// How many messages the server sends.
    pub down: u32,
    /// How many connections are cut, each at any point: what is under way on it arrives or does not.
    pub losses: u32,
    /// How often an application closes the session, on either side.
    pub closes: u32,
    /// How often an application discards it, on either side.
    pub discards: u32,
    /// How often a deadline passes while something is under way.
    pub delays: u32,
    /// How often a proxy repeats an upgrade request.
    pub repeats: u32,
    /// How often the hosts do not ask for a while.
    pub naps: u32,
    /// After how many states to give up.
    pub states: usize,
}

impl Default for PairBounds {
    fn default() -> Self {
        Self { up: 1, down: 1, losses: 1, closes: 1, discards: 0, delays: 0, repeats: 0, naps: 0, states: 20_000_000 }
    }
}

/// Settings whose durations are few multiples of one interval, and no two waits of a side take as long: a deadline that
/// is missing is then none of the others.
#[must_use]
pub fn small_configs(version3: bool, transports: &[Transport]) -> (ClientConfig, Config, ClientStart) {
    let tenths = |count: u32| Duration::from_millis(100) * count;
    let version = if version3 { Version::V3 } else { Version::V4 };
    let server = Config::builder().allow_eio3(true).ping_interval(tenths(5)).ping_timeout(tenths(4));
    let server = server.upgrade_timeout(tenths(3)).close_timeout(tenths(4)).body_timeout(tenths(2));
    let client = ClientConfig::builder().version(version).cache_buster(false).transports(transports.iter().copied());
    let client = client.open_timeout(tenths(6)).upgrade_timeout(tenths(2)).post_timeout(tenths(4));
    let client = client.close_timeout(tenths(3)).build().unwrap_or_default();
    (client, server.build().unwrap_or_default(), ClientStart { key: 1, ..ClientStart::default() })
}

/// Walks all runs within the bounds. From each state that is reached it is seen, too, that all that was sent arrives if
/// nothing more is lost, unless the session has ended; that then one side ends within its timeouts if the other has;
/// that both end within their timeouts if nothing arrives any more; and that an upgrade comes about if nothing is in its
/// way. Every wait on the way is over within its own time.
///
/// # Errors
/// A shortest run that ends in a violation, or in a state that one follows from.
pub fn explore(
    configs: (ClientConfig, Config, ClientStart),
    bounds: &PairBounds,
) -> Result<Report, Box<PairCounterexample>> {
    explore_from(Pair::forkable(configs), bounds)
}

/// As [`explore`], from what has happened to this pair already.
///
/// # Errors
/// The steps from there on.
pub fn explore_from(start: Pair, bounds: &PairBounds) -> Result<Report, Box<PairCounterexample>> {
    walk(start, bounds, bounds.states).map_err(|(steps, violation)| Box::new(PairCounterexample { steps, violation }))
}

/// Nothing more is lost, and no time passes but what an upgrade may take. Then all arrives.
const REST: usize = 0;
/// Nothing more is lost. Then, if one side has ended, the other does.
const AGREE: usize = 1;

impl Machine for Pair {
    type Step = PairStep;
    type Bounds = PairBounds;
    /// `REST`, `AGREE`, and silence, in which both end.
    const WAYS: usize = 3;

    fn fork(&self) -> Self {
        Self::fork(self)
    }

    fn key(&self) -> Key {
        Self::key(self)
    }

    fn possible(&self, bounds: &PairBounds) -> Vec<PairStep> {
        let moves = u8::try_from(self.waiting()).unwrap_or(u8::MAX);
        let mut steps: Vec<_> = (0..moves).map(PairStep::Arrive).collect();
        let spent = &self.spent;
        if spent.losses < bounds.losses {
            self.losses(&mut steps);
        }
        if !self.client.is_closed() && self.up.sent < bounds.up {
            steps.push(PairStep::ClientSends(0));
        }
        if self.key.is_some() && self.closed_at_server().is_none() && self.down.sent < bounds.down {
            steps.push(PairStep::ServerSends(0));
        }
        if spent.closes < bounds.closes {
            steps.extend([PairStep::ClientCloses, PairStep::ServerCloses]);
        }
        if spent.discards < bounds.discards {
            steps.extend([PairStep::ClientDiscards, PairStep::ServerDiscards]);
        }
        if spent.repeats < bounds.repeats {
            steps.push(PairStep::Repeat);
        }
        if spent.naps < bounds.naps && self.unpolled == 0 {
            steps.extend([PairStep::Unpolled(0), PairStep::Unpolled(1)]);
        }
        if self.deadline().is_some() && (!self.is_busy() || spent.delays < bounds.delays) {
            steps.push(PairStep::Tick);
        }
        steps.push(PairStep::Stale);
        steps
    }

    fn checked_step(&mut self, step: PairStep) -> Result<(), Violation> {
        Self::checked_step(self, step)
    }

    fn course(&self, way: usize) -> Course<PairStep> {
        let [client, server] = [self.client.is_closed(), self.server.is_empty()];
        let arrived = |holds: Checked| holds.map_or_else(Course::Stuck, |()| Course::Arrived);
        // Whatever step it is that comes next, the hosts ask after so many.
        let moves = self.unpolled > 0 || self.moves().next().is_some();
        match way {
            REST if moves => Course::Goes(PairStep::Arrive(0)),
            REST if self.upgrade_pending() => Course::Goes(PairStep::Tick),
            REST => arrived(self.check_rest().and_then(|()| self.check_upgrade())),
            AGREE if client == server => Course::Arrived,
            AGREE if moves => Course::Goes(PairStep::Arrive(0)),
            AGREE => Course::Goes(PairStep::Tick),
            _ if self.unpolled > 0 || !(client && server) => Course::Goes(PairStep::Silence),
            _ => arrived(self.check_end()),
        }
    }

    fn patience(&self, way: usize) -> Duration {
        let (client, server) = (self.client.config(), self.server.config());
        let heartbeat = server.ping_interval() + server.ping_timeout();
        let closing = client.close_timeout().max(server.close_timeout()).max(client.post_timeout());
        let opening = client.open_timeout() * u32::try_from(client.transports().len()).unwrap_or(u32::MAX);
        match way {
            REST => client.upgrade_timeout().max(server.upgrade_timeout()),
            _ => heartbeat.max(closing).max(opening),
        }
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn check_here(&self) -> Result<(), Violation> {
        // Stale names are steps of their own.
        let left = self.connections.len();
        ensure!(left < 64, "I9", "{left} connections are left");
        Ok(())
    }
}

impl Pair {
    /// If nothing was in its way, a session on polling has got to the WebSocket that its client wants.
    fn check_upgrade(&self) -> Checked {
        let wanted = self.client.config().upgrades() && self.client.config().transports().len() > 1;
        let over = self.client.is_closed() || self.server.is_empty();
        let disturbed = self.spent.is_any() || self.harmed;
        let there = self.client.transport() == Some(Transport::WebSocket);
        ensure!(
            !wanted || over || disturbed || there,
            "I14",
            "nothing was in its way, and the upgrade did not come about"
        );
        Ok(())
    }

    /// Each connection at each point.
    fn losses(&self, steps: &mut Vec<PairStep>) {
        for (nth, connection) in self.connections.values().enumerate() {
            if connection.cut || matches!(connection.near, Near::Gone) && connection.is_over() {
                continue;
            }
            let Ok(nth) = u8::try_from(nth) else { return };
            for up in 0..=connection.up.len().min(15) {
                for down in 0..=connection.down.len().min(15) {
                    let kept = u8::try_from(down << 4 | up).unwrap_or(u8::MAX);
                    steps.push(PairStep::Cut(nth, kept));
                }
            }
        }
    }
}
