//! What a session puts out. It is derived from the state whenever the host asks, so nothing is prepared that an
//! abort could make stale.

use super::super::action::Action;
use super::super::outlet::Fact;
use super::exchanges::{Exchanges, Farewell};
use super::flight::Flight;
use super::socket::Socket;
use super::state::{Closing, Fresh, LastPolls, Onto, Opening, Phase, Polling, Probe, Release, Stage, State, Switching};
use super::{Cx, Session};
use crate::codec::PROBE;
use crate::http::{Answer, Reply};
use crate::session::heartbeat::Heart;
use crate::{Batch, CloseReason, Handshake, OutFrame, Packet, Response, Text, WsKey};
use alloc::{vec, vec::Vec};
use core::mem;

impl<R> Session<R> {
    /// What must happen now.
    pub(in super::super) fn poll(&mut self, cx: &mut Cx<'_, R>) -> Option<Action<R>> {
        if let Some(reply) = self.state.exchanges().and_then(Exchanges::take_accepted) {
            return Some(Action::Answer(reply.respond_tracked(Response::accepted())));
        }
        let parcel = self.has_parcel();
        match &mut self.state {
            State::Opening(_)
            | State::Probing(_, Probe::Offered { .. })
            | State::Closing(Closing::Opening { .. } | Closing::Probing(_, Probe::Offered { .. }, _)) => {
                self.settle_opening(cx).map(Action::Answer)
            }
            State::Polling(polling) => {
                let due = parcel || (self.flight.is_none() && polling.heart.is_due());
                if due { self.answer_poll(cx).map(Action::Answer) } else { None }
            }
            State::Probing(polling, Probe::Open { wire, phase, give_up: _ }) => {
                if let Some(ws) = wire.announce(wire.probe_due) {
                    return Some(Action::FramesReady(ws));
                }
                polling.exchanges.get.as_ref()?;
                let due = parcel || (self.flight.is_none() && polling.heart.is_due());
                match phase {
                    Phase::Heard(release @ Release::Owed) if !due => {
                        *release = Release::Spent;
                        let noop = polling.exchanges.get.take().map(|reply| self.noop(reply));
                        noop.map(Action::Answer)
                    }
                    Phase::Silent | Phase::Heard(_) if !due => None,
                    Phase::Heard(release @ Release::At(_)) => {
                        *release = Release::Spent;
                        self.answer_poll(cx).map(Action::Answer)
                    }
                    Phase::Silent | Phase::Heard(_) => self.answer_poll(cx).map(Action::Answer),
                }
            }
            State::Switching(Switching { socket, .. })
            | State::Closing(Closing::Switching { switching: Switching { socket, .. }, .. })
            | State::WebSocket(socket) => {
                let frames = socket.has_frames(parcel);
                socket.wire.announce(frames).map(Action::FramesReady)
            }
            State::Closing(Closing::WebSocket { socket, .. }) => {
                let frames = socket.has_frames(parcel);
                let settled = !frames && self.flight.is_none() && socket.wire.settled();
                let ready = socket.wire.announce(frames).map(Action::FramesReady);
                if settled {
                    self.shut(cx, CloseReason::ForcedClose, Farewell::Close);
                }
                ready
            }
            State::Closing(Closing::Probing(_, Probe::Open { wire, .. }, _)) => {
                if let Some(ws) = wire.announce(wire.probe_due) {
                    return Some(Action::FramesReady(ws));
                }
                self.answer_last_poll(cx).map(Action::Answer)
            }
            State::Closing(Closing::Polling(_)) => self.answer_last_poll(cx).map(Action::Answer),
            // Nothing waits there for an answer.
            State::Fresh(_) | State::Closing(Closing::Fresh { .. }) | State::Closed => None,
        }
    }

    /// Whether something waits for the peer that may leave: what leaves next waits for news of what left last.
    fn has_parcel(&self) -> bool {
        self.flight.is_none() && !self.outbox.is_empty()
    }

    /// Whether [`poll`](Self::poll) would say nothing and change nothing. Only the states that sessions spend their lives
    /// in are worth the look.
    pub(in super::super) fn is_quiet(&self) -> bool {
        let parcel = self.has_parcel();
        match &self.state {
            State::Polling(Polling { heart, exchanges }) => {
                let due = parcel || (self.flight.is_none() && heart.is_due());
                exchanges.is_quiet(due)
            }
            State::WebSocket(socket) => !socket.has_frames(parcel),
            State::Fresh(_) => true,
            State::Opening(_) | State::Probing(..) | State::Switching(_) | State::Closing(_) | State::Closed => false,
        }
    }

    /// What may happen once the WebSocket `ws` is writable: hands out frames until there is none, or until `take` says
    /// that it wants no more. Returns whether there is none.
    pub(in super::super) fn poll_frames(
        &mut self,
        cx: &mut Cx<'_, R>,
        ws: WsKey,
        mut take: impl FnMut(OutFrame) -> bool,
    ) -> bool {
        let held = self.flight.is_some();
        if let Some(socket) = self.state.socket() {
            if socket.wire.ws != ws {
                return true;
            }
            let taken = socket.wire.taken();
            let dry = socket.take_frames(&mut self.outbox, held, take);
            if socket.wire.taken() > taken {
                self.feed_starved(cx);
            }
            return dry;
        }
        match self.state.probe() {
            Some(Probe::Open { wire, .. }) if wire.ws == ws => {
                if wire.probe(|| Packet::Pong(PROBE)).is_some_and(|frame| !take(frame)) {
                    return false;
                }
                wire.dry();
                true
            }
            _ => true,
        }
    }

    /// Answers the request that a session begins with, or that its upgrade begins with.
    fn settle_opening(&mut self, cx: &Cx<'_, R>) -> Option<Answer<R>> {
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening(Opening { reply, heart, handshake, onto }) => Some(match onto {
                Onto::Polling { first_request_by } => {
                    self.state = State::Fresh(Fresh { heart, first_request_by });
                    self.hello(cx, reply, &handshake)
                }
                Onto::WebSocket(encoding) => {
                    let ws = self.ws_of(&reply);
                    self.state = State::WebSocket(Socket::first(heart, ws, encoding, handshake, cx.config));
                    reply.upgrade(ws, self.cookie(cx))
                }
            }),
            State::Closing(Closing::Opening { opening, code, give_up }) => {
                let Opening { reply, heart, handshake, onto } = opening;
                Some(match onto {
                    Onto::Polling { first_request_by } => {
                        let fresh = Fresh { heart, first_request_by };
                        self.state = State::Closing(Closing::Fresh { fresh, give_up });
                        self.hello(cx, reply, &handshake)
                    }
                    Onto::WebSocket(encoding) => {
                        let ws = self.ws_of(&reply);
                        let socket = Socket::first(heart, ws, encoding, handshake, cx.config);
                        self.state = State::Closing(Closing::WebSocket { socket, code, give_up });
                        reply.upgrade(ws, self.cookie(cx))
                    }
                })
            }
            State::Probing(polling, Probe::Offered { reply, wire, give_up }) => {
                let ws = wire.ws;
                self.state = State::Probing(polling, Probe::Open { wire, phase: Phase::Silent, give_up });
                Some(reply.upgrade(ws, None))
            }
            State::Closing(Closing::Probing(last, Probe::Offered { reply, wire, give_up }, code)) => {
                let ws = wire.ws;
                let probe = Probe::Open { wire, phase: Phase::Silent, give_up };
                self.state = State::Closing(Closing::Probing(last, probe, code));
                Some(reply.upgrade(ws, None))
            }
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Answers the parked GET, if there is one, with the ping or pong and the messages that wait.
    fn answer_poll(&mut self, cx: &mut Cx<'_, R>) -> Option<Answer<R>> {
        let reply = self.state.exchanges()?.get.take()?;
        let packets = self.state.heart().and_then(Heart::take_due).into_iter().collect();
        Some(self.send_off(cx, reply, packets))
    }

    /// Answers the parked GET, if there is one, of a session that the application has closed.
    fn answer_last_poll(&mut self, cx: &mut Cx<'_, R>) -> Option<Answer<R>> {
        let State::Closing(
            Closing::Polling(LastPolls { heart, exchanges, stage, .. })
            | Closing::Probing(LastPolls { heart, exchanges, stage, .. }, ..),
        ) = &mut self.state
        else {
            return None;
        };
        if self.flight.is_some() {
            return None;
        }
        let reply = exchanges.get.take()?;
        let packets = match mem::replace(stage, Stage::Later) {
            Stage::Parked | Stage::Later if !self.outbox.is_empty() => {
                let packets = heart.take_due().into_iter().collect();
                return Some(self.send_off(cx, reply, packets));
            }
            Stage::Parked => vec![Packet::Close],
            Stage::Later | Stage::Said(_) => vec![Packet::Noop, Packet::Close],
        };
        *stage = Stage::Said(reply.ticket());
        // The peer has turned to polling, then.
        self.give_up_probe(cx);
        Some(reply.respond_tracked(Response::packets(Batch::new(self.encoding, packets))))
    }

    /// Sends these packets and as many messages as fit.
    fn send_off(&mut self, cx: &mut Cx<'_, R>, reply: Reply<R>, packets: Vec<Packet>) -> Answer<R> {
        let (batch, tracked) = self.outbox.pop_batch(self.encoding, cx.config.response_bounds(), packets);
        self.flight = Some(Flight { ticket: reply.ticket(), tracked });
        self.feed_starved(cx);
        reply.respond_tracked(Response::packets(batch))
    }

    fn hello(&mut self, cx: &Cx<'_, R>, reply: Reply<R>, handshake: &Handshake) -> Answer<R> {
        self.flight = Some(Flight { ticket: reply.ticket(), tracked: Vec::new() });
        let open = Packet::Open(handshake.encode());
        let initial = cx.config.initial_packet().cloned().map(Packet::Message);
        let packets = core::iter::once(open).chain(initial);
        let response = Response::packets(Batch::new(self.encoding, packets)).with_cookie(self.cookie(cx));
        reply.respond_tracked(response)
    }

    /// What the answer to the handshake sets, if it is to set something.
    fn cookie(&self, cx: &Cx<'_, R>) -> Option<Text> {
        cx.config.cookie().map(|cookie| cookie.set(self.sid))
    }

    fn noop(&self, reply: Reply<R>) -> Answer<R> {
        reply.respond(Response::packets(Batch::new(self.encoding, [Packet::Noop])))
    }

    const fn ws_of(&self, reply: &Reply<R>) -> WsKey {
        WsKey { session: self.key, exchange: reply.ticket().exchange }
    }

    fn feed_starved(&mut self, cx: &mut Cx<'_, R>) {
        if self.outbox.feed_starved(cx.config.queue_bounds()) {
            cx.out.facts.push_back(Fact::Writable(self.key));
        }
    }
}
