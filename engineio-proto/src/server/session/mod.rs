//! One session: the transitions that its inputs cause. What it puts out is in [`output`].

mod ending;
mod exchanges;
mod flight;
mod output;
mod parts;
mod posting;
mod probing;
mod socket;
mod state;
mod switching;

use super::config::Config;
use super::outlet::{Outlet, Parting};
use super::router::{Request, RequestKind};
use crate::http::Reply;
use crate::session::heartbeat::Heart;
use crate::session::host::Unsendable;
use crate::session::outbox::Outbox;
use crate::{
    BadRequest, CloseReason, Encoding, Frame, Handshake, Instant, Outgoing, Packet, Refusal, SendError, SendId,
    SessionKey, Sid, Ticket, TransportFault, Version, WsEnd, WsKey,
};
use alloc::vec::Vec;
use core::mem;
use exchanges::Farewell;
use flight::Flight;
use socket::Socket;
use state::{Closing, LastPolls, Onto, Opening, Phase, Probe, Release, Stage, State, Switching};

/// One session.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Session<R> {
    key: SessionKey,
    sid: Sid,
    /// Fixed at the handshake, whatever later requests say.
    encoding: Encoding,
    outbox: Outbox,
    flight: Option<Flight>,
    state: State<R>,
}

/// What a session may reach while it is changed.
pub(super) struct Cx<'a, R> {
    pub(super) now: Instant,
    pub(super) config: &'a Config,
    pub(super) out: &'a mut Outlet<R>,
}

/// The transport that a session begins on, with what is known about its request.
pub(super) struct Start<R> {
    pub(super) key: SessionKey,
    pub(super) sid: Sid,
    pub(super) encoding: Encoding,
    pub(super) websocket: bool,
    pub(super) handshake: Handshake,
    pub(super) reply: Reply<R>,
}

impl<R> Session<R> {
    pub(super) fn open(cx: &Cx<'_, R>, start: Start<R>) -> Self {
        let Start { key, sid, encoding, websocket, handshake, reply } = start;
        let first_request_by = cx.now.after(cx.config.first_request_timeout());
        let onto = if websocket { Onto::WebSocket(encoding) } else { Onto::Polling { first_request_by } };
        let heart = Heart::start(cx.now, cx.config.heartbeat(), encoding.version());
        let state = State::Opening(Opening { reply, heart, handshake, onto });
        Self { key, sid, encoding, outbox: Outbox::default(), flight: None, state }
    }

    pub(super) const fn sid(&self) -> Sid {
        self.sid
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(super) const fn is_closing(&self) -> bool {
        self.state.is_closing()
    }

    /// Whether it is on WebSocket, or begins there.
    pub(super) const fn is_on_websocket(&self) -> bool {
        match &self.state {
            State::Switching(_)
            | State::WebSocket(_)
            | State::Closing(Closing::Switching { .. } | Closing::WebSocket { .. }) => true,
            State::Opening(opening) | State::Closing(Closing::Opening { opening, .. }) => {
                matches!(opening.onto, Onto::WebSocket(_))
            }
            State::Fresh(_)
            | State::Polling(_)
            | State::Probing(..)
            | State::Closing(Closing::Fresh { .. } | Closing::Polling(_) | Closing::Probing(..))
            | State::Closed => false,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state.deadline()
    }

    pub(super) fn queued(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    /// A request that names this session.
    pub(super) fn request(&mut self, cx: &mut Cx<'_, R>, reply: Reply<R>, request: &Request) {
        let upgrade = request.is_upgrade();
        // Before its handshake is answered nobody can know a session's id.
        if matches!(self.state, State::Opening(_) | State::Closing(Closing::Opening { .. })) {
            return cx.out.refuse(reply, Refusal::UnknownSid, upgrade);
        }
        if !request.version.fits(self.encoding.version()) {
            return cx.out.refuse(reply, BadRequest::VersionMismatch, upgrade);
        }
        match request.kind {
            RequestKind::Get => {
                self.visited();
                self.get(cx, reply);
            }
            RequestKind::Post(head) => {
                self.visited();
                self.post(cx, reply, head);
            }
            RequestKind::Upgrade { base64 } => {
                self.visited();
                self.upgrade(cx, reply, base64);
            }
            RequestKind::Mismatch { upgrade: true } => cx.out.refuse(reply, BadRequest::TransportHandshake, true),
            RequestKind::Mismatch { upgrade: false } => cx.out.refuse(reply, BadRequest::TransportMismatch, false),
            RequestKind::MethodNotAllowed { upgrade } => cx.out.refuse(reply, Refusal::MethodNotAllowed, upgrade),
        }
    }

    /// The peer has made a request: the deadline for its first one is over.
    fn visited(&mut self) {
        // To look takes less than to move the state out and back.
        if self.state.first_request_by().is_some() {
            self.state = mem::replace(&mut self.state, State::Closed).visited();
        }
    }

    fn get(&mut self, cx: &mut Cx<'_, R>, reply: Reply<R>) {
        if let State::Closing(Closing::Polling(LastPolls { stage: Stage::Said(_), .. })) = &self.state {
            return cx.out.refuse(reply, Refusal::UnknownSid, false);
        }
        let Some(exchanges) = self.state.exchanges() else {
            return cx.out.refuse(reply, BadRequest::TransportMismatch, false);
        };
        if let Err(second) = exchanges.park(reply) {
            cx.out.part(second, Parting::Status(400));
            return self.shut(cx, TransportFault::GetOverlap, Farewell::Close);
        }
        if let State::Probing(_, Probe::Open { phase: Phase::Heard(release @ Release::Spent), .. }) = &mut self.state {
            *release = Release::At(cx.now.after(state::NOOP_INTERVAL));
        }
    }

    /// An answer was handed to the transport.
    pub(super) fn written(&mut self, cx: &mut Cx<'_, R>, ticket: Ticket) {
        if let Some(Flight { ticket: _, tracked }) = self.flight.take_if(|flight| flight.ticket == ticket) {
            tracked.into_iter().for_each(|id| cx.out.sent(self.key, id));
        }
        if let State::Closing(Closing::Polling(last)) = &self.state
            && last.is_said_by(ticket)
        {
            return self.shut(cx, CloseReason::ForcedClose, Farewell::Close);
        }
        if let Some(exchanges) = self.state.exchanges() {
            exchanges.ok_written(ticket);
        }
    }

    /// Whole WebSocket messages, in order.
    pub(super) fn frames(&mut self, cx: &mut Cx<'_, R>, ws: WsKey, mut frames: impl Iterator<Item = Frame>) {
        loop {
            match &mut self.state {
                State::WebSocket(Socket { wire, .. })
                | State::Closing(Closing::WebSocket { socket: Socket { wire, .. }, .. })
                    if wire.ws == ws =>
                {
                    let encoding = wire.encoding();
                    let packets = frames.by_ref().map(|frame| encoding.decode_frame(frame));
                    match cx.out.messages(self.key, packets) {
                        Some(Ok(packet)) => self.receive(cx, packet),
                        Some(Err(error)) => self.shut(cx, CloseReason::ParseError(error), Farewell::Close),
                        None => return,
                    }
                }
                State::Switching(Switching { socket, .. })
                | State::Closing(Closing::Switching { switching: Switching { socket, .. }, .. })
                    if socket.wire.ws == ws =>
                {
                    let Some(frame) = frames.next() else { return };
                    self.early_frame(cx, frame);
                }
                State::Probing(_, probe) | State::Closing(Closing::Probing(_, probe, _)) if probe.ws() == ws => {
                    let Some(frame) = frames.next() else { return };
                    self.probe_frame(cx, frame);
                }
                _ => return frames.for_each(drop),
            }
        }
    }

    /// A packet on the WebSocket that the session is on.
    fn receive(&mut self, cx: &mut Cx<'_, R>, packet: Packet) {
        match packet {
            Packet::Message(message) => cx.out.message(self.key, message),
            Packet::Ping(_) | Packet::Pong(_) => {
                let pings = matches!(packet, Packet::Ping(_));
                if pings != (self.encoding.version() == Version::V3) {
                    self.shut(cx, TransportFault::HeartbeatDirection, Farewell::Close);
                } else if let Some(heart) = self.state.heart() {
                    heart.beat(cx.now, cx.config.heartbeat());
                }
            }
            Packet::Close => self.shut(cx, CloseReason::TransportClose, Farewell::Close),
            Packet::Open(_) | Packet::Upgrade | Packet::Noop => {}
        }
    }

    /// A WebSocket is gone.
    pub(super) fn ws_closed(&mut self, cx: &mut Cx<'_, R>, ws: WsKey, end: WsEnd) {
        cx.out.ws_gone(ws);
        let reason = match end {
            WsEnd::Closed => CloseReason::TransportClose,
            WsEnd::Failed(fault) => TransportFault::WebSocket(fault).into(),
        };
        if self.state.socket().is_some_and(|socket| socket.wire.ws == ws) {
            self.shut(cx, reason, Farewell::Close);
            cx.out.ws_gone(ws);
        } else if self.state.probe().is_some_and(|probe| probe.ws() == ws) {
            self.probe_lost();
        }
    }

    /// `frames` more frames were handed to the transport.
    pub(super) fn wrote(&mut self, cx: &mut Cx<'_, R>, ws: WsKey, frames: u64) {
        let key = self.key;
        let wire = match self.state.probe() {
            Some(Probe::Open { wire, .. }) => Some(wire),
            Some(Probe::Offered { .. }) => None,
            None => self.state.socket().map(|socket| &mut socket.wire),
        };
        if let Some(wire) = wire.filter(|wire| wire.ws == ws) {
            wire.wrote(frames, |id| cx.out.sent(key, id));
        }
    }

    /// Lets time pass.
    pub(super) fn timeout(&mut self, cx: &mut Cx<'_, R>) {
        let overdue = self.state.reading().filter(|reading| reading.pace.deadline() <= cx.now);
        if let Some(ticket) = overdue.map(|reading| reading.reply.ticket())
            && let Some((late, _early)) = self.take_reading(ticket)
        {
            cx.out.part(late, Parting::Status(408));
            return self.shut(cx, TransportFault::BodyTimeout, Farewell::Close);
        }
        let silent = self.state.heart().is_some_and(|heart| heart.tick(cx.now, cx.config.heartbeat()).is_err());
        if silent || self.state.first_request_by().is_some_and(|by| by <= cx.now) {
            return self.shut(cx, CloseReason::PingTimeout, Farewell::Close);
        }
        if self.state.give_up().is_some_and(|give_up| give_up <= cx.now) {
            return self.shut(cx, CloseReason::ForcedClose, Farewell::Close);
        }
        self.probe_timeout(cx);
    }

    /// Queues a message.
    #[inline]
    pub(super) fn send(&mut self, cx: &Cx<'_, R>, message: Outgoing) -> Result<(), SendError> {
        match self.admit(cx, 1, message.byte_len(), core::slice::from_ref(&message)) {
            Ok(()) => {
                self.outbox.push(message);
                Ok(())
            }
            Err(why) => Err(why.with(message)),
        }
    }

    /// Queues a message whose delivery is to be told.
    pub(super) fn send_tracked(&mut self, cx: &Cx<'_, R>, message: Outgoing) -> Result<SendId, SendError> {
        match self.admit(cx, 1, message.byte_len(), core::slice::from_ref(&message)) {
            Ok(()) => Ok(self.outbox.push_tracked(message)),
            Err(why) => Err(why.with(message)),
        }
    }

    /// Queues messages next to each other, all or none.
    pub(super) fn send_many(
        &mut self,
        cx: &Cx<'_, R>,
        messages: Vec<Outgoing>,
    ) -> Result<(), SendError<Vec<Outgoing>>> {
        let bytes = messages.iter().fold(0_usize, |sum, message| sum.saturating_add(message.byte_len()));
        match self.admit(cx, messages.len(), bytes, &messages) {
            Ok(()) => {
                messages.into_iter().for_each(|message| self.outbox.push(message));
                Ok(())
            }
            Err(why) => Err(why.with(messages)),
        }
    }

    #[inline]
    fn admit(&mut self, cx: &Cx<'_, R>, count: usize, bytes: usize, messages: &[Outgoing]) -> Result<(), Unsendable> {
        if matches!(self.state, State::Closing(_) | State::Closed) {
            return Err(Unsendable::Closed);
        }
        let separates = |text| crate::codec::separates(self.encoding, text);
        if !self.is_on_websocket() && messages.iter().filter_map(Outgoing::text).any(separates) {
            return Err(Unsendable::Separator);
        }
        self.outbox.admit(count, bytes, cx.config.queue_bounds()).map_err(Unsendable::from)
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Session<R> { key, sid, encoding, outbox, flight, state });
