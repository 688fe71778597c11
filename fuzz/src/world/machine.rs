//! A world as a model checker walks it: what comes about by itself.

use super::model::{Model, Status};
use super::{Key, World};
use crate::Violation;
use crate::explore::{Bounds, Course, Machine};
use crate::step::{Body, Step};
use crate::violation::{Checked, ensure};
use engineio_proto::Instant;
use std::time::Duration;

/// Nothing more comes from anybody. Then all ends.
const SILENCE: usize = 0;

impl Machine for World {
    type Step = Step;
    type Bounds = Bounds;
    /// Silence, and that everybody cooperates.
    const WAYS: usize = 2;

    fn fork(&self) -> Self {
        Self::fork(self)
    }

    fn key(&self) -> Key {
        Self::key(self)
    }

    fn possible(&self, bounds: &Bounds) -> Vec<Step> {
        Self::possible(self, bounds)
    }

    fn checked_step(&mut self, step: Step) -> Result<(), Violation> {
        Self::checked_step(self, step)
    }

    fn course(&self, way: usize) -> Course<Step> {
        let next = match way {
            _ if !self.quiet => Some(Step::Drain),
            SILENCE => self.server.deadline().map(|_| Step::Deadline),
            _ => self.cooperative_step(),
        };
        match next {
            Some(step) => Course::Goes(step),
            None => {
                let arrived = if way == SILENCE { self.check_dry() } else { self.check_delivered() };
                arrived.map_or_else(Course::Stuck, |()| Course::Arrived)
            }
        }
    }

    fn patience(&self, way: usize) -> Duration {
        if way == SILENCE { self.silence() } else { Duration::ZERO }
    }

    fn now(&self) -> Instant {
        self.model.now
    }

    /// Names that are nobody's any more change nothing.
    fn check_here(&self) -> Result<(), Violation> {
        let mut disturbed = self.fork();
        disturbed.checked_step(Step::Stale(0))?;
        disturbed.checked_step(Step::Drain)?;
        let plain = if self.quiet {
            self.key()
        } else {
            let mut plain = self.fork();
            plain.checked_step(Step::Drain)?;
            plain.key()
        };
        ensure!(plain == disturbed.key(), "I2", "stale names changed what the server does");
        Ok(())
    }
}

impl World {
    /// How long a session lives at most if nothing is heard any more. The last that was heard may have been a pong, so a
    /// whole round of the heartbeat is the bound; neither an upgrade nor a close prolongs it.
    pub(super) fn silence(&self) -> Duration {
        let config = &self.model.config;
        config.ping_interval() + config.ping_timeout()
    }

    /// What must hold when silence has ended all.
    pub(super) fn check_dry(&self) -> Checked {
        ensure!(self.server.is_empty(), "I6", "a session without a deadline");
        let waits = self.model.exchanges.values().find(|exchange| exchange.waits());
        ensure!(waits.is_none(), "I6", "still waits after silence: {waits:?}");
        let left = self.model.sockets.values().next();
        ensure!(left.is_none(), "I6", "a socket was never told to close: {left:?}");
        Ok(())
    }

    /// What somebody does who means well, in a state in which the host has nothing to do: polls are made, bodies end,
    /// sockets take all.
    fn cooperative_step(&self) -> Option<Step> {
        let Model { sessions, exchanges, sockets, .. } = &self.model;
        let number = |nth: usize| u8::try_from(nth).unwrap_or(u8::MAX);
        let body = exchanges.values().position(|exchange| matches!(exchange.status, Status::Waiting(Some(_))));
        if let Some(nth) = body {
            return Some(Step::Body(number(nth), Body::Noop));
        }
        if exchanges.values().any(|exchange| matches!(exchange.status, Status::Unreported(_))) {
            return Some(Step::Written(0));
        }
        if let Some(nth) = sockets.values().position(|socket| !socket.taken.is_empty()) {
            return Some(Step::Wrote(number(nth), 0));
        }
        let full = |(id, socket): (&u32, &super::model::Socket)| socket.announced || self.model.has_frames(*id);
        if let Some(nth) = sockets.iter().position(full) {
            return Some(Step::Pull(number(nth), 0));
        }
        let polls = |nth: &u8| {
            let session = self.session(*nth).map(|at| &sessions[at]);
            session.is_some_and(|session| session.is_on_polling() && session.get.is_none())
        };
        (0..number(sessions.len().min(4))).find(polls).map(Step::Get)
    }

    /// What must hold when everybody has cooperated: all that the application has sent has left, with no time passing,
    /// unless its session has ended; and nobody waits but for what may come.
    fn check_delivered(&self) -> Checked {
        for session in &self.model.sessions {
            let stuck = !session.is_over() && !session.queue.is_empty();
            ensure!(!stuck, "I7", "messages are stuck though everybody cooperates: {session:?}");
        }
        let waits = self.model.exchanges.values().find(|exchange| !matches!(exchange.status, Status::Waiting(None)));
        ensure!(waits.is_none(), "I7", "an exchange is stuck though everybody cooperates: {waits:?}");
        Ok(())
    }
}
