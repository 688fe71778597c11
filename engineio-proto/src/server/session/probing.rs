//! The upgrade: a second transport is tried out while the first one goes on (protocol: upgrade).

use super::super::action::{CloseCode, Event};
use super::super::outlet::Parting;
use super::exchanges::{Farewell, Post};
use super::socket::{Socket, Wire};
use super::state::{Closing, Early, LastPolls, Phase, Polling, Probe, Release, State};
use super::{Cx, Session};
use crate::codec::PROBE;
use crate::heartbeat::Heart;
use crate::http::Reply;
use crate::{BadRequest, CloseReason, Encoding, Frame, Packet, TransportFault, WsKey};
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
            Probe::Switching { wire, early } => match wire.encoding().decode_frame(frame) {
                Ok(packet) => {
                    early.bytes = early.bytes.saturating_add(packet.data().map_or(0, bytes::Bytes::len));
                    early.packets.push_back(packet);
                    let fits = early.bytes <= cx.config.max_payload() && early.packets.len() <= Early::MAX_PACKETS;
                    if !fits {
                        self.shut(cx, TransportFault::UpgradeOverflow, Farewell::Close);
                    }
                }
                Err(error) => self.shut(cx, CloseReason::ParseError(error), Farewell::Close),
            },
        }
    }

    /// `5` came: goes over to WebSocket, at once or when the POST whose body is on its way is through.
    fn switch(&mut self, cx: &mut Cx<'_, R>) {
        let (state, probe) = mem::replace(&mut self.state, State::Closed).without_probe();
        self.state = match probe {
            Some((Probe::Open { wire, phase: _, give_up: _ }, code)) => {
                state.with_probe(Probe::Switching { wire, early: Early::default() }, code)
            }
            Some((other, code)) => state.with_probe(other, code),
            None => state,
        };
        self.resume_switch(cx);
    }

    /// Goes over to WebSocket if that is wanted and no POST's body is on its way.
    pub(super) fn resume_switch(&mut self, cx: &mut Cx<'_, R>) {
        // To look takes less than to move the state out and back.
        if let Some(Probe::Switching { .. }) = self.state.probe() {
            self.switch_once_read(cx);
        }
    }

    fn switch_once_read(&mut self, cx: &mut Cx<'_, R>) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Probing(polling, Probe::Switching { wire, early })
                if !matches!(polling.exchanges.post, Post::Reading { .. }) =>
            {
                let Polling { heart, exchanges } = polling;
                exchanges.leave(self.encoding, cx.out);
                self.state = State::WebSocket(Socket::upgraded(heart, wire));
                self.switched(cx, early);
            }
            State::Closing(Closing::Probing(last, Probe::Switching { wire, early }, code))
                if !matches!(last.exchanges.post, Post::Reading { .. }) =>
            {
                let LastPolls { exchanges, stage: _, give_up } = last;
                exchanges.leave(self.encoding, cx.out);
                let socket = Socket::upgraded(Heart::start(cx.now, cx.config, self.encoding.version()), wire);
                self.state = State::Closing(Closing::WebSocket { socket, code, give_up });
                self.switched(cx, early);
            }
            other => self.state = other,
        }
    }

    /// The session is on WebSocket now, where these have arrived early.
    fn switched(&mut self, cx: &mut Cx<'_, R>, early: Early) {
        let Early { packets, bytes: _ } = early;
        cx.out.event(self.key, Event::Upgrade);
        for packet in packets {
            if self.is_closed() {
                break;
            }
            self.receive(cx, packet);
        }
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
    pub(super) fn probe_lost(&mut self, cx: &mut Cx<'_, R>, reason: CloseReason) {
        match self.state.probe() {
            // The peer had left polling already.
            Some(Probe::Switching { wire, early: _ }) => {
                let ws = wire.ws;
                self.shut(cx, reason, Farewell::Close);
                cx.out.ws_gone(ws);
            }
            Some(Probe::Open { .. }) => (self.state, _) = mem::replace(&mut self.state, State::Closed).without_probe(),
            Some(Probe::Offered { .. }) | None => {}
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
            Probe::Offered { .. } | Probe::Open { .. } | Probe::Switching { .. } => {}
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
            Self::Open { wire, phase: _, give_up: _ } | Self::Switching { wire, early: _ } => {
                cx.out.close_ws(wire.ws, code);
            }
        }
    }
}

impl Early {
    /// The most packets that wait for a POST to end. A real client sends none: it waits for the POST itself.
    const MAX_PACKETS: usize = 1000;
}
