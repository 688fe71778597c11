//! Steps: each goes to the server and to the reference model.

use super::model::{Exchange, ExchangeKind, Fate, Heart, Phase, Session, Speaks, Status, Told};
use super::{World, wire};
use crate::codec::Framing;
use crate::handle::Handle;
use crate::seeded::{Response, Standing};
use crate::step::{Body, End, Head, Kind, Step, Strange};
use crate::violation::{Checked, ensure};
use engineio_proto::{
    BadRequest, CloseCode, CloseReason, Delivery, Encoding, Instant, Refusal, RequestHead, Route, Sid, TransportFault,
    Upload, Version, WsEnd, WsFault,
};
use std::collections::VecDeque;
use std::time::Duration;

impl World {
    pub(super) fn input(&mut self, step: Step) -> Checked {
        match step {
            Step::OpenPolling => self.open(false, Speaks { version3: false, base64: false }),
            Step::OpenWebSocket => self.open(true, Speaks { version3: false, base64: false }),
            Step::Open3 { websocket, base64 } => self.open(websocket, Speaks { version3: true, base64 }),
            Step::Get(at) => self.request(at, ExchangeKind::Get, Head::Plain),
            Step::Post(at, head) => self.request(at, ExchangeKind::Post, head),
            Step::Upgrade(at) => self.request(at, ExchangeKind::Upgrade, Head::Plain),
            Step::Strange(at, strange) => self.strange(at, strange),
            Step::Body(nth, body) => self.body(nth, body),
            Step::Progress(nth, amount) => {
                self.progress(nth, amount);
                Ok(())
            }
            Step::Abort(nth) => self.gone(nth, false),
            Step::Lost(nth) => self.gone(nth, true),
            Step::Written(nth) => self.written(nth),
            Step::Frame(nth, kind) => self.frame(nth, kind),
            Step::WsEnd(nth, end) => self.ws_end(nth, end),
            Step::Pull(nth, frames) => self.socket(nth).map_or(Ok(()), |id| self.pull(id, frames)),
            Step::Wrote(nth, frames) => self.wrote(nth, frames),
            Step::Send(at, padding) => self.send(at, padding, false),
            Step::SendTracked(at, padding) => self.send(at, padding, true),
            Step::SendMany(at, count) => self.send_many(at, count % 8),
            Step::Close(at) => self.close(at),
            Step::Discard(at) => self.discard(at),
            Step::CloseAll => {
                self.catch_up();
                self.server.close_all(self.model.now);
                (0..self.model.sessions.len()).for_each(|at| self.model.close(at, CloseCode::GoingAway));
                Ok(())
            }
            Step::Deadline => {
                let Some(at) = self.server.deadline() else { return Ok(()) };
                self.timeout(self.model.now.max(at));
                let stuck = self.server.deadline().is_some_and(|next| next <= self.model.now);
                ensure!(!stuck, "I11", "a timeout that was due did not move the deadline");
                Ok(())
            }
            Step::Late => {
                if let Some(at) = self.server.deadline() {
                    self.model.now = self.model.now.max(at);
                    self.late = true;
                }
                Ok(())
            }
            Step::Wait(tens) => {
                self.timeout(self.model.now.after(Duration::from_millis(10) * u32::from(tens)));
                Ok(())
            }
            Step::Back => {
                // To a server that has not heard of it, no time has passed.
                self.server.timeout(if self.late { self.model.now } else { Instant::EPOCH });
                self.late = false;
                self.model.timeout();
                Ok(())
            }
            Step::Poll => {
                self.quiet = !self.poll()?;
                Ok(())
            }
            Step::Drain => self.drain(),
            Step::Stale(which) => self.stale(which),
        }
    }

    /// What the server does before an input that comes when a deadline has passed: as if it had been told of that.
    pub(super) fn catch_up(&mut self) {
        if std::mem::take(&mut self.late) {
            self.model.timeout();
        }
    }

    fn timeout(&mut self, now: Instant) {
        self.late = false;
        self.model.now = now;
        self.server.timeout(now);
        self.model.timeout();
    }

    fn open(&mut self, websocket: bool, speaks: Speaks) -> Checked {
        self.catch_up();
        let transport = if websocket { "websocket" } else { "polling" };
        let base64 = if speaks.base64 { "&b64=1" } else { "" };
        let query = format!("EIO={}&transport={transport}{base64}", speaks.number());
        let head = RequestHead { method: "GET", query: &query, upgrade: websocket, ..RequestHead::default() };
        let Ok(Route::Open(opening)) = self.router.route(&head) else {
            return Self::unexpected("I2", format!("no handshake: {query}"));
        };
        let id = self.number();
        let mut entropy = [0; 15];
        entropy[..4].copy_from_slice(&u32::try_from(self.model.sessions.len()).unwrap_or(u32::MAX).to_be_bytes());
        let sid = Sid::from_entropy(entropy);
        let admitted = opening.pending(Handle::new(id, self.strict)).accept(sid);
        let ticket = match self.server.open(self.model.now, admitted) {
            Ok(ticket) => ticket,
            Err(collision) => {
                collision.into_pending().aborted().settle();
                return Self::unexpected("I12", "a collision of ids that differ".to_owned());
            }
        };
        let Some(key) = ticket.session() else {
            return Self::unexpected("I12", "a handshake without a session".to_owned());
        };
        let known = self.model.session_by_key(key);
        ensure!(known.is_none(), "I12", "a key was used twice: {key:?}");
        let at = self.model.sessions.len();
        self.model.sessions.push(Session {
            key,
            sid,
            speaks,
            phase: Phase::Opening { handshake: id, websocket },
            get: None,
            post: None,
            flight: None,
            probe: None,
            first_request_by: (!websocket).then(|| self.model.now.after(self.model.config.first_request_timeout())),
            early: None,
            heart: Heart::start(self.model.now, &self.model.config, speaks.version3),
            told: VecDeque::from([Told::Open]),
            queue: VecDeque::new(),
            sent: 0,
            handed: 0,
            tracked: VecDeque::new(),
            starved: false,
            room_due: 0,
            received: 0,
        });
        let fate = if websocket { Fate::Upgrade } else { Fate::Handshake };
        let exchange = Exchange { ticket, session: Some(at), kind: ExchangeKind::Handshake, status: Status::Due(fate) };
        self.model.exchanges.insert(id, exchange);
        Ok(())
    }

    fn request(&mut self, nth: u8, kind: ExchangeKind, head: Head) -> Checked {
        let Some(at) = self.session(nth) else { return Ok(()) };
        self.catch_up();
        let Session { sid, speaks, .. } = self.model.sessions[at];
        let upgrade = kind == ExchangeKind::Upgrade;
        let transport = if upgrade { "websocket" } else { "polling" };
        let query = format!("EIO={}&transport={transport}&sid={sid}", speaks.number());
        let too_long = u64::try_from(self.model.config.max_payload()).unwrap_or(u64::MAX).saturating_add(1);
        let request = RequestHead {
            method: if kind == ExchangeKind::Post { "POST" } else { "GET" },
            query: &query,
            upgrade,
            content_type: (head == Head::OctetStream).then_some(b"application/octet-stream"),
            content_length: (head == Head::TooLong).then_some(too_long),
            ..RequestHead::default()
        };
        let Ok(Route::Session(request)) = self.router.route(&request) else {
            return Self::unexpected("I2", format!("refused: {query}"));
        };
        let id = self.number();
        if upgrade && !self.upgrades.admit(self.standing(at), &mut Response::new(id))? {
            return Ok(());
        }
        let ticket = self.server.request(self.model.now, request, Handle::new(id, self.strict));
        let over = self.model.sessions[at].is_over();
        let found = ticket.session().is_some();
        ensure!(found != over, "I12", "a session is found by its id though it is over, or not though it is there");
        let exchange = Exchange { ticket, session: (!over).then_some(at), kind, status: Status::Waiting(None) };
        self.model.exchanges.insert(id, exchange);
        if self.model.sessions[at].is_known() {
            self.model.sessions[at].first_request_by = None;
        }
        match kind {
            _ if over => self.model.unknown(id),
            ExchangeKind::Get => self.model.get(id, at),
            ExchangeKind::Post => self.model.post(id, at, head),
            ExchangeKind::Upgrade | ExchangeKind::Handshake => self.model.upgrade(id, at),
        }
        Ok(())
    }

    fn standing(&self, at: usize) -> Standing {
        let session = &self.model.sessions[at];
        match session.phase {
            _ if session.probe.is_some() => Standing::Upgrading,
            Phase::Opening { .. } | Phase::Polling | Phase::Over => Standing::Polling,
            Phase::WebSocket(_) => Standing::Upgraded,
            Phase::Closing { .. } => Standing::Closing,
        }
    }

    fn strange(&mut self, nth: u8, strange: Strange) -> Checked {
        let Some(at) = self.session(nth) else { return Ok(()) };
        self.catch_up();
        let Session { sid, speaks, .. } = self.model.sessions[at];
        let own = speaks.number();
        let (method, transport, version, upgrade) = match strange {
            Strange::Version => ("GET", "polling", 7 - own, false),
            Strange::Plain => ("GET", "websocket", own, false),
            Strange::Upgrade => ("GET", "polling", own, true),
            Strange::Put => ("PUT", "polling", own, false),
        };
        let query = format!("EIO={version}&transport={transport}&sid={sid}");
        let head = RequestHead { method, query: &query, upgrade, ..RequestHead::default() };
        let Ok(Route::Session(request)) = self.router.route(&head) else {
            return Self::unexpected("I2", format!("refused: {query}"));
        };
        let id = self.number();
        let ticket = self.server.request(self.model.now, request, Handle::new(id, self.strict));
        let phase = self.model.sessions[at].phase;
        let refusal = match strange {
            _ if !self.model.sessions[at].is_known() => Refusal::UnknownSid,
            Strange::Version => BadRequest::VersionMismatch.into(),
            Strange::Plain => BadRequest::TransportMismatch.into(),
            Strange::Upgrade => BadRequest::TransportHandshake.into(),
            Strange::Put => Refusal::MethodNotAllowed,
        };
        let session = (phase != Phase::Over).then_some(at);
        let status = Status::Due(Fate::Refused(refusal));
        self.model.exchanges.insert(id, Exchange { ticket, session, kind: ExchangeKind::Get, status });
        Ok(())
    }

    fn progress(&mut self, nth: u8, amount: u8) {
        let Some((id, ticket)) = self.exchange(nth, |_| true) else { return };
        self.catch_up();
        let bytes = 8 * u64::from(amount);
        let before = match &self.model.exchanges[&id].status {
            Status::Waiting(Some(awaited)) => awaited.received,
            _ => 0,
        };
        self.server.body_progress(self.model.now, ticket, before + bytes);
        self.model.progress(id, bytes);
    }

    fn body(&mut self, nth: u8, body: Body) -> Checked {
        let Some((id, ticket)) = self.exchange(nth, |_| true) else { return Ok(()) };
        if self.late {
            // Whether a body is awaited is asked without a clock.
            self.server.timeout(self.model.now);
            self.catch_up();
        }
        let wanted = self.model.reads(id);
        let encoding = self.server.awaits_body(ticket);
        ensure!(encoding.is_some() == wanted, "I6", "a body is wanted: {wanted}, but the server says {encoding:?}");
        let session = self.model.exchanges[&id].session.map(|at| &mut self.model.sessions[at]);
        let plain = session.as_ref().map_or(Encoding::new(Version::V4), |session| session.speaks.encoding());
        // Only the head of a POST says that its body is bytes.
        let marked = plain.of_octet_stream();
        let encoding = encoding.unwrap_or(plain);
        ensure!([plain, marked].contains(&encoding), "I15", "a body is to be read as {encoding:?}, not as {plain:?}");
        let framing = match (encoding.version(), encoding == marked) {
            (Version::V3, true) => Framing::Marked,
            (Version::V3, false) => Framing::Counted,
            _ => Framing::Separated,
        };
        let meaning = wire::body(framing, body, session.as_ref().map_or(0, |session| session.received));
        if let Some(session) = session.filter(|_| wanted) {
            session.received += u32::try_from(meaning.messages.len()).unwrap_or(u32::MAX);
        }
        let upload = if body == Body::TooLarge {
            Upload::too_large()
        } else {
            let packets = self.model.config.max_packets_per_payload();
            encoding.decode_payload(meaning.bytes.into(), packets)
        };
        self.server.body(self.model.now, ticket, upload);
        self.model.body(id, meaning.messages, meaning.pong, meaning.end);
        Ok(())
    }

    fn gone(&mut self, nth: u8, lost: bool) -> Checked {
        let wanted = |status: &Status| !lost || matches!(status, Status::Unreported(_));
        let Some((id, ticket)) = self.exchange(nth, wanted) else { return Ok(()) };
        self.catch_up();
        let held = self.model.gone(id);
        self.forget(ticket);
        if lost {
            self.server.written(self.model.now, ticket, Delivery::Lost);
            return Ok(());
        }
        let handle = self.server.abort(self.model.now, ticket).map(Handle::settle);
        ensure!(handle == held.then_some(id), "I1", "an abort of {id} gave {handle:?}, though it held: {held}");
        Ok(())
    }

    fn written(&mut self, nth: u8) -> Checked {
        let reported = |status: &Status| matches!(status, Status::Unreported(_));
        let Some((id, ticket)) = self.exchange(nth, reported) else { return Ok(()) };
        self.catch_up();
        self.server.written(self.model.now, ticket, Delivery::Written);
        self.model.written(id);
        self.forget(ticket);
        Ok(())
    }

    fn frame(&mut self, nth: u8, kind: Kind) -> Checked {
        let Some(id) = self.socket(nth) else { return Ok(()) };
        self.catch_up();
        let socket = &self.model.sockets[&id];
        let (key, session) = (socket.key, &mut self.model.sessions[socket.session]);
        let (frame, heard, len) = wire::frame(session.speaks.version3, kind, session.received);
        session.received += u32::from(matches!(kind, Kind::Text | Kind::Binary));
        self.server.frame(self.model.now, key, frame);
        self.model.frame(id, heard, len);
        Ok(())
    }

    fn ws_end(&mut self, nth: u8, end: End) -> Checked {
        let Some(id) = self.socket(nth) else { return Ok(()) };
        self.catch_up();
        let (key, ticket) = (self.model.sockets[&id].key, self.model.sockets[&id].ticket);
        let fault = match end {
            End::Closed => {
                self.server.ws_closed(self.model.now, key, WsEnd::Closed);
                None
            }
            End::Fault => {
                self.server.ws_closed(self.model.now, key, WsEnd::Failed(WsFault::Protocol));
                Some(WsFault::Protocol)
            }
            End::Aborted => {
                let handle = self.server.abort(self.model.now, ticket).map(Handle::settle);
                ensure!(handle.is_none(), "I1", "a handle came back after its 101: {handle:?}");
                Some(WsFault::Connection)
            }
        };
        let reason = fault.map_or(CloseReason::TransportClose, |fault| TransportFault::WebSocket(fault).into());
        self.model.ws_gone(id, reason);
        self.forget(ticket);
        self.forget_socket(key);
        Ok(())
    }

    fn wrote(&mut self, nth: u8, frames: u8) -> Checked {
        let Some(id) = self.socket(nth) else { return Ok(()) };
        self.catch_up();
        let Some(socket) = self.model.sockets.get_mut(&id) else { return Ok(()) };
        let count = if frames == 0 { socket.taken.len() } else { socket.taken.len().min(usize::from(frames)) };
        let messages = socket.taken.drain(..count).filter(|message| *message).count();
        let session = &mut self.model.sessions[socket.session];
        if socket.dying.is_none() && session.socket() == Some(id) {
            session.handed += u32::try_from(messages).unwrap_or(u32::MAX);
        }
        // A host that reports more than there was does no harm.
        let said = if frames == 0 { count as u64 } else { u64::from(frames) };
        self.server.wrote(self.model.now, socket.key, said);
        Ok(())
    }
}
