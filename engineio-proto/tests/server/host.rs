//! A host without any I/O: it keeps the clock, and writes down what the core asks for.

use engineio_proto::{
    Action, Answer, Config, ConfigBuilder, Delivery, Event, Frame, Instant, Messages, Opcode, Pending, Refusal,
    Request, RequestHead, Route, Router, Server, SessionKey, Sid, Ticket, Verdict, WsEnd, WsKey,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// A reply handle that is linear at run time too: using it twice, or dropping it while somebody waits, fails the
/// test.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) name: &'static str,
    settled: Cell<bool>,
    alive: Rc<Cell<i32>>,
}

impl Handle {
    pub(crate) fn settle(&self) {
        assert!(!self.settled.replace(true), "{} was settled twice", self.name);
        self.alive.set(self.alive.get() - 1);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.settled.get(), "{} was dropped while its peer waits", self.name);
        }
    }
}

pub(crate) struct Host {
    pub(crate) server: Server<Handle>,
    router: Router,
    now: Instant,
    alive: Rc<Cell<i32>>,
    /// Tracked answers of which nothing was reported yet; empty if they are reported at once.
    pub(crate) unreported: RefCell<Vec<Ticket>>,
    pub(crate) reports: bool,
    /// The cookies that answers set.
    pub(crate) cookies: RefCell<Vec<String>>,
    /// What was still queued in sessions that have ended.
    pub(crate) unsent: Vec<engineio_proto::Outgoing>,
    sids: u8,
}

/// The number that the server was given.
pub(crate) const SHARD: u16 = 7;

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(Config::builder())
    }

    /// Sessions may be silent for as long as the heartbeat lets them.
    pub(crate) fn patient(config: ConfigBuilder) -> Self {
        Self::with(config.first_request_timeout(Duration::from_secs(45)))
    }

    pub(crate) fn with(config: ConfigBuilder) -> Self {
        let config = config.build().unwrap();
        Self {
            server: Server::new(config.clone(), SHARD, [1, 2]),
            router: Router::new(config),
            now: Instant::from_epoch(Duration::from_secs(1000)),
            alive: Rc::default(),
            unreported: RefCell::default(),
            reports: true,
            cookies: RefCell::default(),
            unsent: Vec::new(),
            sids: 0,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Time passes, and the host does not say so.
    pub(crate) fn set_clock(&mut self, now: Instant) {
        self.now = now;
    }

    pub(crate) fn handle(&self, name: &'static str) -> Handle {
        self.alive.set(self.alive.get() + 1);
        Handle { name, settled: Cell::new(false), alive: self.alive.clone() }
    }

    /// How many peers wait for an answer.
    pub(crate) fn waiting(&self) -> i32 {
        self.alive.get()
    }

    /// Opens a session, without taking what is put out.
    pub(crate) fn open_quietly(&mut self, transport: &str, name: &'static str) -> (Sid, Ticket) {
        self.open_query(&format!("EIO=4&transport={transport}"), name).expect("not a handshake")
    }

    /// As [`open_quietly`](Self::open_quietly), with the query as it arrives, or why it is refused.
    pub(crate) fn open_query(&mut self, query: &str, name: &'static str) -> Result<(Sid, Ticket), Refusal> {
        let pending = self.pending(query, name)?;
        self.sids += 1;
        let sid = Sid::from_entropy([self.sids; 15]);
        let ticket = self.server.open(self.now, pending.accept(sid)).unwrap();
        Ok((sid, ticket))
    }

    /// A request for a session that nobody has decided about.
    pub(crate) fn pending(&self, query: &str, name: &'static str) -> Result<Pending<Handle>, Refusal> {
        let upgrade = query.contains("transport=websocket");
        let head = RequestHead { method: "GET", query, upgrade, ..RequestHead::default() };
        match self.router.route(&head)? {
            Route::Open(opening) => Ok(opening.pending(self.handle(name))),
            Route::Session(_) => panic!("not a handshake"),
        }
    }

    /// A polling session whose handshake was answered.
    pub(crate) fn polling(&mut self) -> (Sid, SessionKey) {
        let (sid, ticket) = self.open_quietly("polling", "handshake");
        let said = self.drain();
        assert_eq!(said.len(), 2, "{said:?}");
        (sid, ticket.session().unwrap())
    }

    /// A session that began on WebSocket and has sent its handshake.
    pub(crate) fn websocket(&mut self) -> (Sid, SessionKey, WsKey) {
        let (sid, _) = self.open_quietly("websocket", "handshake");
        let (said, ws) = self.drain_ws();
        assert_eq!(said.len(), 3, "{said:?}");
        let ws = ws.unwrap();
        (sid, ws.session(), ws)
    }

    /// A session that is on polling with a WebSocket that was opened but has said nothing.
    pub(crate) fn probing(&mut self) -> (Sid, SessionKey, WsKey) {
        let (sid, key) = self.polling();
        self.upgrade(sid, "upgrade");
        let (said, ws) = self.drain_ws();
        assert_eq!(said, ["upgrade: 101"]);
        (sid, key, ws.unwrap())
    }

    /// A session whose candidate was probed, and whose poll took a message along: that answer is on its way until it is
    /// [reported](Self::report).
    pub(crate) fn probing_with_a_poll_on_its_way(&mut self) -> (SessionKey, WsKey) {
        self.reports = false;
        let (sid, key, ws) = self.probing();
        self.report(Delivery::Written);
        self.text(ws, "2probe");
        self.get(sid, "get");
        self.send(key, "one");
        assert_eq!(self.drain(), ["ws> 3probe", "get: 200 4one"]);
        (key, ws)
    }

    /// A session that has gone from polling to WebSocket.
    pub(crate) fn upgraded(&mut self) -> (Sid, SessionKey, WsKey) {
        let (sid, key, ws) = self.probing();
        self.text(ws, "2probe");
        self.text(ws, "5");
        assert_eq!(self.drain(), ["upgraded", "ws> 3probe"]);
        (sid, key, ws)
    }

    pub(crate) fn request(&mut self, request: Request, name: &'static str) -> Ticket {
        let handle = self.handle(name);
        self.server.request(self.now, request, handle)
    }

    /// A request as it stands in the query, for a session.
    pub(crate) fn raw(&mut self, method: &str, query: &str, upgrade: bool, name: &'static str) -> Result<Ticket, u8> {
        let head = RequestHead { method, query, upgrade, ..RequestHead::default() };
        self.raw_head(&head, name)
    }

    pub(crate) fn raw_head(&mut self, head: &RequestHead<'_>, name: &'static str) -> Result<Ticket, u8> {
        match self.router.route(head) {
            Ok(Route::Session(request)) => Ok(self.request(request, name)),
            Ok(Route::Open(_)) => panic!("a handshake"),
            Err(refusal) => Err(refusal.code().unwrap_or(u8::MAX)),
        }
    }

    pub(crate) fn get(&mut self, sid: Sid, name: &'static str) -> Ticket {
        self.request(Request::get(sid), name)
    }

    pub(crate) fn upgrade(&mut self, sid: Sid, name: &'static str) -> Ticket {
        self.request(Request::upgrade(sid), name)
    }

    /// A POST whose body is still to come.
    pub(crate) fn post_head(&mut self, sid: Sid, name: &'static str) -> Ticket {
        self.request(Request::post(sid), name)
    }

    pub(crate) fn body(&mut self, ticket: Ticket, body: impl Into<bytes::Bytes>) {
        let Some(encoding) = self.server.awaits_body(ticket) else { return };
        let upload = encoding.decode_payload(body.into(), 1000);
        self.server.body(self.now, ticket, upload);
    }

    pub(crate) fn post(&mut self, sid: Sid, name: &'static str, body: impl Into<bytes::Bytes>) -> Ticket {
        let ticket = self.post_head(sid, name);
        self.body(ticket, body);
        ticket
    }

    pub(crate) fn text(&mut self, ws: WsKey, text: &'static str) {
        self.server.frame(self.now, ws, Frame::Text(text.into()));
    }

    pub(crate) fn binary(&mut self, ws: WsKey, bytes: &'static [u8]) {
        self.server.frame(self.now, ws, Frame::Binary(bytes.into()));
    }

    pub(crate) fn send(&mut self, key: SessionKey, text: &str) {
        self.server.send(key, text).unwrap();
    }

    /// The peer goes away. Whatever handle comes back is given up.
    pub(crate) fn abort(&mut self, ticket: Ticket) -> bool {
        let handle = self.server.abort(self.now, ticket);
        handle.inspect(Handle::settle).is_some()
    }

    pub(crate) fn ws_closed(&mut self, ws: WsKey, end: WsEnd) {
        self.server.ws_closed(self.now, ws, end);
    }

    pub(crate) fn report(&mut self, delivery: Delivery) {
        for ticket in self.unreported.take() {
            self.server.written(self.now, ticket, delivery);
        }
    }

    /// Lets time pass, stopping at each deadline on the way, and says what came of it.
    pub(crate) fn pass(&mut self, duration: Duration) -> Vec<String> {
        let until = self.now.after(duration);
        let mut said = self.drain();
        while let Some(at) = self.server.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.server.timeout(self.now);
            assert!(self.server.deadline().is_none_or(|next| next > self.now), "time stands still");
            said.extend(self.drain());
        }
        self.now = until;
        said
    }

    /// As [`pass`](Self::pass), with the instants (milliseconds from now) at which something came of it.
    pub(crate) fn pass_timed(&mut self, duration: Duration) -> Vec<(u128, String)> {
        let (start, until) = (self.now, self.now.after(duration));
        let mut said = Vec::new();
        while let Some(at) = self.server.deadline().filter(|at| *at <= until) {
            // An instant before it is due nothing may happen.
            if let Some(before) = at.since_epoch().checked_sub(Duration::from_nanos(1)) {
                self.now = self.now.max(Instant::from_epoch(before));
                self.server.timeout(self.now);
                assert_eq!(self.drain(), [""; 0]);
            }
            self.now = self.now.max(at);
            self.server.timeout(self.now);
            let after = self.now.saturating_since(start).as_millis();
            said.extend(self.drain().into_iter().map(|line| (after, line)));
        }
        self.now = until;
        said
    }

    /// Does all that the core asks for, and says what that was.
    pub(crate) fn drain(&mut self) -> Vec<String> {
        self.drain_ws().0
    }

    pub(crate) fn drain_ws(&mut self) -> (Vec<String>, Option<WsKey>) {
        let (mut said, mut upgraded) = (Vec::new(), None);
        while let Some(action) = self.server.poll() {
            match action {
                Action::Answer(answer) => said.push(self.answer(answer, &mut upgraded)),
                Action::FramesReady(ws) => said.extend(self.frames(ws)),
                Action::CloseWs(_, code) => said.push(format!("ws closed {code:?}")),
                Action::Sent(_, id) => said.push(format!("sent {id:?}")),
                Action::Writable(_) => said.push("writable".into()),
                Action::Unsent(_, unsent) => self.unsent.extend(unsent),
                Action::Event(_, event) => match event {
                    Event::Open(opened) => said.push(format!("open {}", opened.transport)),
                    Event::Messages(messages) => said.extend(Self::messages(messages)),
                    Event::Upgrade => said.push("upgraded".into()),
                    Event::Close(reason) => said.push(format!("{reason}: {reason:?}")),
                },
            }
        }
        (said, upgraded)
    }

    pub(crate) fn frames(&mut self, ws: WsKey) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(frame) = self.server.poll_frame(ws) {
            let mut payload = bytes::BytesMut::new();
            frame.write_to(&mut payload);
            assert_eq!(payload.len(), frame.len());
            let how = if carries(frame.packet()) && !frame.compress() { " uncompressed" } else { "" };
            said.push(match frame.opcode() {
                Opcode::Text => format!("ws>{how} {}", std::str::from_utf8(&payload).unwrap()),
                Opcode::Binary => format!("ws>{how} {:?}", &payload[..]),
            });
        }
        self.server.wrote(self.now, ws, said.len() as u64);
        said
    }

    fn answer(&mut self, answer: Answer<Handle>, upgraded: &mut Option<WsKey>) -> String {
        let (ticket, tracked) = (answer.ticket(), answer.tracked());
        let (handle, verdict) = answer.into_parts();
        handle.settle();
        if let Some(ticket) = ticket.filter(|_| tracked) {
            if self.reports {
                self.server.written(self.now, ticket, Delivery::Written);
            } else {
                self.unreported.borrow_mut().push(ticket);
            }
        }
        let name = handle.name;
        match verdict {
            Verdict::Respond(response) => {
                self.cookies.borrow_mut().extend(response.cookie().map(ToString::to_string));
                let body = response.encode();
                let plain = response.carried().iter().any(carries) && !response.compress();
                let how = if plain { " uncompressed" } else { "" };
                match std::str::from_utf8(&body).ok().filter(|body| !body.contains('\0')) {
                    Some(text) => format!("{name}:{how} {} {}", response.status(), text.replace('\u{1e}', "|")),
                    None => format!("{name}:{how} {} {:?}", response.status(), &body[..]),
                }
            }
            Verdict::Upgrade { ws, cookie } => {
                *upgraded = Some(ws);
                self.cookies.borrow_mut().extend(cookie.map(String::from));
                format!("{name}: 101")
            }
            Verdict::UpgradeThenClose => format!("{name}: 101 and closed"),
            Verdict::HangUp => format!("{name}: hung up"),
        }
    }

    fn messages(messages: Messages) -> impl Iterator<Item = String> {
        messages.map(|message| match message {
            engineio_proto::Message::Text(text) => format!("message {text}"),
            engineio_proto::Message::Binary(bytes) => format!("message {:?}", &bytes[..]),
        })
    }

    /// Nothing is left: no session, no deadline, nobody who waits.
    #[track_caller]
    pub(crate) fn assert_empty(&mut self) {
        assert_eq!(self.drain(), [""; 0]);
        assert_eq!((self.server.len(), self.server.deadline(), self.waiting()), (0, None, 0));
    }
}

/// Whether a packet may be compressed, unless it is told otherwise.
const fn carries(packet: &engineio_proto::Packet) -> bool {
    matches!(packet, engineio_proto::Packet::Message(_) | engineio_proto::Packet::Open(_))
}
