//! A client's session: the transitions that its inputs cause. What it puts out is in [`output`].

mod ending;
mod opening;
mod output;
mod polling;
mod probing;
mod sending;
mod socket;
mod state;

use super::call::{Call, Dial, Settlement};
use super::config::ClientConfig;
use super::fault::{CallFault, UpgradeFault};
use super::outlet::Outlet;
use super::target::CacheBuster;
use crate::session::outbox::Outbox;
use crate::{
    ClientWsKey, CloseReason, Encoding, Frame, Handshake, Instant, SessionId, Transport, TransportFault, WsEnd,
};
use state::{Attempt, Closing, Opening, Posting, Probe, State, Tries, Wire};

/// The one session of a client.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Session {
    config: ClientConfig,
    key: u64,
    calls: u64,
    fresh: CacheBuster,
    now: Instant,
    encoding: Encoding,
    /// What the server said when the session opened.
    handshake: Option<Handshake<SessionId>>,
    outbox: Outbox,
    out: Outlet,
    state: State,
    /// The transport that the session was on when it ended.
    ended_on: Option<Transport>,
}

impl Session {
    pub(super) fn open(now: Instant, config: ClientConfig, key: u64, seed: u64, remembered: bool) -> Self {
        let (tries, transport) = Tries::first(&config, remembered);
        let give_up = now.after(config.open_timeout());
        let encoding = Encoding::new(config.version());
        let encoding = if config.forces_base64() { encoding.with_base64() } else { encoding };
        Self {
            config,
            key,
            calls: 0,
            fresh: CacheBuster { seed, count: 0 },
            now,
            encoding,
            handshake: None,
            outbox: Outbox::default(),
            out: Outlet::default(),
            state: State::Opening(Opening { attempt: Attempt::Due(transport), tries, give_up }),
            ended_on: None,
        }
    }

    pub(super) const fn config(&self) -> &ClientConfig {
        &self.config
    }

    pub(super) const fn handshake(&self) -> Option<&Handshake<SessionId>> {
        self.handshake.as_ref()
    }

    pub(super) const fn transport(&self) -> Option<Transport> {
        match &self.state {
            State::Polling(_) | State::Probing(..) | State::Closing(Closing::Polling { .. }) => {
                Some(Transport::Polling)
            }
            State::WebSocket(_) | State::Closing(Closing::WebSocket { .. }) => Some(Transport::WebSocket),
            State::Opening(_) | State::Closing(Closing::Opening(_)) | State::Closed => None,
        }
    }

    pub(super) fn last_transport(&self) -> Option<Transport> {
        self.transport().or(self.ended_on)
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(super) fn queued(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state.deadline()
    }

    /// Lets time pass. Each input begins with this, so that one that comes at a deadline or after it finds that passed,
    /// even if the host has not called for the time: the machine may have been suspended, and the server has long
    /// forgotten the session.
    pub(super) fn pass(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let now = self.now;
        if self.state.is_silent(now) {
            return self.shut(CloseReason::PingTimeout);
        }
        self.state.tick(now);
        let overdue = |post: &Posting| post.give_up <= now;
        if self.state.polling().is_some_and(|polling| polling.post.as_ref().is_some_and(overdue)) {
            return self.post_failed(TransportFault::PostTimeout);
        }
        match &self.state {
            State::Opening(Opening { give_up, .. }) if *give_up <= now => {
                self.attempt_failed(TransportFault::OpenTimeout);
            }
            State::Probing(_, probe) if probe.give_up().is_some_and(|give_up| give_up <= now) => {
                self.upgrade_failed(UpgradeFault::Timeout);
            }
            State::Closing(
                Closing::Opening(Opening { give_up, .. })
                | Closing::Polling { give_up, .. }
                | Closing::WebSocket { give_up, .. },
            ) if *give_up <= now => self.shut(CloseReason::ForcedClose),
            _ => {}
        }
    }

    /// The server has answered a call.
    pub(super) fn response(&mut self, now: Instant, settlement: Settlement) {
        let Settlement { id, outcome } = settlement;
        self.pass(now);
        if self.state.opening().is_some_and(|opening| opening.attempt.waits_for(id)) {
            self.greeted(outcome);
        } else if let Some(polling) = self.state.polling() {
            if polling.get.take_if(|get| *get == id).is_some() {
                self.get_answered(outcome);
            } else if let Some(posting) = polling.post.take_if(|post| post.call == id) {
                self.post_answered(posting, &outcome);
            }
        }
        self.out.call_over(id);
    }

    /// A call came to nothing.
    pub(super) fn failed<K>(&mut self, now: Instant, call: &Call<K>, fault: CallFault) {
        let id = call.id();
        let reason = TransportFault::Call(fault);
        self.pass(now);
        if self.state.opening().is_some_and(|opening| opening.attempt.waits_for(id)) {
            self.attempt_failed(reason);
        } else if matches!(&self.state, State::Probing(_, Probe::Dialing { call, .. }) if *call == id) {
            self.upgrade_failed(UpgradeFault::Call(fault));
        } else if let Some(polling) = self.state.polling() {
            if polling.get.take_if(|get| *get == id).is_some() {
                self.get_failed(reason);
            } else if polling.post.take_if(|post| post.call == id).is_some() {
                self.post_failed(reason);
            }
        }
        self.out.call_over(id);
    }

    /// A WebSocket is open.
    pub(super) fn connected(&mut self, now: Instant, call: &Call<Dial>) -> Option<ClientWsKey> {
        let id = call.id();
        self.pass(now);
        self.out.call_over(id);
        let ws = ClientWsKey(id);
        let wire = Wire::new(ws, self.encoding);
        if let Some(opening) = self.state.opening() {
            if !opening.attempt.waits_for(id) {
                return None;
            }
            opening.attempt = Attempt::Greeting(wire);
            return Some(ws);
        }
        self.probe_opened(id, wire).then_some(ws)
    }

    /// One whole WebSocket message.
    pub(super) fn frame(&mut self, now: Instant, ws: ClientWsKey, frame: Frame) {
        self.pass(now);
        if let Some(opening) = self.state.opening() {
            if matches!(&opening.attempt, Attempt::Greeting(wire) if wire.ws == ws) {
                self.greeted_by_frame(frame);
            }
        } else if let State::Probing(_, probe) = &mut self.state {
            if probe.wire().is_some_and(|wire| wire.ws == ws) {
                self.probe_frame(frame);
            }
        } else if self.state.socket().is_some_and(|socket| socket.wire.ws == ws) {
            self.socket_frame(frame);
        }
    }

    /// A WebSocket is gone.
    pub(super) fn ws_closed(&mut self, now: Instant, ws: ClientWsKey, end: WsEnd) {
        self.pass(now);
        let reason = match end {
            WsEnd::Closed => CloseReason::TransportClose,
            WsEnd::Failed(fault) => TransportFault::WebSocket(fault).into(),
        };
        if let Some(opening) = self.state.opening() {
            if matches!(&opening.attempt, Attempt::Greeting(wire) if wire.ws == ws) {
                self.attempt_failed(reason);
            }
        } else if let State::Probing(_, probe) = &mut self.state {
            if probe.wire().is_some_and(|wire| wire.ws == ws) {
                self.upgrade_failed(UpgradeFault::Closed(end));
            }
        } else if self.state.socket().is_some_and(|socket| socket.wire.ws == ws) {
            self.shut(reason);
        }
        self.out.ws_gone(ws);
    }

    /// `frames` more frames were handed to the transport.
    pub(super) fn wrote(&mut self, now: Instant, ws: ClientWsKey, frames: u64) {
        self.pass(now);
        let Self { state, out, .. } = self;
        if let Some(socket) = state.socket().filter(|socket| socket.wire.ws == ws) {
            socket.wire.wrote(frames, |id| out.sent(id));
        } else if let State::Probing(_, probe) = state
            && let Some(wire) = probe.wire().filter(|wire| wire.ws == ws)
        {
            // No message goes over a socket that is still tried out.
            wire.wrote(frames, |_| {});
            self.leave_polling();
        }
    }
}

#[cfg(feature = "model")]
impl crate::model::Canonical for Session {
    fn write(&self, to: &mut crate::Fingerprint) {
        // Settings do not change, and counters only tell names apart.
        let Self { config: _, key: _, calls: _, fresh: _, now, encoding, handshake, outbox, out, state, ended_on } =
            self;
        to.instant_at_least(*now);
        encoding.write(to);
        handshake.write(to);
        outbox.write(to);
        out.write(to);
        state.write(to);
        ended_on.write(to);
    }
}
