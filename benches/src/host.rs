//! A host of the core whose application echoes and whose network is a buffer, to measure the core alone.

use bytes::{Bytes, BytesMut};
use core::time::Duration;
use engineio_proto::{
    Action, Config, Delivery, Event, Frame, Instant, Request, RequestHead, Route, Router, Server, Sid, Verdict, WsKey,
};

/// The time of every input. It never advances.
const NOW: Instant = Instant::from_epoch(Duration::from_secs(1));

/// A host whose application echoes and whose network is a buffer.
#[derive(Debug)]
pub struct Host {
    router: Router,
    server: Server<()>,
    opened_sessions: u64,
    /// The bytes that the host wrote since the last input.
    written: BytesMut,
}

/// A polling session: the query of its requests.
#[derive(Clone, Debug)]
pub struct Polling {
    query: String,
}

impl Host {
    /// Creates a host with `idle` idle polling sessions.
    #[must_use]
    pub fn with_idle_sessions(idle: usize) -> Self {
        let config = Config::default();
        let (router, server) = (Router::new(config.clone()), Server::new(config, 0, [1, 2]));
        let mut host = Self { router, server, opened_sessions: 0, written: BytesMut::new() };
        for _ in 0..idle {
            host.polling();
        }
        host
    }

    /// Opens a polling session.
    pub fn polling(&mut self) -> Polling {
        let (sid, _) = self.open("EIO=4&transport=polling", false);
        Polling { query: format!("EIO=4&transport=polling&t=PDrvfAa&sid={sid}") }
    }

    /// Opens a WebSocket session.
    pub fn websocket(&mut self) -> WsKey {
        let (_, ws) = self.open("EIO=4&transport=websocket", true);
        ws.expect("a WebSocket session sends its open packet")
    }

    fn open(&mut self, query: &str, upgrade: bool) -> (Sid, Option<WsKey>) {
        self.opened_sessions += 1;
        let mut entropy = [0; 15];
        entropy[..8].copy_from_slice(&self.opened_sessions.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let sid = Sid::from_entropy(entropy);
        let head = RequestHead { method: "GET", query, upgrade, ..RequestHead::default() };
        let Ok(Route::Open(opening)) = self.router.route(&head) else { unreachable!("a handshake") };
        let opened = self.server.open(NOW, opening.pending(()).accept(sid));
        assert!(opened.is_ok(), "session ids are unique");
        (sid, self.handle_actions())
    }

    /// Receives frames on a WebSocket and sends their echoes. Returns the number of bytes written.
    pub fn echo(&mut self, ws: WsKey, frames: impl IntoIterator<Item = Frame>) -> usize {
        self.written.clear();
        self.server.frames(NOW, ws, frames);
        self.handle_actions();
        self.written.len()
    }

    /// Receives a GET, then a POST of a payload, and answers both; the GET's response is the echo. Returns the number
    /// of bytes written.
    pub fn post(&mut self, session: &Polling, body: Bytes) -> usize {
        self.written.clear();
        let get = self.request("GET", &session.query);
        self.server.request(NOW, get, ());
        self.handle_actions();
        let post = self.request("POST", &session.query);
        let ticket = self.server.request(NOW, post, ());
        let encoding = self.server.awaits_body(ticket).expect("the POST has a body to read");
        self.server.body(NOW, ticket, encoding.decode_payload(body, 10_000));
        self.handle_actions();
        self.written.len()
    }

    /// Routes a request of a session.
    fn request(&self, method: &str, query: &str) -> Request {
        match self.router.route(&RequestHead { method, query, ..RequestHead::default() }) {
            Ok(Route::Session(request)) => request,
            _ => unreachable!("a request of a session"),
        }
    }

    /// Handles all actions of the server. Returns the last WebSocket that had frames ready.
    fn handle_actions(&mut self) -> Option<WsKey> {
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
