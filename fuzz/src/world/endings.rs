//! What inputs have in common in the reference model: how a session ends, changes its transport, and hears.

use super::model::{Cargo, Early, Fate, Heart, Last, Model, Phase, Probe, Session, Stage, Status, Told};
use super::transitions::Farewell;
use engineio_proto::{CloseCode, CloseReason, Refusal, TransportFault};
use std::collections::VecDeque;
use std::mem;

impl Model {
    /// The session ends here and now.
    pub(crate) fn end(&mut self, at: usize, reason: impl Into<CloseReason>, farewell: Farewell) {
        let session = &mut self.sessions[at];
        if session.is_over() {
            return;
        }
        let phase = mem::replace(&mut session.phase, Phase::Over);
        let (get, post, probe) = (session.get.take(), session.post.take(), session.probe.take());
        session.heart = Heart::Stopped;
        session.flight = None;
        session.first_request_by = None;
        session.early = None;
        if !session.queue.is_empty() {
            session.told.push_back(Told::Unsent(session.queue.drain(..).collect()));
        }
        // What was handed over before the end is still told.
        let handed = session.handed;
        session.tracked.retain(|(_, number)| *number < handed);
        session.told.push_back(Told::Close(reason.into()));
        match phase {
            Phase::Opening { handshake, .. } => self.due(handshake, Fate::Refused(Refusal::Overloaded)),
            Phase::WebSocket(socket) => self.dying(socket, CloseCode::None),
            Phase::Closing { on: Last::Socket { socket, code }, .. } => self.dying(socket, code),
            Phase::Closing { on: Last::Offered { handshake, .. }, .. } => self.due(handshake, Fate::UpgradeThenClose),
            Phase::Closing { on: Last::Hello { handshake }, .. } => self.due(handshake, Fate::Close),
            Phase::Polling | Phase::Closing { .. } | Phase::Over => {}
        }
        if let Some(get) = get {
            self.due(get, if farewell == Farewell::Noop { Fate::Noop } else { Fate::Close });
        }
        if let Some(post) = post.filter(|post| self.reads(*post)) {
            let cut = farewell == Farewell::CutPost;
            self.due(post, if cut { Fate::HangUp } else { Fate::Refused(Refusal::UnknownSid) });
        }
        self.let_go(probe);
        for exchange in self.exchanges.values_mut().filter(|exchange| exchange.session == Some(at)) {
            if let Status::Unreported(cargo) = &mut exchange.status {
                *cargo = Cargo::Nothing;
            }
        }
    }

    /// Goes over to WebSocket. If the body of a POST is awaited, what it brings still comes first.
    pub(super) fn switch(&mut self, at: usize, socket: u32) {
        let session = &mut self.sessions[at];
        let Some(Probe { code, .. }) = session.probe.take() else { return };
        match &mut session.phase {
            Phase::Closing { on, .. } => *on = Last::Socket { socket, code },
            phase => *phase = Phase::WebSocket(socket),
        }
        session.told.push_back(Told::Upgrade);
        let (get, post) = (session.get.take(), session.post.take());
        get.into_iter().for_each(|get| self.due(get, Fate::Noop));
        if post.is_some_and(|post| self.reads(post)) {
            self.sessions[at].post = post;
            self.sessions[at].early = Some(VecDeque::new());
        } else if let Some(exchange) = post.and_then(|post| self.exchanges.get_mut(&post))
            && let Status::Unreported(cargo) = &mut exchange.status
        {
            *cargo = Cargo::Nothing;
        }
    }

    /// The body of a POST was read. What had to wait for it is next.
    pub(super) fn read(&mut self, at: usize) {
        let Some(early) = self.sessions[at].early.take() else { return };
        self.sessions[at].post = None;
        for (packet, _) in early {
            self.receive(at, packet);
        }
    }

    pub(super) fn receive(&mut self, at: usize, packet: Early) {
        if self.sessions[at].is_over() {
            return;
        }
        match packet {
            Early::Message(message) => self.tell(at, Told::Message(message)),
            Early::Pong => self.pong(at),
            Early::Ping => self.end(at, TransportFault::HeartbeatDirection, Farewell::Close),
            Early::Close => self.end(at, CloseReason::TransportClose, Farewell::Close),
            Early::Ignored => {}
        }
    }

    pub(crate) fn give_up(&mut self, at: usize) {
        let probe = self.sessions[at].probe.take();
        self.let_go(probe);
    }

    pub(super) fn let_go(&mut self, probe: Option<Probe>) {
        match probe {
            Some(Probe { stage: Stage::Offered(offered), .. }) => self.due(offered, Fate::UpgradeThenClose),
            Some(Probe { stage: Stage::Open(socket, _), code, .. }) => {
                self.dying(socket, code);
            }
            None => {}
        }
    }

    pub(super) fn pong(&mut self, at: usize) {
        let Session { heart, speaks, .. } = &mut self.sessions[at];
        match (*heart, Heart::start(self.now, &self.config, speaks.version3)) {
            (Heart::Listening { ping_due: false, .. }, resting) => *heart = resting,
            (Heart::Answering { .. }, Heart::Answering { ping_by, .. }) => {
                *heart = Heart::Answering { ping_by, ping_due: true };
            }
            _ => {}
        }
    }

    pub(crate) fn unknown(&mut self, id: u32) {
        self.due(id, Fate::Refused(Refusal::UnknownSid));
    }
}
