//! A single-threaded host with callbacks, in the manner of µWebSockets. A write to a response whose peer has gone runs
//! the abort callback *during* the write, and the response must not be used afterwards. The callback calls the core
//! directly.
//!
//! ```text
//! cargo run -p engineio-proto --example callbacks
//! ```
//!
//! The host needs neither flags nor deferred work for this. It does not borrow the core while it writes a response, and
//! the core derives its next action from the state that the callback leaves behind.

use engineio_proto::{
    Action, Config, Delivery, Encoding, Event, Instant, Request, RequestHead, Route, Router, Server, SessionKey, Sid,
    Ticket, Verdict, Version,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// The response object of a server library. It panics if it is used twice, or after its abort callback has run.
struct HttpResponse {
    name: &'static str,
    /// The peer has closed the connection. The library notices it in the next write.
    peer_is_gone: Cell<bool>,
    is_usable: Cell<bool>,
    on_aborted: RefCell<Option<Box<dyn FnOnce()>>>,
    log: Log,
}

type Log = Rc<RefCell<Vec<String>>>;

impl HttpResponse {
    /// Writes the answer. If the peer is gone, calls the abort callback before it returns.
    fn end(&self, status: u16, body: &str) {
        self.use_once("end");
        if self.peer_is_gone.get() {
            self.abort();
        } else {
            self.log.borrow_mut().push(format!("{} is answered {status} {body:.32}", self.name));
        }
    }

    /// Closes the connection, and calls the abort callback before it returns.
    fn close(&self) {
        self.use_once("close");
        self.abort();
    }

    fn use_once(&self, call: &str) {
        assert!(self.is_usable.replace(false), "{}.{call}() after it was answered or aborted", self.name);
    }

    fn abort(&self) {
        self.is_usable.set(false);
        if let Some(callback) = self.on_aborted.take() {
            self.log.borrow_mut().push(format!("{} is aborted {{", self.name));
            callback();
            self.log.borrow_mut().push("}".to_owned());
        }
    }
}

/// The host. Its methods are reentrant.
struct Host {
    router: Router,
    server: RefCell<Server<Rc<HttpResponse>>>,
    /// The session that gets a message when another session closes.
    notify_on_close: Cell<Option<SessionKey>>,
    log: Log,
}

impl Host {
    fn new() -> Rc<Self> {
        let config = Config::default();
        Rc::new(Self {
            router: Router::new(config.clone()),
            server: RefCell::new(Server::new(config, 0, [1, 2])),
            notify_on_close: Cell::new(None),
            log: Log::default(),
        })
    }

    /// Calls the core, then handles its actions one by one. The core is not borrowed while an action is handled.
    fn enter<T>(&self, call: impl FnOnce(&mut Server<Rc<HttpResponse>>) -> T) -> T {
        let result = call(&mut self.server.borrow_mut());
        loop {
            let Some(action) = self.server.borrow_mut().poll() else { return result };
            match action {
                Action::Answer(answer) => {
                    let tracked = answer.ticket().filter(|_| answer.tracked());
                    let (response, verdict) = answer.into_parts();
                    match verdict {
                        // This can run the abort callback, which calls the core.
                        Verdict::Respond(answer) => {
                            response.end(answer.status(), &String::from_utf8_lossy(&answer.encode()));
                        }
                        Verdict::HangUp => response.close(),
                        Verdict::Upgrade { .. } | Verdict::UpgradeThenClose => {
                            unreachable!("no request asks for a WebSocket")
                        }
                    }
                    // If the request was aborted meanwhile, the ticket is stale and this call has no effect.
                    if let Some(ticket) = tracked {
                        self.server.borrow_mut().written(NOW, ticket, Delivery::Written);
                    }
                }
                Action::Event(session, event) => self.handle_event(session, event),
                Action::FramesReady(_)
                | Action::CloseWs(..)
                | Action::Sent(..)
                | Action::Writable(_)
                | Action::Unsent(..) => {
                    unreachable!("there is no WebSocket, and no call asks for these reports");
                }
            }
        }
    }

    /// Handles an event: the application.
    fn handle_event(&self, session: SessionKey, event: Event) {
        match event {
            Event::Messages(messages) => messages.for_each(|message| self.log(format!("{message:?} arrives"))),
            Event::Close(reason) => {
                self.log(format!("a session ends: {reason:?}"));
                if let Some(friend) = self.notify_on_close.take().filter(|friend| *friend != session) {
                    let _ = self.enter(|server| server.send(friend, "your friend is gone"));
                }
            }
            Event::Open(_) | Event::Upgrade => {}
        }
    }

    /// Creates the response object of a new request. Its abort callback is set first, and reads the ticket from the
    /// cell, which the caller fills as soon as the core returns the ticket.
    fn response(self: &Rc<Self>, name: &'static str) -> (Rc<HttpResponse>, Rc<Cell<Option<Ticket>>>) {
        let ticket = Rc::new(Cell::new(None::<Ticket>));
        let (host, shared_ticket) = (self.clone(), ticket.clone());
        let on_aborted = move || {
            if let Some(ticket) = shared_ticket.get() {
                drop(host.enter(|server| server.abort(NOW, ticket)));
            }
        };
        let response = HttpResponse {
            name,
            peer_is_gone: Cell::new(false),
            is_usable: Cell::new(true),
            on_aborted: RefCell::new(Some(Box::new(on_aborted))),
            log: self.log.clone(),
        };
        (Rc::new(response), ticket)
    }

    fn handshake(self: &Rc<Self>, name: &'static str, entropy: u8) -> (Sid, SessionKey) {
        let (response, ticket_cell) = self.response(name);
        let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
        let Ok(Route::Open(opening)) = self.router.route(&head) else { panic!("the handshake is valid") };
        let sid = Sid::from_entropy([entropy; 15]);
        let ticket = self.enter(|server| {
            let Ok(ticket) = server.open(NOW, opening.pending(response).accept(sid)) else {
                panic!("the session id is new")
            };
            ticket_cell.set(Some(ticket));
            ticket
        });
        (sid, ticket.session().expect("a handshake has a session"))
    }

    fn request(self: &Rc<Self>, name: &'static str, request: Request) -> (Rc<HttpResponse>, Ticket) {
        let (response, ticket_cell) = self.response(name);
        let watched_response = response.clone();
        let ticket = self.enter(|server| {
            let ticket = server.request(NOW, request, response);
            ticket_cell.set(Some(ticket));
            ticket
        });
        (watched_response, ticket)
    }

    fn log(&self, line: String) {
        self.log.borrow_mut().push(line);
    }

    /// Prints and returns the log lines since the last call.
    fn take_log(&self) -> Vec<String> {
        let lines = self.log.take();
        lines.iter().for_each(|line| println!("{line}"));
        println!();
        lines
    }
}

/// The time of every call. This example needs no timers.
const NOW: Instant = Instant::EPOCH;

fn main() {
    let host = Host::new();
    let (alice, alices) = host.handshake("Alice's handshake", 1);
    let (bob, bobs) = host.handshake("Bob's handshake", 2);
    assert_eq!(host.take_log().len(), 2);

    // Alice's connection is closed, which the library did not notice yet. The write of her message runs the abort
    // callback. Before the write returns, her session ends, the application sends Bob a message, and Bob's poll is
    // answered.
    let (poll, _) = host.request("Alice's poll", Request::get(alice));
    host.request("Bob's poll", Request::get(bob));
    poll.peer_is_gone.set(true);
    host.notify_on_close.set(Some(bobs));
    host.enter(|server| server.send(alices, "are you there?")).expect("the queue has space");
    let ends = "a session ends: TransportError(Undelivered)";
    let bobs_answer = "Bob's poll is answered 200 4your friend is gone";
    assert_eq!(host.take_log(), ["Alice's poll is aborted {", ends, bobs_answer, "}"]);
    assert_eq!(host.server.borrow().len(), 1);

    // Two POSTs overlap, so the session ends and the connection of the first POST is closed. This runs the abort
    // callback of a request that the same call has already answered.
    let (_, first) = host.request("Bob's POST", Request::post(bob));
    host.request("another POST", Request::post(bob));
    let ends = "a session ends: TransportError(PostOverlap)";
    assert_eq!(host.take_log(), [ends, "another POST is answered 400 ", "Bob's POST is aborted {", "}"]);

    // A body that arrives after its session has ended is ignored.
    host.enter(|server| server.body(NOW, first, Encoding::new(Version::V4).decode_payload("4too late".into(), 10)));
    assert!(host.take_log().is_empty() && host.server.borrow().is_empty());
}

#[test]
fn runs_without_a_panic() {
    main();
}
