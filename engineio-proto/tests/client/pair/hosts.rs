//! What the two hosts do: whatever the cores ask for, at once.

use super::world::{Flow, Handle, World};
use bytes::BytesMut;
use engineio_proto::{
    Action, ClientAction, ClientEvent, Delivery, Event, Frame, Message, Messages, Opcode, OutFrame, RequestHead,
    Response, Route, Text, Ticket, Verdict,
};

impl World {
    pub(super) fn request(
        &mut self,
        method: &str,
        target: &str,
        content_type: Option<&str>,
        handle: Handle,
    ) -> Option<Ticket> {
        let upgrade = matches!(handle, Handle::Dial);
        let (path, query) = target.split_once('?').unwrap();
        assert!(self.router.matches(path));
        let content_type = content_type.map(str::as_bytes);
        let head = RequestHead { method, query, upgrade, content_type, ..RequestHead::default() };
        match self.router.route(&head) {
            Ok(Route::Session(request)) => Some(self.server.request(self.now, request, handle)),
            Ok(Route::Open(_)) => panic!("a second session"),
            Err(refusal) => {
                self.respond(&handle, &Response::refusal(refusal, upgrade));
                None
            }
        }
    }

    fn respond(&mut self, handle: &Handle, response: &Response) {
        let content_type = response.headers().find(|(name, _)| *name == "content-type").map(|(_, value)| value);
        let answer = (response.status(), content_type, response.encode());
        match handle {
            Handle::Get => self.get_down = Some(answer),
            Handle::Post => {
                self.post_body = None;
                self.post_down = Some(answer);
            }
            Handle::Dial => self.line.answer = Some(Err(response.status())),
        }
    }

    /// Does all that the two cores ask for.
    pub(super) fn settle(&mut self) {
        loop {
            if let Some(action) = self.client.poll() {
                self.client_asks(action);
            } else if let Some(action) = self.server.poll() {
                self.server_asks(action);
            } else {
                return;
            }
        }
    }

    fn client_asks(&mut self, action: ClientAction) {
        match action {
            ClientAction::Get { call, target } => {
                assert!(self.get.replace(call).is_none(), "two GETs");
                self.get_up = Some(target);
            }
            ClientAction::Post { call, target, body } => {
                assert!(self.post.replace(call).is_none(), "two POSTs");
                self.post_up = Some((target, body.content_type(), body.encode()));
            }
            ClientAction::Connect { call, target } => {
                assert!(self.line.call.replace(call).is_none(), "two WebSockets");
                self.line.request = Some(target);
            }
            ClientAction::Abandon(id) => {
                self.get.take_if(|call| call.id() == id);
                self.post.take_if(|call| call.id() == id);
                if self.line.call.take_if(|call| call.id() == id).is_some() {
                    self.line.dead = true;
                    self.line.client_told = true;
                }
            }
            ClientAction::FramesReady(ws) => {
                while let Some(frame) = self.client.poll_frame(ws) {
                    self.line.taken.push(read(&frame));
                }
            }
            ClientAction::CloseWs(_) => {
                self.line.dead = true;
                self.line.client_told = true;
            }
            ClientAction::Sent(_) | ClientAction::Writable | ClientAction::Unsent(_) => {}
            ClientAction::Event(event) => match event {
                ClientEvent::Open(_) | ClientEvent::Upgrade => {}
                ClientEvent::Messages(messages) => self.down.receive(messages, 's'),
                ClientEvent::UpgradeFailed(_) => self.upgrade_failed += 1,
                ClientEvent::Close(reason) => self.client_closed = Some(format!("{reason:?}")),
            },
        }
    }

    fn server_asks(&mut self, action: Action<Handle>) {
        match action {
            Action::Answer(answer) => {
                if let Some(ticket) = answer.ticket().filter(|_| answer.tracked()) {
                    self.server.written(self.now, ticket, Delivery::Written);
                }
                let (handle, verdict) = answer.into_parts();
                match verdict {
                    Verdict::Respond(response) => self.respond(&handle, &response),
                    Verdict::Upgrade { ws, .. } => {
                        self.line.server = Some(ws);
                        self.line.answer = Some(Ok(()));
                    }
                    Verdict::UpgradeThenClose => self.line.answer = Some(Err(400)),
                    Verdict::HangUp => panic!("no exchange overlaps another"),
                }
            }
            Action::FramesReady(ws) => {
                let mut frames = 0;
                while let Some(frame) = self.server.poll_frame(ws) {
                    self.line.down.push_back(read(&frame));
                    frames += 1;
                }
                self.server.wrote(self.now, ws, frames);
            }
            Action::CloseWs(..) => {
                self.line.dead = true;
                self.line.server_told = true;
            }
            Action::Sent(..) | Action::Writable(_) | Action::Unsent(..) => {}
            Action::Event(_, event) => match event {
                Event::Open(_) | Event::Upgrade => {}
                Event::Messages(messages) => self.up.receive(messages, 'c'),
                Event::Close(reason) => self.server_closed = Some(format!("{reason:?}")),
            },
        }
    }
}

impl Flow {
    /// Every second one is binary.
    pub(super) fn message(from: char, number: u32) -> Message {
        let text = format!("{from}{number}");
        if number % 2 == 1 { text.into_bytes().into() } else { text.into() }
    }

    /// Messages come in the order in which they were sent, none missing and none twice.
    fn receive(&mut self, messages: Messages, from: char) {
        for message in messages {
            assert_eq!(message, Self::message(from, self.received));
            assert!(self.received < self.sent);
            self.received += 1;
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.to_send == 0 && self.sent == self.received
    }
}

fn read(frame: &OutFrame) -> Frame {
    let mut payload = BytesMut::new();
    frame.write_to(&mut payload);
    match frame.opcode() {
        Opcode::Text => Frame::Text(Text::try_from(payload.freeze()).unwrap()),
        Opcode::Binary => Frame::Binary(payload.freeze()),
    }
}
