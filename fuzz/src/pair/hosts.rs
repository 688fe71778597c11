//! What the two hosts do: whatever the cores ask for.

use super::Pair;
use super::connection::{Connection, Down, Far, Near, Said, Up};
use crate::handle::Handle;
use crate::violation::{Checked, Violation, ensure};
use bytes::BytesMut;
use engineio_proto::{
    Action, CallId, ClientAction, ClientEvent, ClientWsKey, Delivery, Event, Frame, Opcode, OutFrame, Text, Verdict,
    WsKey,
};

impl Pair {
    /// Does all that the two cores ask for.
    pub(super) fn settle(&mut self) -> Checked {
        for _ in 0..1000 {
            if let Some(action) = self.client.poll() {
                self.client_asks(action)?;
            } else if let Some(action) = self.server.poll() {
                self.server_asks(action)?;
            } else {
                self.connections.retain(|_, connection| !connection.is_over());
                return Ok(());
            }
        }
        Err(Violation::new("I11", "a thousand outputs for one input"))
    }

    fn client_asks(&mut self, action: ClientAction) -> Checked {
        match action {
            ClientAction::Get { call, target } => {
                let two = self.connections.values().any(|connection| matches!(connection.near, Near::Get(_)));
                ensure!(!two, "I13", "the client makes two GETs");
                self.connect(Near::Get(call), [Up::Request { method: "GET", target, octets: false }]);
            }
            ClientAction::Post { call, target, body } => {
                let two = self.connections.values().any(|connection| matches!(connection.near, Near::Post(_)));
                ensure!(!two, "I13", "the client makes two POSTs");
                let messages = body.packets().iter().filter(|packet| packet.digit() == b'4').count();
                self.up.leave(messages, body.compress())?;
                self.up.posting = Some(self.up.handed);
                let octets = body.content_type() == "application/octet-stream";
                let request = Up::Request { method: "POST", target, octets };
                self.connect(Near::Post(call), [request, Up::Body(body.encode())]);
            }
            ClientAction::Connect { call, target } => {
                let two = self
                    .connections
                    .values()
                    .any(|connection| matches!(connection.near, Near::Dial(_) | Near::Open(_)));
                ensure!(!two, "I13", "the client makes two WebSockets");
                self.connect(Near::Dial(call), [Up::Request { method: "GET", target, octets: false }]);
            }
            ClientAction::Abandon(id) => {
                let Some(connection) = self.connections.values_mut().find(|connection| connection.is_call(id)) else {
                    return Err(Violation::new("I2", format!("{id:?} is abandoned, which is not outstanding")));
                };
                connection.send_up(Up::End(true));
                self.stale.call = Some(std::mem::replace(&mut connection.near, Near::Gone));
            }
            ClientAction::FramesReady(ws) => {
                let connection = self.client_socket(ws)?;
                ensure!(!connection.client_ready, "I11", "frames are announced twice");
                connection.client_ready = true;
            }
            ClientAction::CloseWs(ws) => {
                let connection = self.client_socket(ws)?;
                connection.near = Near::Gone;
                while let Some(frame) = connection.client_frames.pop_front() {
                    connection.send_up(Up::Frame(frame));
                }
                connection.send_up(Up::End(true));
                self.stale.client_socket = Some(ws);
            }
            ClientAction::Sent(_) | ClientAction::Writable => {}
            ClientAction::Unsent(unsent) => self.up.unsent(unsent)?,
            ClientAction::Event(event) => {
                ensure!(self.at_client.closed.is_none(), "I4", "the client hears {event:?} after the close event");
                match event {
                    ClientEvent::Open(handshake) => self.joined(&handshake.sid)?,
                    ClientEvent::Messages(messages) => {
                        ensure!(self.at_client.opened, "I4", "messages before the open event");
                        self.down.receive(messages)?;
                    }
                    ClientEvent::Upgrade => self.at_client.upgrade()?,
                    ClientEvent::UpgradeFailed(_) => self.at_client.failed_upgrades += 1,
                    ClientEvent::Close(reason) => self.at_client.closed = Some(reason),
                }
            }
        }
        Ok(())
    }

    fn client_socket(&mut self, ws: ClientWsKey) -> Checked<&mut Connection> {
        let known = |connection: &&mut Connection| matches!(connection.near, Near::Open(key) if key == ws);
        let found = self.connections.values_mut().find(known);
        found.ok_or_else(|| Violation::new("I2", format!("{ws:?} is not the client's")))
    }

    fn server_asks(&mut self, action: Action<Handle>) -> Checked {
        match action {
            Action::Answer(answer) => {
                let report = answer.ticket().filter(|_| answer.tracked());
                let (handle, verdict) = answer.into_parts();
                let id = handle.settle();
                match verdict {
                    Verdict::Respond(response) => {
                        let messages = response.carried().iter().filter(|packet| packet.digit() == b'4').count();
                        let handshake = response.carried().iter().any(|packet| packet.digit() == b'0');
                        self.down.leave(messages, response.compress() && !handshake)?;
                        match (report, self.connections.get_mut(&id)) {
                            (Some(ticket), Some(connection)) => {
                                connection.far = Far::Answering(ticket, Said::new(&response));
                            }
                            _ => self.respond(id, &response),
                        }
                    }
                    Verdict::Upgrade { ws, .. } => {
                        if let Some(connection) = self.connections.get_mut(&id) {
                            connection.far = Far::Open(ws);
                            connection.send_down(Down::Open);
                        }
                    }
                    Verdict::UpgradeThenClose => self.end_down(id, true),
                    Verdict::HangUp => self.end_down(id, false),
                }
            }
            Action::FramesReady(ws) => {
                let connection = self.server_socket(ws)?;
                ensure!(!connection.server_ready, "I11", "frames are announced twice");
                connection.server_ready = true;
            }
            Action::CloseWs(ws, _) => {
                let connection = self.server_socket(ws)?;
                connection.far = Far::Gone;
                while let Some(frame) = connection.server_frames.pop_front() {
                    connection.send_down(Down::Frame(frame));
                }
                connection.send_down(Down::End(true));
                self.stale.socket = Some(ws);
            }
            Action::Sent(..) | Action::Writable(_) => {}
            Action::Unsent(key, unsent) => {
                ensure!(Some(key) == self.key, "I2", "messages come back that nobody has sent");
                self.down.unsent(unsent)?;
            }
            Action::Event(key, event) => {
                let Some((_, side)) = self.sessions.get_mut(&key) else {
                    return Err(Violation::new("I2", format!("an event for another session: {event:?}")));
                };
                ensure!(side.closed.is_none(), "I4", "the server hears {event:?} after the close event");
                ensure!(side.opened || matches!(event, Event::Open(_)), "I4", "{event:?} before the open event");
                match event {
                    Event::Open(_) => side.open()?,
                    Event::Messages(messages) => {
                        ensure!(Some(key) == self.key, "I2", "messages in a session that the client is not in");
                        self.up.receive(messages)?;
                    }
                    Event::Upgrade => side.upgrade()?,
                    Event::Close(reason) => side.closed = Some(reason),
                }
            }
        }
        Ok(())
    }

    fn server_socket(&mut self, ws: WsKey) -> Checked<&mut Connection> {
        let known = |connection: &&mut Connection| matches!(connection.far, Far::Open(key) if key == ws);
        let found = self.connections.values_mut().find(known);
        found.ok_or_else(|| Violation::new("I2", format!("{ws:?} is not the server's")))
    }

    fn end_down(&mut self, id: u32, orderly: bool) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.far = Far::Gone;
            connection.send_down(Down::End(orderly));
        }
    }

    /// The client's host takes all frames that there are.
    pub(super) fn client_takes(&mut self, id: u32) -> Checked {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        connection.client_ready = false;
        let Near::Open(ws) = connection.near else { return Ok(()) };
        while let Some(frame) = self.client.poll_frame(ws) {
            if frame.packet().digit() == b'4' {
                self.up.leave(1, frame.compress())?;
            }
            connection.client_frames.push_back(read(&frame)?);
        }
        // What is under way over polling would be overtaken.
        let leaves = connection.is_left_for();
        let busy = self.connections.values().find(|connection| matches!(connection.near, Near::Get(_) | Near::Post(_)));
        ensure!(
            !leaves || busy.is_none(),
            "I14",
            "the client leaves polling and something is outstanding there: {busy:?}"
        );
        Ok(())
    }

    pub(super) fn client_writes(&mut self, id: u32) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Near::Open(ws) = connection.near else { return };
        let frames = connection.client_frames.len() as u64;
        while let Some(frame) = connection.client_frames.pop_front() {
            connection.send_up(Up::Frame(frame));
        }
        self.client.wrote(self.now, ws, frames);
    }

    pub(super) fn server_takes(&mut self, id: u32) -> Checked {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        connection.server_ready = false;
        let Far::Open(ws) = connection.far else { return Ok(()) };
        while let Some(frame) = self.server.poll_frame(ws) {
            if frame.packet().digit() == b'4' {
                self.down.leave(1, frame.compress())?;
            }
            connection.server_frames.push_back(read(&frame)?);
        }
        Ok(())
    }

    pub(super) fn server_writes(&mut self, id: u32) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Far::Open(ws) = connection.far else { return };
        let frames = connection.server_frames.len() as u64;
        while let Some(frame) = connection.server_frames.pop_front() {
            connection.send_down(Down::Frame(frame));
        }
        self.server.wrote(self.now, ws, frames);
    }

    /// The server's host writes an answer, and says so.
    pub(super) fn answers(&mut self, id: u32) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if let Far::Answering(ticket, said) = std::mem::replace(&mut connection.far, Far::Gone) {
            self.stale.ticket = Some(ticket);
            self.server.written(self.now, ticket, Delivery::Written);
            connection.send_down(Down::Response(said));
        }
    }
}

impl Connection {
    fn is_call(&self, id: CallId) -> bool {
        match &self.near {
            Near::Get(call) | Near::Post(call) => call.id() == id,
            Near::Dial(call) => call.id() == id,
            Near::Open(_) | Near::Gone => false,
        }
    }
}

fn read(frame: &OutFrame) -> Checked<Frame> {
    let mut payload = BytesMut::new();
    frame.write_to(&mut payload);
    ensure!(payload.len() == frame.len(), "I17", "a frame of another length than it says");
    Ok(match frame.opcode() {
        Opcode::Text => Frame::Text(Text::assume_utf8(payload.freeze())),
        Opcode::Binary => Frame::Binary(payload.freeze()),
    })
}
