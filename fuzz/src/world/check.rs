//! The invariants that hold in every state.

use super::World;
use super::model::{Awaited, ExchangeKind, Last, Noop, Phase, Probe, Session, Stage, Status};
use crate::violation::{Checked, Violation, ensure};
use engineio_proto::{Instant, Transport};
use std::time::Duration;

impl super::model::Exchange {
    /// Whether a peer waits for its answer.
    pub(super) const fn waits(&self) -> bool {
        !matches!(self.status, Status::Unreported(_))
    }
}

impl World {
    /// Asserts the invariants. What must hold in a state, here:
    ///
    /// - I3, I10: queues hold what the application sent and what has not left, within their bounds.
    /// - I5, I8: a session that is over has left nothing; one that is not has a deadline that comes in time.
    /// - I6, I13: the server holds the handles of exactly those peers that wait; each session has one place at
    ///   most for a GET, a POST and an upgrade, and a session that is over has none.
    /// - I7, I9: nothing waits that could go, and nothing is left of what is over, once the host has asked for
    ///   everything.
    /// - I12: the registry's maps agree.
    /// - I14: a session's transport is what its peer and its application were told.
    ///
    /// What an output must be, when it comes, in [`step`](Self::step): I1 (one answer), I2 (to the right exchange, and
    /// nothing for what is over), I3 and I4 (messages and events in order, once), I11 (few outputs for an input, and a
    /// deadline that moves), I15 (the version stays), I16 and I17 (bounded payloads that mean what was taken), I20 (a
    /// failed upgrade leaves the session alone). I18 is that a seed is the same run every time, and I19 is a fuzz target
    /// of its own, [`chunking`](crate::targets::chunking).
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), Violation> {
        self.server.audit().or_else(|what| Self::unexpected("I12", what.to_owned()))?;
        self.check_holders()?;
        let alive = self.model.sessions.iter().filter(|session| !session.is_over()).count();
        ensure!(self.server.len() == alive, "I5", "{} sessions instead of {alive}", self.server.len());
        ensure!(
            self.server.deadline().is_some() == (alive > 0),
            "I5",
            "{alive} sessions, {:?}",
            self.server.deadline()
        );
        for at in self.watched() {
            let session = &self.model.sessions[at];
            self.check_session(session)?;
            if self.quiet {
                self.check_quiet(at, session)?;
            }
        }
        if self.quiet {
            let due = self.model.exchanges.values().find(|exchange| matches!(exchange.status, Status::Due(_)));
            ensure!(due.is_none(), "I6", "the answer is decided and does not come: {due:?}");
            let dying = self.model.sockets.values().find(|socket| socket.dying.is_some());
            ensure!(dying.is_none(), "I6", "a socket is not closed: {dying:?}");
        }
        Ok(())
    }

    /// The sessions to look at: all but those that have long been over, of which each has its turn.
    fn watched(&self) -> impl Iterator<Item = usize> {
        let count = self.model.sessions.len();
        let turn = self.steps.checked_rem(count);
        let live = move |at: &usize| count - at <= 8 || turn == Some(*at) || !self.model.sessions[*at].is_over();
        (0..count).filter(live)
    }

    fn check_holders(&self) -> Checked {
        let mut held = self.server.held();
        let waits = self.model.exchanges.values().filter(|exchange| exchange.waits());
        let mut expected: Vec<_> = waits.map(|exchange| exchange.ticket).collect();
        held.sort_unstable();
        expected.sort_unstable();
        ensure!(held == expected, "I6", "the server holds {held:?} while these wait: {expected:?}");
        Ok(())
    }

    fn check_session(&self, session: &Session) -> Checked {
        let queued = self.server.queued(session.key);
        if session.is_over() {
            ensure!(queued.is_none(), "I5", "a session that is over has a queue");
            ensure!(self.server.find(session.sid).is_none(), "I5", "a session that is over is found");
            return Ok(());
        }
        let bytes = session.queue.iter().map(engineio_proto::Outgoing::byte_len).sum();
        ensure!(queued == Some((session.queue.len(), bytes)), "I3", "{queued:?} are queued of {:?}", session.queue);
        let config = &self.model.config;
        let bounded = bytes <= config.max_queue_bytes() && session.queue.len() <= config.max_queue_packets();
        ensure!(bounded, "I10", "a queue over its bound: {queued:?}");
        let transport = match session.phase {
            Phase::Opening { websocket, .. } => websocket,
            Phase::Closing { on: Last::Offered { .. }, .. } => true,
            _ => session.socket().is_some(),
        };
        let transport = if transport { Transport::WebSocket } else { Transport::Polling };
        let said = self.server.transport(session.key);
        ensure!(said == Some(transport), "I14", "the session is on {transport}, the server says {said:?}");
        if let (Some(due), Some(deadline)) = (self.due_by(session), self.server.deadline()) {
            ensure!(deadline <= due, "I8", "the deadline {deadline:?} is after what is due at {due:?}: {session:?}");
        }
        Ok(())
    }

    /// When the next thing of a session is due.
    fn due_by(&self, session: &Session) -> Option<Instant> {
        use super::model::Heart;
        let heart = match session.heart {
            Heart::Resting { ping_at } => Some(ping_at),
            Heart::Listening { pong_by: by, .. } | Heart::Answering { ping_by: by, .. } => Some(by),
            Heart::Stopped => None,
        };
        let body = session.post.and_then(|post| match &self.model.exchanges.get(&post)?.status {
            Status::Waiting(awaited) => awaited.as_ref().map(Awaited::by),
            Status::Due(_) | Status::Unreported(_) => None,
        });
        let probe = session.probe.as_ref().map(|probe| match probe.stage {
            Stage::Open(_, Some(Noop::At(at))) => at.min(probe.give_up),
            Stage::Offered(_) | Stage::Open(..) => probe.give_up,
        });
        let closing = match session.phase {
            Phase::Closing { give_up, .. } => Some(give_up),
            _ => None,
        };
        [heart, body, probe, closing, session.first_request_by].into_iter().flatten().min()
    }

    /// The host has asked for everything: what could go has gone.
    fn check_quiet(&self, at: usize, session: &Session) -> Checked {
        ensure!(session.told.is_empty(), "I4", "the application was never told {:?}", session.told);
        ensure!(session.room_due == 0, "I10", "there is room and nobody is told: {session:?}");
        if session.is_over() {
            let left = self.model.exchanges.values().any(|exchange| exchange.session == Some(at) && exchange.waits());
            ensure!(!left, "I9", "a peer waits in a session that is over: {session:?}");
            ensure!(session.tracked.is_empty(), "I3", "what was handed over is never told: {session:?}");
            return Ok(());
        }
        ensure!(session.is_known(), "I6", "a handshake is not answered");
        let free = session.flight.is_none();
        let due = free && (!session.queue.is_empty() || session.heart.ping_due());
        let parked = session.get.is_some();
        ensure!(!(parked && session.is_on_polling() && due), "I7", "a parked GET and something to say: {session:?}");
        ensure!(!(parked && session.is_closing() && free), "I7", "a parked GET outlives the close: {session:?}");
        let handed = session.tracked.front().is_some_and(|(_, number)| *number < session.handed);
        ensure!(!handed, "I3", "a message was handed over and nobody is told: {session:?}");
        if let Some(Probe { stage, .. }) = &session.probe {
            let owed = matches!(stage, Stage::Open(_, Some(Noop::Owed)));
            ensure!(!(parked && owed), "I7", "a GET is parked though the peer waits for its end: {session:?}");
            if let Stage::Open(_, Some(Noop::At(at))) = stage {
                let soon = at.saturating_since(self.model.now) <= Duration::from_millis(100);
                ensure!(soon, "I8", "a GET is parked for too long during an upgrade");
            }
        }
        let sockets = self.model.sockets.iter().filter(|(_, socket)| socket.session == at);
        for (id, socket) in sockets {
            let unsaid = self.model.has_frames(*id) && !socket.announced;
            ensure!(!unsaid, "I7", "a socket has frames and the host is not told: {socket:?}");
            let over = session.is_closing() && session.socket() == Some(*id);
            let done =
                over && free && session.early.is_none() && !self.model.has_frames(*id) && socket.taken.is_empty();
            ensure!(!done, "I9", "everything has left and the session does not end: {session:?}");
        }
        let places = self.model.exchanges.iter().filter(|(_, exchange)| exchange.session == Some(at));
        for (id, exchange) in places.filter(|(_, exchange)| exchange.waits()) {
            let owner = match exchange.kind {
                ExchangeKind::Get => session.get,
                ExchangeKind::Post => session.post,
                ExchangeKind::Handshake | ExchangeKind::Upgrade => None,
            };
            ensure!(owner == Some(*id), "I13", "exchange {id} waits in no place of its session: {exchange:?}");
        }
        Ok(())
    }
}
