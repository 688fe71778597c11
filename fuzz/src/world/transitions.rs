//! How the reference model changes: one function for each input.

use super::model::{
    Awaited, Cargo, Early, Exchange, Fate, Heart, Last, Model, Noop, Phase, Probe, Stage, Status, Told,
};
use crate::step::Head;
use engineio_proto::{
    BadRequest, CloseCode, CloseReason, Message, Outgoing, PacketError, SendError, TransportFault, UploadEnd,
};
use std::time::Duration;

/// How long a poll that has nothing to carry is parked during an upgrade, after the first.
const NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// How those that wait learn of a session's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    Close,
    Noop,
    CutPost,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Probe,
    Upgrade,
    Fault(PacketError),
    Other(Early),
}

impl Model {
    pub(crate) fn get(&mut self, id: u32, at: usize) {
        let session = &mut self.sessions[at];
        match session.phase {
            Phase::Opening { .. }
            | Phase::Over
            | Phase::Closing { on: Last::Said | Last::Hello { .. } | Last::Offered { .. }, .. } => self.unknown(id),
            Phase::WebSocket(_) | Phase::Closing { on: Last::Socket { .. }, .. } => {
                self.due(id, Fate::Refused(BadRequest::TransportMismatch.into()));
            }
            Phase::Polling | Phase::Closing { .. } if session.get.is_some() => {
                self.due(id, Fate::Empty(400));
                self.end(at, TransportFault::GetOverlap, Farewell::Close);
            }
            Phase::Polling | Phase::Closing { .. } => {
                session.get = Some(id);
                if let Phase::Closing { on: on @ Last::Parked, .. } = &mut session.phase {
                    *on = Last::Later;
                }
                if let Some(Probe { stage: Stage::Open(_, Some(noop @ Noop::Spent)), .. }) = &mut session.probe
                    && session.phase == Phase::Polling
                {
                    *noop = Noop::At(self.now.after(NOOP_INTERVAL));
                }
            }
        }
    }

    pub(crate) fn post(&mut self, id: u32, at: usize, head: Head) {
        let session = &mut self.sessions[at];
        if !session.is_known() {
            self.unknown(id);
        } else if !session.is_on_polling() {
            self.due(id, Fate::Refused(BadRequest::TransportMismatch.into()));
        } else if session.post.is_some() {
            self.due(id, Fate::Empty(400));
            self.end(at, TransportFault::PostOverlap, Farewell::CutPost);
        } else {
            match head {
                Head::OctetStream if !session.speaks.version3 => {
                    self.due(id, Fate::Empty(400));
                    self.end(at, TransportFault::InvalidContent, Farewell::Close);
                }
                Head::Plain | Head::OctetStream => {
                    session.post = Some(id);
                    let awaited = Awaited::start(self.now, &self.config);
                    if let Some(exchange) = self.exchanges.get_mut(&id) {
                        exchange.status = Status::Waiting(Some(awaited));
                    }
                }
                Head::TooLong => {
                    self.due(id, Fate::Empty(413));
                    self.end(at, TransportFault::PayloadTooLarge, Farewell::Close);
                }
            }
        }
    }

    /// So many more bytes of a body have come.
    pub(crate) fn progress(&mut self, id: u32, bytes: u64) {
        let Self { config, now, exchanges, .. } = self;
        if let Some(Exchange { status: Status::Waiting(Some(awaited)), .. }) = exchanges.get_mut(&id) {
            awaited.receive(bytes, *now, config);
        }
    }

    pub(crate) fn body(&mut self, id: u32, messages: Vec<Message>, pong: bool, end: Option<UploadEnd>) {
        let Some(at) = self.exchanges.get(&id).filter(|_| self.reads(id)).and_then(|exchange| exchange.session) else {
            return;
        };
        for message in messages {
            self.tell(at, Told::Message(message));
        }
        if pong {
            self.pong(at);
        }
        match end {
            None => {
                self.due(id, Fate::Accepted);
                self.read(at);
                return;
            }
            Some(UploadEnd::Close) => self.due(id, Fate::Accepted),
            Some(UploadEnd::TooLarge) => self.due(id, Fate::Empty(413)),
            Some(_) => self.due(id, Fate::Refused(BadRequest::Payload.into())),
        }
        self.sessions[at].post = None;
        match end {
            Some(UploadEnd::Close) => self.end(at, CloseReason::TransportClose, Farewell::Noop),
            Some(UploadEnd::TooLarge) => self.end(at, TransportFault::PayloadTooLarge, Farewell::Close),
            Some(UploadEnd::Fault(error)) => self.end(at, CloseReason::ParseError(error), Farewell::Close),
            _ => self.end(at, TransportFault::HeartbeatDirection, Farewell::Close),
        }
    }

    pub(crate) fn upgrade(&mut self, id: u32, at: usize) {
        let session = &mut self.sessions[at];
        match session.phase {
            _ if !session.is_known() => self.unknown(id),
            Phase::Polling if !self.config.allows_upgrades() => {
                self.due(id, Fate::Refused(BadRequest::UpgradesDisabled.into()));
            }
            Phase::Polling if session.probe.is_none() => {
                let give_up = self.now.after(self.config.upgrade_timeout());
                session.probe = Some(Probe { stage: Stage::Offered(id), give_up, code: CloseCode::None });
                self.due(id, Fate::Upgrade);
            }
            _ => self.due(id, Fate::UpgradeThenClose),
        }
    }

    /// The peer of an exchange is gone, or an answer was lost. Says whether the server still had the handle.
    pub(crate) fn gone(&mut self, id: u32) -> bool {
        let Some(exchange) = self.exchanges.remove(&id) else { return false };
        let waited = !matches!(exchange.status, Status::Unreported(_));
        let Some(at) = exchange.session else { return waited };
        let session = &mut self.sessions[at];
        if let Status::Unreported(cargo) = exchange.status {
            match cargo {
                Cargo::Packets(_) => self.end(at, TransportFault::Undelivered, Farewell::Close),
                Cargo::Accepted => {
                    session.post = None;
                    self.end(at, TransportFault::PostAborted, Farewell::Close);
                }
                Cargo::Farewell => self.end(at, CloseReason::ForcedClose, Farewell::Close),
                Cargo::Nothing => {}
            }
        } else if session.get == Some(id) {
            session.get = None;
            self.end(at, TransportFault::GetAborted, Farewell::Close);
        } else if session.post == Some(id) {
            session.post = None;
            self.end(at, TransportFault::PostAborted, Farewell::Close);
        } else {
            match (session.phase, &session.probe) {
                (Phase::Opening { handshake, .. }, _)
                | (Phase::Closing { on: Last::Offered { handshake, .. } | Last::Hello { handshake }, .. }, _)
                    if handshake == id =>
                {
                    self.end(at, TransportFault::HandshakeAborted, Farewell::Close);
                }
                (_, Some(Probe { stage: Stage::Offered(offered), .. })) if *offered == id => session.probe = None,
                _ => {}
            }
        }
        waited
    }

    /// A tracked answer was handed to the transport.
    pub(crate) fn written(&mut self, id: u32) {
        let Some(exchange) = self.exchanges.remove(&id) else { return };
        let (Status::Unreported(cargo), Some(at)) = (exchange.status, exchange.session) else { return };
        let session = &mut self.sessions[at];
        match cargo {
            Cargo::Packets(messages) => {
                session.flight = None;
                session.handed += messages;
            }
            Cargo::Accepted => session.post = None,
            Cargo::Farewell => self.end(at, CloseReason::ForcedClose, Farewell::Close),
            Cargo::Nothing => {}
        }
    }

    pub(crate) fn frame(&mut self, id: u32, heard: Heard, len: usize) {
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| socket.dying.is_none()) else { return };
        let at = socket.session;
        let session = &mut self.sessions[at];
        // Where nothing is tried out, a probe is a ping like others.
        let ping = if session.speaks.version3 { Early::Pong } else { Early::Ping };
        let owed = if session.is_closing() { Noop::Spent } else { Noop::Owed };
        if session.socket() == Some(id) && session.early.is_some() {
            return self.frame_at_the_switch(at, heard, len);
        }
        if session.socket() == Some(id) {
            return match heard {
                Heard::Probe => self.receive(at, ping),
                Heard::Upgrade => {}
                Heard::Fault(error) => self.end(at, CloseReason::ParseError(error), Farewell::Close),
                Heard::Other(early) => self.receive(at, early),
            };
        }
        match session.probe.as_mut().map(|probe| &mut probe.stage) {
            Some(Stage::Open(_, noop)) => match heard {
                Heard::Probe => {
                    socket.probe_due = true;
                    noop.get_or_insert(owed);
                }
                Heard::Upgrade if noop.is_some() => self.switch(at, id),
                _ => self.give_up(at),
            },
            Some(Stage::Offered(_)) | None => {}
        }
    }

    /// What is heard on the session's socket while the body of a POST is awaited: the heartbeat counts, the rest waits.
    fn frame_at_the_switch(&mut self, at: usize, heard: Heard, len: usize) {
        let most = self.config.max_payload();
        let session = &mut self.sessions[at];
        let version3 = session.speaks.version3;
        let packet = match heard {
            Heard::Other(Early::Pong) => return self.pong(at),
            Heard::Probe if version3 => return self.pong(at),
            Heard::Probe => Early::Ping,
            Heard::Upgrade => Early::Ignored,
            Heard::Other(packet) => packet,
            Heard::Fault(error) => return self.end(at, CloseReason::ParseError(error), Farewell::Close),
        };
        let Some(early) = &mut session.early else { return };
        early.push_back((packet, len));
        let bytes: usize = early.iter().map(|(_, len)| len).sum();
        if bytes > most || early.len() > 1000 {
            self.end(at, TransportFault::UpgradeOverflow, Farewell::Close);
        }
    }

    /// A socket is gone, by itself.
    pub(crate) fn ws_gone(&mut self, id: u32, reason: CloseReason) {
        let Some(socket) = self.sockets.remove(&id).filter(|socket| socket.dying.is_none()) else { return };
        let session = &mut self.sessions[socket.session];
        match session.probe.as_ref().map(|probe| &probe.stage) {
            Some(Stage::Open(open, _)) if *open == id => session.probe = None,
            _ => self.end(socket.session, reason, Farewell::Close),
        }
    }

    /// The application sends messages, all or none. If not, says how the error is made of what was not sent.
    pub(crate) fn send<M>(&mut self, at: usize, messages: Vec<Outgoing>) -> Result<(), fn(M) -> SendError<M>> {
        let Self { config, sessions, .. } = self;
        let session = &mut sessions[at];
        let sum = |messages: &mut dyn Iterator<Item = &Outgoing>| messages.map(Outgoing::byte_len).sum::<usize>();
        let (new, old) = (sum(&mut messages.iter()), sum(&mut session.queue.iter()));
        let (most_bytes, most) = (config.max_queue_bytes(), config.max_queue_packets());
        if session.is_over() || session.is_closing() {
            return Err(SendError::Closed);
        }
        if new > most_bytes || messages.len() > most {
            return Err(SendError::TooLarge);
        }
        if new + old > most_bytes || messages.len() + session.queue.len() > most {
            session.starved = true;
            return Err(SendError::Full);
        }
        session.sent += u32::try_from(messages.len()).unwrap_or(u32::MAX);
        session.queue.extend(messages);
        Ok(())
    }

    pub(crate) fn close(&mut self, at: usize, code: CloseCode) {
        let give_up = self.now.after(self.config.close_timeout());
        let session = &mut self.sessions[at];
        let parked = if session.get.is_some() { Last::Parked } else { Last::Later };
        let on = match session.phase {
            Phase::Opening { handshake, websocket: false } => Last::Hello { handshake },
            Phase::Opening { handshake, websocket: true } => Last::Offered { handshake, code },
            Phase::Polling => parked,
            Phase::WebSocket(socket) => Last::Socket { socket, code },
            Phase::Closing { .. } | Phase::Over => return,
        };
        // The peer may still turn to the WebSocket that it tries out.
        if let Some(probe) = &mut session.probe {
            probe.code = code;
            if let Stage::Open(_, Some(noop)) = &mut probe.stage {
                *noop = Noop::Spent;
            }
        }
        session.phase = Phase::Closing { on, give_up };
    }

    pub(crate) fn timeout(&mut self) {
        for at in 0..self.sessions.len() {
            let session = &mut self.sessions[at];
            let late = session.post.filter(|post| {
                self.exchanges.get(post).is_some_and(
                    |exchange| matches!(&exchange.status, Status::Waiting(Some(body)) if body.by() <= self.now),
                )
            });
            if let Some(post) = late {
                session.post = None;
                self.due(post, Fate::Empty(408));
                self.end(at, TransportFault::BodyTimeout, Farewell::Close);
                continue;
            }
            match session.heart {
                Heart::Resting { ping_at } if ping_at <= self.now => {
                    let pong_by = self.now.after(self.config.ping_timeout());
                    session.heart = Heart::Listening { pong_by, ping_due: true };
                }
                Heart::Listening { pong_by: by, .. } | Heart::Answering { ping_by: by, .. } if by <= self.now => {
                    self.end(at, CloseReason::PingTimeout, Farewell::Close);
                    continue;
                }
                _ => {}
            }
            if session.first_request_by.is_some_and(|by| by <= self.now) {
                self.end(at, CloseReason::PingTimeout, Farewell::Close);
                continue;
            }
            match (&mut session.phase, &mut session.probe) {
                (Phase::Closing { give_up, .. }, _) if *give_up <= self.now => {
                    self.end(at, CloseReason::ForcedClose, Farewell::Close);
                }
                (_, Some(Probe { stage: Stage::Offered(_) | Stage::Open(..), give_up, .. }))
                    if *give_up <= self.now =>
                {
                    self.give_up(at);
                }
                (_, Some(Probe { stage: Stage::Open(_, Some(noop)), .. })) => {
                    if matches!(noop, Noop::At(at) if *at <= self.now) {
                        *noop = Noop::Owed;
                    }
                }
                _ => {}
            }
        }
    }
}
