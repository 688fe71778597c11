//! The upgrade: a second transport is tried out while the first one goes on (protocol: upgrade).

use super::super::action::{CloseCode, Event};
use super::super::outlet::Parting;
use super::socket::{Socket, Wire};
use super::state::{Closing, Early, LastPolls, Phase, Polling, Probe, Release, State, Switching};
use super::{Cx, Session};
use crate::codec::PROBE;
use crate::http::Reply;
use crate::{BadRequest, Encoding, Frame, Packet, WsKey};
use core::mem;

impl<R> Session<R> {
    /// A request to become this session's WebSocket, whose peer may be unable to take binary there.
    pub(super) fn upgrade(&mut self, cx: &mut Cx<'_, R>, reply: Reply<R>, base64: bool) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Polling(polling) if cx.config.allows_upgrades() => {
                let ws = WsKey { session: self.key, exchange: reply.ticket().exchange };
                let give_up = cx.now.after(cx.config.upgrade_timeout());
                let encoding = Encoding::new(self.encoding.version());
                let encoding = if base64 { encoding.with_base64() } else { encoding };
                let probe = Probe::Offered { reply, wire: Wire::new(ws, encoding), give_up };
                self.state = State::Probing(polling, probe);
            }
            State::Polling(polling) => {
                self.state = State::Polling(polling);
                cx.out.refuse(reply, BadRequest::UpgradesDisabled, true);
            }
            // There is one place for an upgrade, and it is taken or was used: the second one ends on its own.
            taken => {
                self.state = taken;
                cx.out.part(reply, Parting::UpgradeThenClose);
            }
        }
    }

    /// A message on the WebSocket that is tried out.
    pub(super) fn probe_frame(&mut self, cx: &mut Cx<'_, R>, frame: Frame) {
        let heard = Phase::Heard(if self.state.is_closing() { Release::Spent } else { Release::Owed });
        let Some(probe) = self.state.probe() else { return };
        match probe {
            Probe::Offered { .. } => {}
            Probe::Open { wire, phase, give_up: _ } => match (wire.encoding().decode_frame(frame), *phase) {
                (Ok(Packet::Ping(data)), _) if data == PROBE => {
                    wire.probe_due = true;
                    if *phase == Phase::Silent {
                        *phase = heard;
                    }
                }
                (Ok(Packet::Upgrade), Phase::Heard(_)) => self.switch(cx),
                _ => self.give_up_probe(cx),
            },
        }
    }

    /// `5` came: the session goes over to its WebSocket. If the body of a POST is on its way, that still comes first.
    fn switch(&mut self, cx: &mut Cx<'_, R>) {
        self.state = match mem::replace(&mut self.state, State::Closed) {
            State::Probing(Polling { heart, exchanges }, Probe::Open { wire, phase: _, give_up: _ }) => {
                let socket = Socket::upgraded(heart, wire);
                match exchanges.leave(self.encoding, cx.out) {
                    Some(post) => State::Switching(Switching { socket, post, early: Early::default() }),
                    None => State::WebSocket(socket),
                }
            }
            State::Closing(Closing::Probing(last, Probe::Open { wire, phase: _, give_up: _ }, code)) => {
                let LastPolls { heart, exchanges, stage: _, give_up } = last;
                let socket = Socket::upgraded(heart, wire);
                State::Closing(match exchanges.leave(self.encoding, cx.out) {
                    Some(post) => {
                        let switching = Switching { socket, post, early: Early::default() };
                        Closing::Switching { switching, code, give_up }
                    }
                    None => Closing::WebSocket { socket, code, give_up },
                })
            }
            other => other,
        };
        cx.out.event(self.key, Event::Upgrade);
    }

    /// Ends the WebSocket that is tried out; the session goes on polling.
    pub(super) fn give_up_probe(&mut self, cx: &mut Cx<'_, R>) {
        let (state, probe) = mem::replace(&mut self.state, State::Closed).without_probe();
        self.state = state;
        if let Some((probe, code)) = probe {
            probe.end(code, cx);
        }
    }

    /// The WebSocket that is tried out is gone.
    pub(super) fn probe_lost(&mut self) {
        if let Some(Probe::Open { .. }) = self.state.probe() {
            (self.state, _) = mem::replace(&mut self.state, State::Closed).without_probe();
        }
    }

    /// Lets time pass for an upgrade.
    pub(super) fn probe_timeout(&mut self, cx: &mut Cx<'_, R>) {
        let Some(probe) = self.state.probe() else { return };
        match probe {
            Probe::Offered { give_up, .. } | Probe::Open { give_up, .. } if *give_up <= cx.now => {
                self.give_up_probe(cx)
            }
            Probe::Open { phase: Phase::Heard(release), .. } => {
                if matches!(release, Release::At(at) if *at <= cx.now) {
                    *release = Release::Owed;
                }
            }
            Probe::Offered { .. } | Probe::Open { .. } => {}
        }
    }
}

impl<R> Probe<R> {
    /// What becomes of it when the application closes the session: its peer may still turn to it.
    pub(super) fn in_closing(self) -> Self {
        match self {
            Self::Open { wire, phase: Phase::Heard(_), give_up } => {
                Self::Open { wire, phase: Phase::Heard(Release::Spent), give_up }
            }
            other => other,
        }
    }

    /// Lets go of it.
    pub(super) fn end(self, code: CloseCode, cx: &mut Cx<'_, R>) {
        match self {
            Self::Offered { reply, wire: _, give_up: _ } => cx.out.part(reply, Parting::UpgradeThenClose),
            Self::Open { wire, phase: _, give_up: _ } => cx.out.close_ws(wire.ws, code),
        }
    }
}
