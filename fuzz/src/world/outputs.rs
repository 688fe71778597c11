//! What the server puts out, held against what the reference model foresees.

use super::model::{Cargo, Fate, Last, Noop, Phase, Probe, Socket, Stage, Status, Told};
use super::{World, wire};
use crate::handle::Handle;
use crate::violation::{Checked, ensure};
use bytes::BytesMut;
use engineio_proto::{
    Action, Answer, CloseCode, CloseReason, Config, Event, Opcode, Outgoing, Response, SessionKey, Sid, Ticket,
    Verdict, WsKey,
};
use std::collections::VecDeque;

impl World {
    /// Does all that is to be done now.
    pub(super) fn drain(&mut self) -> Checked {
        // Each of these can be asked for only so often before an input; more would be a loop.
        let held = self.model.exchanges.len() + self.model.sockets.len() + self.model.sessions.len();
        let told: usize = self.model.sessions.iter().map(|session| session.told.len() + session.tracked.len()).sum();
        let bound = 16 + 8 * held + told;
        for _ in 0..bound {
            if !self.poll()? {
                self.quiet = true;
                return Ok(());
            }
        }
        Self::unexpected("I11", format!("more than {bound} outputs without an input"))
    }

    /// Asks once; says whether there was something to be done.
    pub(super) fn poll(&mut self) -> Checked<bool> {
        let Some(action) = self.server.poll() else { return Ok(false) };
        match action {
            Action::Answer(answer) => self.answer(answer)?,
            Action::FramesReady(ws) => self.frames_ready(ws)?,
            Action::CloseWs(ws, code) => self.close_ws(ws, code)?,
            Action::Sent(key, id) => {
                let session = self.session_of(key)?;
                let next = session.tracked.pop_front();
                let handed = session.handed;
                let right = next.is_some_and(|(expected, number)| expected == id && number < handed);
                ensure!(right, "I3", "{id:?} counts as sent, with {handed} messages handed over, but next is {next:?}");
            }
            Action::Writable(key) => {
                let session = self.session_of(key)?;
                ensure!(session.room_due > 0, "I10", "room is told of that nobody asked for");
                session.room_due -= 1;
            }
            Action::Unsent(key, unsent) => {
                let (expected, got) = (self.session_of(key)?.told.pop_front(), Told::Unsent(unsent.collect()));
                ensure!(expected.as_ref() == Some(&got), "I3", "{got:?} comes back instead of {expected:?}");
            }
            Action::Event(key, event) => self.event(key, event)?,
        }
        Ok(true)
    }

    fn session_of(&mut self, key: SessionKey) -> Checked<&mut super::model::Session> {
        match self.model.session_by_key(key) {
            Some(at) => Ok(&mut self.model.sessions[at]),
            None => Self::unexpected("I2", format!("an output for {key:?}, which never was")),
        }
    }

    fn event(&mut self, key: SessionKey, event: Event) -> Checked {
        let session = self.session_of(key)?;
        let heard = match event {
            Event::Open(opened) => {
                ensure!(opened.sid == session.sid, "I12", "an open event with another id");
                let version = opened.version.number();
                ensure!(version == session.speaks.number(), "I15", "a session of protocol {version}");
                vec![Told::Open]
            }
            Event::Messages(messages) => {
                let (len, bytes) = (messages.len(), messages.byte_len());
                let messages: Vec<_> = messages.collect();
                let right = len == messages.len()
                    && len > 0
                    && bytes == messages.iter().map(|message| message.byte_len()).sum::<usize>();
                ensure!(right, "I3", "messages that count themselves wrongly: {messages:?}");
                messages.into_iter().map(Told::Message).collect()
            }
            Event::Upgrade => vec![Told::Upgrade],
            Event::Close(reason) => vec![Told::Close(reason)],
        };
        for told in heard {
            let session = self.session_of(key)?;
            let expected = session.told.pop_front();
            if expected.is_none() && told == Told::Close(CloseReason::ForcedClose) && session.is_closing() {
                self.last_frame_written(key)?;
                continue;
            }
            ensure!(expected.as_ref() == Some(&told), "I4", "the application is told {told:?} instead of {expected:?}");
        }
        Ok(())
    }

    /// A session that was closed on WebSocket has sent everything, and ends.
    fn last_frame_written(&mut self, key: SessionKey) -> Checked {
        let session = self.session_of(key)?;
        let Phase::Closing { on: Last::Socket { socket, code }, .. } = session.phase else {
            return Self::unexpected("I4", format!("closed without a cause: {session:?}"));
        };
        let left = session.queue.len();
        ensure!(left == 0 && session.flight.is_none(), "I3", "an orderly close left {left} messages behind");
        ensure!(session.tracked.is_empty(), "I3", "an orderly close did not say what was sent: {session:?}");
        ensure!(session.early.is_none(), "I3", "an orderly close did not wait for a POST: {session:?}");
        session.phase = Phase::Over;
        let unwritten = self.model.sockets.get(&socket).is_some_and(|socket| !socket.taken.is_empty());
        ensure!(!unwritten && !self.model.has_frames(socket), "I3", "an orderly close did not wait for its frames");
        self.model.dying(socket, code);
        Ok(())
    }

    fn frames_ready(&mut self, ws: WsKey) -> Checked {
        let Some(id) = self.model.socket_by_key(ws) else {
            return Self::unexpected("I2", format!("frames for {ws:?}, which is not open"));
        };
        ensure!(self.model.has_frames(id), "I2", "frames are announced that are not there");
        if let Some(socket) = self.model.sockets.get_mut(&id) {
            ensure!(!socket.announced, "I11", "frames are announced twice");
            socket.announced = true;
        }
        Ok(())
    }

    fn close_ws(&mut self, ws: WsKey, code: CloseCode) -> Checked {
        let Some(id) = self.model.socket_by_key(ws) else {
            return Self::unexpected("I2", format!("{ws:?} is to be closed, which is not open"));
        };
        let dying = self.model.sockets.remove(&id).and_then(|socket| socket.dying);
        ensure!(dying == Some(code), "I20", "a socket is closed with {code:?} instead of {dying:?}");
        self.forget_socket(ws);
        Ok(())
    }

    /// Takes frames off a socket: as many, or all.
    pub(super) fn pull(&mut self, id: u32, frames: u8) -> Checked {
        let Some(socket) = self.model.sockets.get(&id) else { return Ok(()) };
        let (key, at) = (socket.key, socket.session);
        let most = if frames == 0 { usize::MAX } else { usize::from(frames) };
        for _ in 0..most {
            let Some(frame) = self.server.poll_frame(key) else {
                ensure!(
                    !self.model.has_frames(id),
                    "I7",
                    "a socket that takes frames gets none: {:?}",
                    self.model.sockets
                );
                self.model.sockets.entry(id).and_modify(|socket| socket.announced = false);
                break;
            };
            let mut payload = BytesMut::new();
            frame.write_to(&mut payload);
            ensure!(payload.len() == frame.len(), "I17", "a frame of another length than it says");
            let Some(socket) = self.model.sockets.get_mut(&id).filter(|socket| socket.dying.is_none()) else {
                return Self::unexpected("I2", format!("a frame for a socket that is to be closed: {payload:?}"));
            };
            let session = &mut self.model.sessions[at];
            let main = session.socket() == Some(id);
            let (opcode, expected, compress) = if std::mem::take(&mut socket.probe_due) {
                socket.taken.push_back(false);
                (Opcode::Text, b"3probe".to_vec(), false)
            } else if main && std::mem::take(&mut socket.hello_due) {
                socket.taken.push_back(false);
                check_handshake(&payload, session.sid, true, &self.model.config)?;
                (Opcode::Text, payload.to_vec(), true)
            } else if main && session.heart.ping_due() {
                session.heart.pinged();
                socket.taken.push_back(false);
                (Opcode::Text, session.beat().as_bytes().to_vec(), false)
            } else {
                ensure!(main && session.flight.is_none(), "I3", "a frame overtakes a poll's answer: {payload:?}");
                let Some(message) = session.queue.pop_front() else {
                    return Self::unexpected("I3", format!("a frame that nobody sent: {payload:?}"));
                };
                socket.taken.push_back(true);
                let compress = message.compress();
                let (opcode, data) = wire::message_frame(&message.into_message(), session.speaks, socket.upgraded);
                (opcode, data, compress)
            };
            let right = frame.opcode() == opcode && payload[..] == expected[..];
            ensure!(right, "I3", "the frame {payload:?} is not {expected:?}");
            ensure!(frame.compress() == compress, "I3", "the frame {payload:?} may be compressed: {}", !compress);
            if main {
                self.model.sessions[at].feed(&self.model.config);
            }
        }
        Ok(())
    }

    fn answer(&mut self, answer: Answer<Handle>) -> Checked {
        let (ticket, tracked) = (answer.ticket(), answer.tracked());
        let (handle, verdict) = answer.into_parts();
        let id = handle.settle();
        let behind = self.model.sessions.iter().find(|session| !session.told.is_empty());
        ensure!(behind.is_none(), "I4", "an answer comes before what the application is to be told: {behind:?}");
        let Some(exchange) = self.model.exchanges.remove(&id) else {
            return Self::unexpected("I1", format!("exchange {id} is answered though it is over: {verdict:?}"));
        };
        ensure!(ticket == Some(exchange.ticket), "I2", "an answer with another exchange's ticket");
        let cargo = match exchange.status.clone() {
            Status::Due(fate) => self.fated(id, exchange.session, exchange.ticket, fate, &verdict)?,
            Status::Waiting(None) => self.poll_answered(id, exchange.session, &verdict)?,
            Status::Waiting(Some(_)) | Status::Unreported(_) => {
                return Self::unexpected("I6", format!("a POST is answered before its body is there: {verdict:?}"));
            }
        };
        ensure!(cargo.is_some() == tracked, "I3", "an answer is tracked: {tracked}, but carries {cargo:?}");
        match cargo {
            Some(cargo) => {
                let status = Status::Unreported(cargo);
                self.model.exchanges.insert(id, super::model::Exchange { status, ..exchange });
            }
            None if !matches!(verdict, Verdict::Upgrade { .. }) => self.forget(exchange.ticket),
            None => {}
        }
        Ok(())
    }

    /// An answer that was decided when its cause came.
    fn fated(
        &mut self,
        id: u32,
        session: Option<usize>,
        ticket: Ticket,
        fate: Fate,
        verdict: &Verdict,
    ) -> Checked<Option<Cargo>> {
        let upgrade = ticket_is_upgrade(&fate);
        let response = match (&fate, verdict) {
            (Fate::Upgrade, Verdict::Upgrade { ws, .. }) => {
                return match session {
                    Some(at) => self.opened(id, at, ticket, *ws).map(|()| None),
                    None => Self::unexpected("I2", "a 101 without a session".to_owned()),
                };
            }
            (Fate::UpgradeThenClose, Verdict::UpgradeThenClose) | (Fate::HangUp, Verdict::HangUp) => return Ok(None),
            (_, Verdict::Respond(response)) if !upgrade => response,
            _ => return Self::unexpected("I1", format!("exchange {id} gets {verdict:?} instead of {fate:?}")),
        };
        let body = response.encode();
        let wrong = |expected: &str| {
            format!(
                "exchange {id} gets {} {:?} instead of {expected}",
                response.status(),
                String::from_utf8_lossy(&body)
            )
        };
        let version3 = session.is_some_and(|at| self.model.sessions[at].speaks.version3);
        let alone = |packet: &[u8]| if version3 { [b"1:", packet].concat() } else { packet.to_vec() };
        let is = |status: u16, text: &[u8]| response.status() == status && body[..] == *text;
        let mut cargo = None;
        match fate {
            Fate::Close => ensure!(is(200, &alone(b"1")), "I1", "{}", wrong("a close packet")),
            Fate::Noop => ensure!(is(200, &alone(b"6")), "I1", "{}", wrong("a noop packet")),
            Fate::Empty(status) => ensure!(is(status, b""), "I1", "{}", wrong(&status.to_string())),
            Fate::Refused(refusal) => {
                let right = [false, true].iter().any(|upgrade| {
                    let expected = Response::refusal(refusal.clone(), *upgrade);
                    is(expected.status(), &expected.encode())
                });
                ensure!(right, "I1", "{}", wrong(&format!("{refusal:?}")));
            }
            Fate::Accepted => {
                ensure!(is(200, b"ok"), "I1", "{}", wrong("ok"));
                let owner = session.map(|at| &self.model.sessions[at]);
                cargo = owner.filter(|session| session.post == Some(id)).map(|_| Cargo::Accepted);
            }
            Fate::Handshake => {
                ensure!(response.status() == 200, "I1", "{}", wrong("a handshake"));
                let Some(at) = session else { return Self::unexpected("I2", "a handshake for nobody".to_owned()) };
                let packets = wire::packets(self.model.sessions[at].speaks, &body)?;
                let packet = packets.first().map(String::as_bytes).unwrap_or_default();
                check_handshake(packet, self.model.sessions[at].sid, false, &self.model.config)?;
                self.shaken(id, at);
                cargo = Some(Cargo::Packets(0));
                ensure!(response.compress(), "I3", "a handshake may not be compressed");
            }
            Fate::Upgrade | Fate::UpgradeThenClose | Fate::HangUp => {}
        }
        Ok(cargo)
    }

    /// The handshake's own answer has left over polling.
    fn shaken(&mut self, id: u32, at: usize) {
        let session = &mut self.model.sessions[at];
        session.flight = Some(id);
        match &mut session.phase {
            Phase::Closing { on, .. } => *on = Last::Later,
            phase => *phase = Phase::Polling,
        }
    }

    /// A 101 has left.
    fn opened(&mut self, id: u32, at: usize, ticket: Ticket, ws: WsKey) -> Checked {
        let session = &mut self.model.sessions[at];
        ensure!(ws.session() == session.key, "I2", "a WebSocket of another session");
        let mut hello_due = true;
        match (&mut session.phase, &mut session.probe) {
            (phase @ Phase::Opening { .. }, _) => *phase = Phase::WebSocket(id),
            (Phase::Closing { on: on @ Last::Offered { .. }, .. }, _) => {
                if let Last::Offered { code, .. } = *on {
                    *on = Last::Socket { socket: id, code };
                }
            }
            (_, Some(Probe { stage: stage @ Stage::Offered(_), .. })) => {
                *stage = Stage::Open(id, None);
                hello_due = false;
            }
            _ => return Self::unexpected("I13", format!("a 101 that nobody has room for: {session:?}")),
        }
        let socket = Socket {
            key: ws,
            ticket,
            session: at,
            dying: None,
            hello_due,
            probe_due: false,
            upgraded: !hello_due,
            announced: false,
            taken: VecDeque::new(),
        };
        self.model.sockets.insert(id, socket);
        Ok(())
    }

    /// A parked GET got its answer.
    fn poll_answered(&mut self, id: u32, session: Option<usize>, verdict: &Verdict) -> Checked<Option<Cargo>> {
        let Some(at) = session.filter(|at| self.model.sessions[*at].get == Some(id)) else {
            return Self::unexpected("I2", format!("exchange {id} is parked nowhere and gets {verdict:?}"));
        };
        let Verdict::Respond(response) = verdict else {
            return Self::unexpected("I1", format!("a poll gets {verdict:?}"));
        };
        let (body, limit) = (response.encode(), self.model.config.max_payload());
        ensure!(response.status() == 200 && !body.is_empty(), "I1", "a poll gets {response:?}");
        let session = &mut self.model.sessions[at];
        let packets = wire::packets(session.speaks, &body)?;
        session.get = None;
        let kept_back = session.flight.is_some();
        let due = !kept_back && (session.heart.ping_due() || !session.queue.is_empty());
        match (&mut session.phase, session.probe.as_mut().map(|probe| &mut probe.stage)) {
            (Phase::Polling, Some(Stage::Open(_, Some(noop @ Noop::Owed)))) if !due && packets == ["6"] => {
                *noop = Noop::Spent;
                return Ok(None);
            }
            (Phase::Polling, Some(Stage::Open(_, Some(noop @ Noop::At(_))))) => *noop = Noop::Spent,
            (Phase::Closing { on, .. }, _) if session.queue.is_empty() && !kept_back => {
                let expected: &[&str] = if *on == Last::Parked { &["1"] } else { &["6", "1"] };
                ensure!(packets == expected, "I1", "the last poll gets {packets:?} instead of {expected:?}");
                *on = Last::Said;
                self.model.give_up(at);
                return Ok(Some(Cargo::Farewell));
            }
            (Phase::Closing { on, .. }, _) => *on = Last::Later,
            _ => {}
        }
        ensure!(due, "I1", "a poll is answered with {packets:?} though there is nothing to say: {session:?}");
        let mut packets = packets.into_iter();
        if session.heart.ping_due() {
            let first = packets.next();
            ensure!(
                first.as_deref() == Some(session.beat()),
                "I3",
                "a poll begins with {first:?} though a ping is due"
            );
            session.heart.pinged();
        }
        let (mut messages, mut compress): (u32, _) = (0, false);
        for packet in packets {
            let next = session.queue.pop_front();
            compress |= next.as_ref().is_some_and(Outgoing::compress);
            let expected = next.map(|message| wire::in_payload(&message.into_message()));
            ensure!(expected.as_ref() == Some(&packet), "I3", "a poll brings {packet:?} instead of {expected:?}");
            messages += 1;
        }
        ensure!(body.len() <= limit || messages == 1, "I16", "a poll of {} bytes, {messages} messages", body.len());
        ensure!(response.compress() == compress, "I3", "a poll may be compressed: {}", !compress);
        session.flight = Some(id);
        session.feed(&self.model.config);
        Ok(Some(Cargo::Packets(messages)))
    }
}

const fn ticket_is_upgrade(fate: &Fate) -> bool {
    matches!(fate, Fate::Upgrade | Fate::UpgradeThenClose | Fate::HangUp)
}

/// The handshake is what one writes down by hand.
fn check_handshake(packet: &[u8], sid: Sid, websocket: bool, config: &Config) -> Checked {
    let upgrades = if config.allows_upgrades() && !websocket { r#""websocket""# } else { "" };
    let [interval, timeout] = [config.ping_interval(), config.ping_timeout()].map(|duration| duration.as_millis());
    let most = config.max_payload();
    let expected = format!(
        r#"0{{"sid":"{sid}","upgrades":[{upgrades}],"pingInterval":{interval},"pingTimeout":{timeout},"maxPayload":{most}}}"#
    );
    let said = || String::from_utf8_lossy(packet);
    ensure!(packet == expected.as_bytes(), "I2", "{} is not the session's handshake: {expected}", said());
    Ok(())
}
