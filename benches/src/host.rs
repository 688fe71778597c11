//! A host of the core whose application echoes and whose network is a buffer: what the core costs, and nothing else.

use bytes::{Bytes, BytesMut};
use core::time::Duration;
use engineio_proto::{
    Action, Config, Delivery, Event, Frame, Instant, Request, RequestHead, Route, Router, Server, Sid, Verdict, WsKey,
};

/// It is always the same time.
const NOW: Instant = Instant::from_epoch(Duration::from_secs(1));

/// A host whose application echoes and whose network is a buffer.
#[derive(Debug)]
pub struct Host {
    router: Router,
    server: Server<()>,
    sids: u64,
    /// What went out since the last input.
    written: BytesMut,
}

/// A session on polling, with the query of its requests.
#[derive(Clone, Debug)]
pub struct Polling {
    query: String,
}

impl Host {
    /// A host with idle polling sessions.
    #[must_use]
    pub fn among(idle: usize) -> Self {
        let config = Config::default();
        let (router, server) = (Router::new(config.clone()), Server::new(config, 0, [1, 2]));
        let mut host = Self { router, server, sids: 0, written: BytesMut::new() };
        for _ in 0..idle {
            host.polling();
        }
        host
    }

    /// Opens a session on polling.
    pub fn polling(&mut self) -> Polling {
        let (sid, _) = self.open("EIO=4&transport=polling", false);
        Polling { query: format!("EIO=4&transport=polling&t=PDrvfAa&sid={sid}") }
    }

    /// Opens a session on WebSocket.
    pub fn websocket(&mut self) -> WsKey {
        let (_, ws) = self.open("EIO=4&transport=websocket", true);
        ws.expect("a session that begins on WebSocket has frames to send")
    }

    fn open(&mut self, query: &str, upgrade: bool) -> (Sid, Option<WsKey>) {
        self.sids += 1;
        let mut entropy = [0; 15];
        entropy[..8].copy_from_slice(&self.sids.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let sid = Sid::from_entropy(entropy);
        let head = RequestHead { method: "GET", query, upgrade, ..RequestHead::default() };
        let Ok(Route::Open(opening)) = self.router.route(&head) else { unreachable!("a handshake") };
        let opened = self.server.open(NOW, opening.pending(()).accept(sid));
        assert!(opened.is_ok(), "each session has another id");
        (sid, self.run())
    }

    /// Messages arrive at once on a WebSocket, and go back. Returns how many bytes were written.
    pub fn echo(&mut self, ws: WsKey, frames: impl IntoIterator<Item = Frame>) -> usize {
        self.written.clear();
        self.server.frames(NOW, ws, frames);
        self.run();
        self.written.len()
    }

    /// A payload is posted while a poll waits, which fetches its echo. Returns how many bytes were written.
    pub fn post(&mut self, session: &Polling, body: Bytes) -> usize {
        self.written.clear();
        let get = self.request("GET", &session.query);
        self.server.request(NOW, get, ());
        self.run();
        let post = self.request("POST", &session.query);
        let ticket = self.server.request(NOW, post, ());
        let encoding = self.server.awaits_body(ticket).expect("the POST is in order");
        self.server.body(NOW, ticket, encoding.decode_payload(body, 10_000));
        self.run();
        self.written.len()
    }

    /// A request as it arrives, found to be one for a session.
    fn request(&self, method: &str, query: &str) -> Request {
        match self.router.route(&RequestHead { method, query, ..RequestHead::default() }) {
            Ok(Route::Session(request)) => request,
            _ => unreachable!("a request of a session"),
        }
    }

    /// Does what the server asks for, until it asks for nothing; returns the last WebSocket that it spoke of.
    fn run(&mut self) -> Option<WsKey> {
        let mut last = None;
        while let Some(action) = self.server.poll() {
            match action {
                Action::Event(session, Event::Messages(messages)) => {
                    for message in messages {
                        assert!(self.server.send(session, message).is_ok());
                    }
                }
                Action::FramesReady(ws) => {
                    let mut frames = 0;
                    self.server.poll_frames(ws, |frame| {
                        frame.write_to(&mut self.written);
                        frames += 1;
                        true
                    });
                    self.server.wrote(NOW, ws, frames);
                    last = Some(ws);
                }
                Action::Answer(answer) => {
                    let ticket = answer.ticket().filter(|_| answer.tracked());
                    if let ((), Verdict::Respond(response)) = answer.into_parts() {
                        self.written.extend_from_slice(&response.encode());
                    }
                    if let Some(ticket) = ticket {
                        self.server.written(NOW, ticket, Delivery::Written);
                    }
                }
                _ => {}
            }
        }
        last
    }
}
