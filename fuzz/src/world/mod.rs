//! A server, its host, its peers and their clock, beside the reference model.

mod application;
mod check;
mod endings;
mod inputs;
mod key;
mod machine;
mod model;
mod names;
mod outputs;
mod possible;
mod state;
mod transitions;
mod wire;

use crate::handle::Handle;
use crate::seeded::Upgrades;
use crate::step::Step;
use crate::violation::{Checked, Violation, ensure, guarded};
use engineio_proto::{Config, Instant, Router, Server, Ticket, WsKey};
pub use key::Key;
pub(crate) use key::digest;

use model::Model;
use std::collections::VecDeque;
use std::time::Duration;

/// A server under test with all that surrounds it. [`step`](Self::step) changes both the server and the reference
/// model; [`check`](Self::check) says whether they still agree and whether the invariants hold.
#[derive(Debug)]
pub struct World {
    server: Server<Handle>,
    router: Router,
    model: Model,
    /// Whether handles panic when they are dropped unsettled.
    strict: bool,
    /// Who decides about upgrades.
    upgrades: Upgrades,
    /// The number of the next exchange, socket or session.
    next: u32,
    /// Names that are no longer anybody's, the most recent ones.
    stale_tickets: VecDeque<Ticket>,
    stale_sockets: VecDeque<WsKey>,
    /// Whether everything was asked for that there is to do, so that what must happen now has happened.
    quiet: bool,
    /// Whether a deadline has passed that the server was not told of.
    late: bool,
    /// How many inputs came since then.
    batch: usize,
    /// How many steps were taken.
    steps: usize,
}

impl World {
    /// How many stale names are remembered.
    const STALE: usize = 16;

    /// A world whose reply handles panic when they are dropped while their peer waits. It cannot be copied.
    #[must_use]
    pub fn strict(config: Config) -> Self {
        Self::new(config, true)
    }

    /// A world that a model checker can [copy](Self::fork).
    #[must_use]
    pub fn forkable(config: Config) -> Self {
        Self::new(config, false)
    }

    fn new(config: Config, strict: bool) -> Self {
        let now = Instant::from_epoch(Duration::from_secs(1000));
        Self {
            server: Server::new(config.clone(), 7, [1, 2]),
            router: Router::new(config.clone()),
            model: Model {
                config,
                now,
                sessions: Vec::new(),
                exchanges: std::collections::BTreeMap::new(),
                sockets: std::collections::BTreeMap::new(),
            },
            strict,
            upgrades: Upgrades::Core,
            next: 0,
            stale_tickets: VecDeque::new(),
            stale_sockets: VecDeque::new(),
            quiet: true,
            late: false,
            batch: 0,
            steps: 0,
        }
    }

    /// Lets another transition than the core's decide about upgrades.
    #[must_use]
    pub fn with_upgrades(self, upgrades: Upgrades) -> Self {
        Self { upgrades, ..self }
    }

    /// A second world in the same state.
    ///
    /// # Panics
    /// If this one is strict and a peer waits.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            server: self.server.fork(),
            router: self.router.clone(),
            model: self.model.clone(),
            strict: self.strict,
            upgrades: self.upgrades,
            next: self.next,
            stale_tickets: self.stale_tickets.clone(),
            stale_sockets: self.stale_sockets.clone(),
            quiet: self.quiet,
            late: self.late,
            batch: self.batch,
            steps: self.steps,
        }
    }

    /// Takes a step and says what came of it that must not be.
    ///
    /// # Errors
    /// If the server did something that the reference model has not foreseen.
    pub fn step(&mut self, step: Step) -> Result<(), Violation> {
        self.quiet = false;
        self.batch += 1;
        self.steps += 1;
        self.input(step)?;
        if self.quiet {
            self.batch = 0;
        }
        Ok(())
    }

    /// As [`step`](Self::step) and then [`check`](Self::check); a panic of the core is a violation too.
    ///
    /// # Errors
    /// If an invariant does not hold afterwards.
    pub fn checked_step(&mut self, step: Step) -> Result<(), Violation> {
        guarded(|| {
            self.step(step)?;
            self.check()
        })
    }

    /// Nothing more comes from anybody: only time passes and the host does its part, without a word about what
    /// became of its answers. Within the configured bounds everything must end.
    ///
    /// # Errors
    /// If somebody still waits after that, or an invariant does not hold on the way.
    pub fn run_dry(&mut self) -> Result<(), Violation> {
        let bound = self.silence();
        let until = self.model.now.after(bound);
        self.checked_step(Step::Drain)?;
        while let Some(at) = self.server.deadline() {
            ensure!(at <= until, "I6", "a session outlives {bound:?} of silence");
            self.checked_step(Step::Deadline)?;
            self.checked_step(Step::Drain)?;
        }
        self.check_dry()
    }

    /// How many sessions the server has.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.server.len()
    }

    /// Gives everything up, so that no handle is dropped unsettled.
    ///
    /// # Errors
    /// If that shows a violation.
    pub fn finish(mut self) -> Result<(), Violation> {
        let outcome = self.run_dry();
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    /// Lets go of a world that is in disorder: that is to be told, and not which handles it drops.
    pub fn abandon(self) {
        std::mem::forget(self);
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn unexpected<T>(invariant: &'static str, what: String) -> Checked<T> {
        Err(Violation::new(invariant, what))
    }
}
