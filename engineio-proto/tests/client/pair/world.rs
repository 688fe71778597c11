//! The two cores, a network of ordered connections, and one clock. Nothing moves unless a step says so.

use bytes::Bytes;
use engineio_proto::{
    Call, CallFault, Client, ClientAction, ClientConfig, ClientStart, ClientWsKey, Config, Dial, Frame, Instant,
    RequestHead, Route, Router, Server, SessionKey, Sid, Ticket, Transport, Version, WsEnd, WsFault, WsKey,
};
use std::collections::VecDeque;
use std::time::Duration;

const START: Instant = Instant::from_epoch(Duration::from_secs(1000));

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// What travels arrives: requests, bodies and responses of the three kinds of exchanges.
    GetArrives,
    GetReturns,
    PostArrives,
    PostBodyArrives,
    PostReturns,
    DialArrives,
    DialReturns,
    /// The first frame under way to the server, or to the client.
    FrameArrives,
    FrameReturns,
    /// The client's host writes the frames that it has taken.
    Write,
    /// An application sends its next message.
    ClientSends,
    ServerSends,
    /// The connection of the WebSocket dies, at whatever point it is; then each side hears of it.
    Kill,
    ClientHears,
    ServerHears,
    /// Time goes on to the next deadline.
    Tick,
}

/// Whom an exchange belongs to; what the server's core answers with.
#[derive(Debug)]
pub(super) enum Handle {
    Get,
    Post,
    Dial,
}

/// The WebSocket's connection.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The upgrade request and its answer, under way.
    pub(super) request: Option<String>,
    pub(super) answer: Option<Result<(), u16>>,
    pub(super) call: Option<Call<Dial>>,
    pub(super) client: Option<ClientWsKey>,
    pub(super) server: Option<WsKey>,
    pub(super) ticket: Option<Ticket>,
    /// Taken by the client's host and not written.
    pub(super) taken: Vec<Frame>,
    pub(super) up: VecDeque<Frame>,
    pub(super) down: VecDeque<Frame>,
    pub(super) dead: bool,
    pub(super) client_told: bool,
    pub(super) server_told: bool,
}

/// An answer under way: its status, its content type and its body.
pub(super) type Answered = (u16, Option<&'static str>, Bytes);

/// What is sent and what arrives, in one direction.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) sent: u32,
    pub(super) received: u32,
    pub(super) to_send: u32,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) client: Client,
    pub(super) server: Server<Handle>,
    pub(super) router: Router,
    pub(super) now: Instant,
    pub(super) key: SessionKey,
    pub(super) get_up: Option<String>,
    pub(super) get_down: Option<Answered>,
    pub(super) get: Option<Call>,
    /// With its content type.
    pub(super) post_up: Option<(String, &'static str, Bytes)>,
    pub(super) post_body: Option<(Ticket, Bytes)>,
    pub(super) post_down: Option<Answered>,
    pub(super) post: Option<Call>,
    pub(super) line: Line,
    pub(super) up: Flow,
    pub(super) down: Flow,
    pub(super) kills: u32,
    pub(super) upgrade_failed: u32,
    pub(super) client_closed: Option<String>,
    pub(super) server_closed: Option<String>,
    /// The client has left polling for good when the WebSocket died, so the session may die with it.
    pub(super) committed: bool,
}

impl World {
    /// A session that has just been opened over polling, with so many messages to be sent by each side and so
    /// many deaths of its WebSocket.
    pub(super) fn new(version: Version, messages: u32, kills: u32) -> Self {
        let config = Config::builder().allow_eio3(version == Version::V3).max_payload(40);
        // The hosts are slow at will, and what that costs is not what is asked here.
        let config = config.first_request_timeout(Duration::from_secs(45)).build().unwrap();
        let now = START;
        let router = Router::new(config.clone());
        let mut server = Server::new(config, 0, [1, 2]);
        let settings = ClientConfig::builder().version(version).cache_buster(false).build().unwrap();
        let mut client = Client::open(now, settings, ClientStart::default());

        let Some(ClientAction::Get { call, target }) = client.poll() else { panic!("no handshake") };
        let query = target.split_once('?').unwrap().1;
        let head = RequestHead { method: "GET", query, ..RequestHead::default() };
        let Ok(Route::Open(opening)) = router.route(&head) else { panic!("refused") };
        let admitted = opening.pending(Handle::Get).accept(Sid::from_entropy([1; 15]));
        let ticket = server.open(now, admitted).unwrap();
        let mut world = Self {
            client,
            server,
            router,
            now,
            key: ticket.session().unwrap(),
            get_up: None,
            get_down: None,
            get: Some(call),
            post_up: None,
            post_body: None,
            post_down: None,
            post: None,
            line: Line::default(),
            up: Flow { to_send: messages, ..Flow::default() },
            down: Flow { to_send: messages, ..Flow::default() },
            kills,
            upgrade_failed: 0,
            client_closed: None,
            server_closed: None,
            committed: false,
        };
        world.settle();
        world.step(Step::GetReturns);
        world
    }

    /// What can happen now. Time goes on only when nothing travels.
    pub(super) fn steps(&self) -> Vec<Step> {
        let line = &self.line;
        let mut steps = Vec::new();
        let mut can = |step, possible: bool| {
            if possible {
                steps.push(step);
            }
        };
        can(Step::GetArrives, self.get_up.is_some());
        can(Step::GetReturns, self.get_down.is_some());
        can(Step::PostArrives, self.post_up.is_some());
        can(Step::PostBodyArrives, self.post_body.is_some());
        can(Step::PostReturns, self.post_down.is_some());
        can(Step::DialArrives, line.request.is_some() && !line.dead);
        can(Step::DialReturns, line.answer.is_some() && !line.dead);
        // What was written before the connection died may or may not arrive, as long as nobody has heard of it.
        can(Step::FrameArrives, line.server.is_some() && !line.up.is_empty() && !line.server_told);
        can(Step::FrameReturns, line.client.is_some() && !line.down.is_empty() && !line.client_told);
        can(Step::Write, !line.taken.is_empty() && line.client.is_some() && !line.client_told);
        can(Step::ClientHears, line.dead && !line.client_told);
        can(Step::ServerHears, line.dead && !line.server_told);
        can(Step::ClientSends, self.up.to_send > 0 && self.client_closed.is_none());
        can(Step::ServerSends, self.down.to_send > 0 && self.server_closed.is_none());
        let open = line.call.is_some() || line.client.is_some();
        can(Step::Kill, self.kills > 0 && open && !line.dead);
        steps
    }

    /// When the next deadline is, from the beginning.
    pub(super) fn next_deadline(&self) -> Duration {
        let at = [self.client.deadline(), self.server.deadline()].into_iter().flatten().min();
        at.map_or(Duration::MAX, |at| at.saturating_since(START))
    }

    /// Whether all has been said and heard that will be without the clock.
    pub(super) fn is_over(&self) -> bool {
        let over = self.client_closed.is_some() && self.server_closed.is_some();
        let settled = self.client.transport() == Some(Transport::WebSocket) || self.upgrade_failed > 0;
        let quiet = self.steps().iter().all(|step| *step == Step::Kill);
        quiet && (over || (settled && self.up.is_done() && self.down.is_done()))
    }

    pub(super) fn step(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::GetArrives => {
                let target = self.get_up.take().unwrap();
                self.request("GET", &target, None, Handle::Get);
            }
            Step::GetReturns => {
                let (status, content_type, body) = self.get_down.take().unwrap();
                if let Some(call) = self.get.take() {
                    let call = call.of_content_type(content_type.map(str::as_bytes));
                    self.client.response(now, call.decode(status, body));
                }
            }
            Step::PostArrives => {
                let (target, content_type, body) = self.post_up.take().unwrap();
                if let Some(ticket) = self.request("POST", &target, Some(content_type), Handle::Post)
                    && self.server.awaits_body(ticket).is_some()
                {
                    self.post_body = Some((ticket, body));
                }
            }
            Step::PostBodyArrives => {
                let (ticket, body) = self.post_body.take().unwrap();
                if let Some(encoding) = self.server.awaits_body(ticket) {
                    self.server.body(now, ticket, encoding.decode_payload(body, 1000));
                }
            }
            Step::PostReturns => {
                let (status, _, body) = self.post_down.take().unwrap();
                if let Some(call) = self.post.take() {
                    self.client.response(now, call.decode(status, body));
                }
            }
            Step::DialArrives => {
                let target = self.line.request.take().unwrap();
                self.line.ticket = self.request("GET", &target, None, Handle::Dial);
            }
            Step::DialReturns => {
                let call = self.line.call.take();
                match (self.line.answer.take().unwrap(), call) {
                    (Ok(()), Some(call)) => self.line.client = self.client.connected(now, call),
                    (Err(status), Some(call)) => self.client.failed(now, call, CallFault::Refused(status)),
                    (_, None) => {}
                }
            }
            Step::FrameArrives => {
                let frame = self.line.up.pop_front().unwrap();
                self.server.frame(now, self.line.server.unwrap(), frame);
            }
            Step::FrameReturns => {
                let frame = self.line.down.pop_front().unwrap();
                self.client.frame(now, self.line.client.unwrap(), frame);
            }
            Step::Write => {
                let frames = std::mem::take(&mut self.line.taken);
                self.client.wrote(now, self.line.client.unwrap(), frames.len() as u64);
                // What is written to a dead connection arrives nowhere.
                if !self.line.dead {
                    self.line.up.extend(frames);
                }
            }
            Step::ClientSends => {
                self.client.send(now, Flow::message('c', self.up.sent)).unwrap();
                (self.up.sent, self.up.to_send) = (self.up.sent + 1, self.up.to_send - 1);
            }
            Step::ServerSends => {
                self.server.send(self.key, Flow::message('s', self.down.sent)).unwrap();
                (self.down.sent, self.down.to_send) = (self.down.sent + 1, self.down.to_send - 1);
            }
            Step::Kill => {
                self.kills -= 1;
                self.line.dead = true;
            }
            Step::ClientHears => {
                self.committed |= self.client.transport() == Some(Transport::WebSocket);
                self.line.client_told = true;
                self.line.taken.clear();
                if let Some(ws) = self.line.client {
                    self.client.ws_closed(now, ws, WsEnd::Failed(WsFault::Connection));
                } else if let Some(call) = self.line.call.take() {
                    self.client.failed(now, call, CallFault::Connection);
                }
            }
            Step::ServerHears => {
                self.line.server_told = true;
                if let Some(ws) = self.line.server {
                    self.server.ws_closed(now, ws, WsEnd::Failed(WsFault::Connection));
                } else if let Some(ticket) = self.line.ticket {
                    self.server.abort(now, ticket);
                }
            }
            Step::Tick => {
                let at = [self.client.deadline(), self.server.deadline()].into_iter().flatten().min();
                self.now = self.now.max(at.expect("there is always a deadline"));
                self.client.timeout(self.now);
                self.server.timeout(self.now);
            }
        }
        self.settle();
    }
}
