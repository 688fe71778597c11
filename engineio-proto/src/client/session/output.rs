//! What a session puts out. It is derived from the state whenever the host asks.

use super::super::action::ClientAction;
use super::super::call::{Call, Reads};
use super::super::target::target;
use super::Session;
use super::state::{Attempt, Closing, Posting, Probe, Socket, Stage, State};
use crate::codec::PROBE;
use crate::session::outbox::Bounds;
use crate::{CallId, ClientWsKey, CloseReason, OutFrame, Packet, SessionId, Transport};
use alloc::{string::String, vec, vec::Vec};
use core::mem;

impl Session {
    /// What must happen now.
    pub(in super::super) fn poll(&mut self) -> Option<ClientAction> {
        if let Some(action) = self.out.next() {
            return Some(action);
        }
        match &mut self.state {
            State::Opening(_) | State::Closing(Closing::Opening(_)) => self.attempt(),
            State::Polling(_) => self.exchange(),
            State::Probing(..) => self.upgrade(),
            State::WebSocket(Socket { pulse, wire }) => {
                let frames = pulse.is_due() || !self.outbox.is_empty();
                wire.announce(frames).map(ClientAction::FramesReady)
            }
            State::Closing(Closing::Polling { polling, stage, give_up: _ }) => match stage {
                Stage::Flushing if polling.post.is_none() && self.outbox.is_empty() => {
                    *stage = Stage::Said;
                    self.post(vec![Packet::Close])
                }
                Stage::Flushing => self.exchange(),
                Stage::Said => None,
            },
            State::Closing(Closing::WebSocket { socket: Socket { pulse, wire }, give_up: _ }) => {
                let frames = pulse.is_due() || !self.outbox.is_empty();
                if frames || !wire.settled() {
                    return wire.announce(frames).map(ClientAction::FramesReady);
                }
                self.shut(CloseReason::ForcedClose);
                self.out.next()
            }
            State::Closed => None,
        }
    }

    /// What may happen once the WebSocket `ws` is writable.
    pub(in super::super) fn poll_frame(&mut self, ws: ClientWsKey) -> Option<OutFrame> {
        if let Some(Socket { pulse, wire }) = self.state.socket() {
            if wire.ws != ws {
                return None;
            }
            if let Some(packet) = pulse.take_due() {
                return Some(wire.take(packet));
            }
            let Some((message, tracked)) = self.outbox.pop() else {
                wire.dry();
                return None;
            };
            let frame = wire.take_message(message, tracked);
            self.feed_starved();
            return Some(frame);
        }
        match mem::replace(&mut self.state, State::Closed) {
            State::Probing(polling, Probe::Draining { mut wire, give_up: _ }) if wire.ws == ws && polling.is_idle() => {
                let frame = wire.take(Packet::Upgrade);
                self.state = State::Probing(polling, Probe::Leaving { wire });
                Some(frame)
            }
            mut other => {
                let wire = match &mut other {
                    State::Probing(_, probe) => probe.wire().filter(|wire| wire.ws == ws),
                    _ => None,
                };
                let frame = wire.and_then(|wire| {
                    let frame = wire.probe(|| Packet::Ping(PROBE));
                    if frame.is_none() {
                        wire.dry();
                    }
                    frame
                });
                self.state = other;
                frame
            }
        }
    }

    /// Begins an attempt to open the session.
    fn attempt(&mut self) -> Option<ClientAction> {
        let opening = self.state.opening()?;
        let Attempt::Due(transport) = opening.attempt else { return None };
        let id = self.next_call();
        let target = self.target(transport, None);
        let attempt = &mut self.state.opening()?.attempt;
        Some(match transport {
            Transport::Polling => {
                *attempt = Attempt::Get(id);
                ClientAction::Get { call: Call::get(id, self.reads()), target }
            }
            Transport::WebSocket => {
                *attempt = Attempt::Dial(id);
                ClientAction::Connect { call: Call::dial(id), target }
            }
        })
    }

    /// Goes on with an upgrade, and with polling as long as that is allowed.
    fn upgrade(&mut self) -> Option<ClientAction> {
        let State::Probing(polling, probe) = &mut self.state else { return None };
        match probe {
            Probe::Due { give_up } => {
                let (give_up, sid) = (*give_up, polling.sid.clone());
                let id = self.next_call();
                if let State::Probing(_, probe) = &mut self.state {
                    *probe = Probe::Dialing { call: id, give_up };
                }
                let target = self.target(Transport::WebSocket, Some(&sid));
                Some(ClientAction::Connect { call: Call::dial(id), target })
            }
            Probe::Dialing { .. } => self.exchange(),
            Probe::Asking { wire, give_up: _ } => match wire.announce(wire.probe_due) {
                Some(ws) => Some(ClientAction::FramesReady(ws)),
                None => self.exchange(),
            },
            Probe::Draining { wire, give_up: _ } => wire.announce(polling.is_idle()).map(ClientAction::FramesReady),
            Probe::Leaving { .. } => None,
        }
    }

    /// Begins a GET if none is outstanding, or a POST if there is something to say.
    fn exchange(&mut self) -> Option<ClientAction> {
        let polling = self.state.polling()?;
        if polling.get.is_none() {
            let sid = polling.sid.clone();
            let id = self.next_call();
            let target = self.target(Transport::Polling, Some(&sid));
            self.state.polling()?.get = Some(id);
            return Some(ClientAction::Get { call: Call::get(id, self.reads()), target });
        }
        let silent = !polling.pulse.is_due() && self.outbox.is_empty();
        if silent || polling.post.is_some() {
            return None;
        }
        let packets = polling.pulse.take_due().into_iter().collect();
        self.post(packets)
    }

    /// Posts these packets and as many messages as the server takes at once.
    fn post(&mut self, packets: Vec<Packet>) -> Option<ClientAction> {
        let polling = self.state.polling()?;
        let (sid, limit) = (polling.sid.clone(), polling.limit);
        let call = self.next_call();
        let limit = Bounds { bytes: limit, packets: self.config.max_packets_per_post() };
        let (body, tracked) = self.outbox.pop_batch(self.encoding, limit, packets);
        let target = self.target(Transport::Polling, Some(&sid));
        let give_up = self.now.after(self.config.post_timeout());
        self.state.polling()?.post = Some(Posting { call, tracked, give_up });
        self.feed_starved();
        Some(ClientAction::Post { call: Call::post(call), target, body })
    }

    const fn next_call(&mut self) -> CallId {
        self.calls = self.calls.saturating_add(1);
        CallId { client: self.key, number: self.calls }
    }

    fn target(&mut self, transport: Transport, sid: Option<&SessionId>) -> String {
        let fresh = match transport {
            Transport::Polling if self.config.cache_buster() => {
                self.fresh.count = self.fresh.count.saturating_add(1);
                Some(self.fresh)
            }
            Transport::Polling | Transport::WebSocket => None,
        };
        target(&self.config, transport, sid, fresh)
    }

    fn reads(&self) -> Reads {
        Reads { encoding: self.encoding, max_packets: self.config.max_packets_per_payload() }
    }
}
