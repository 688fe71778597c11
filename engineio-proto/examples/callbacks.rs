//! A host with one thread and callbacks, as µWebSockets is one: writing to a response whose peer has gone runs the abort
//! callback *inside* the write, and from then on the response must not be touched. The callback calls straight back
//! into the core.
//!
//! ```text
//! cargo run -p engineio-proto --example callbacks
//! ```
//!
//! It needs neither flags nor deferred work to get this right. The core is not borrowed while a response is written,
//! and what it says next is derived from the state that the callback leaves behind.

use engineio_proto::{
    Action, Config, Delivery, Encoding, Event, Instant, Request, RequestHead, Route, Router, Server, SessionKey, Sid,
    Ticket, Verdict, Version,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// What a server library gives its host to answer a request with. It ends the process on a second use, and on any use
/// after its abort callback.
struct HttpResponse {
    name: &'static str,
    /// The library has not noticed yet.
    peer_is_gone: Cell<bool>,
    is_usable: Cell<bool>,
    on_aborted: RefCell<Option<Box<dyn FnOnce()>>>,
    log: Log,
}

type Log = Rc<RefCell<Vec<String>>>;

impl HttpResponse {
    /// Writes the answer. If the peer is gone, calls the abort callback before it returns.
    fn end(&self, status: u16, body: &str) {
        self.touch("end");
        if self.peer_is_gone.get() {
            self.abort();
        } else {
            self.log.borrow_mut().push(format!("{} is answered {status} {body:.32}", self.name));
        }
    }

    /// Ends the connection, and calls the abort callback before it returns.
    fn close(&self) {
        self.touch("close");
        self.abort();
    }

    fn touch(&self, call: &str) {
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

/// The host: it may be entered from anywhere, also from within itself.
struct Host {
    router: Router,
    server: RefCell<Server<Rc<HttpResponse>>>,
    /// Who is to hear that a session has ended, if it still is there.
    friend: Cell<Option<SessionKey>>,
    log: Log,
}

impl Host {
    fn new() -> Rc<Self> {
        let config = Config::default();
        Rc::new(Self {
            router: Router::new(config.clone()),
            server: RefCell::new(Server::new(config, 0, [1, 2])),
            friend: Cell::new(None),
            log: Log::default(),
        })
    }

    /// One call into the core, and then what it says, one thing at a time. The core is free while each is done.
    fn enter<T>(&self, call: impl FnOnce(&mut Server<Rc<HttpResponse>>) -> T) -> T {
        let result = call(&mut self.server.borrow_mut());
        loop {
            let Some(action) = self.server.borrow_mut().poll() else { return result };
            match action {
                Action::Answer(answer) => {
                    let tracked = answer.ticket().filter(|_| answer.tracked());
                    let (response, verdict) = answer.into_parts();
                    match verdict {
                        // Inside of this, all of the core may happen.
                        Verdict::Respond(answer) => {
                            response.end(answer.status(), &String::from_utf8_lossy(&answer.encode()));
                        }
                        Verdict::HangUp => response.close(),
                        Verdict::Upgrade { .. } | Verdict::UpgradeThenClose => {
                            unreachable!("nobody asks for a WebSocket")
                        }
                    }
                    // If it was aborted meanwhile, the ticket is stale and says nothing.
                    if let Some(ticket) = tracked {
                        self.server.borrow_mut().written(NOW, ticket, Delivery::Written);
                    }
                }
                Action::Event(session, event) => self.event(session, event),
                Action::FramesReady(_)
                | Action::CloseWs(..)
                | Action::Sent(..)
                | Action::Writable(_)
                | Action::Unsent(..) => {
                    unreachable!("nobody asks for it");
                }
            }
        }
    }

    /// The application.
    fn event(&self, session: SessionKey, event: Event) {
        match event {
            Event::Messages(messages) => messages.for_each(|message| self.note(format!("{message:?} arrives"))),
            Event::Close(reason) => {
                self.note(format!("a session ends: {reason:?}"));
                if let Some(friend) = self.friend.take().filter(|friend| *friend != session) {
                    let _ = self.enter(|server| server.send(friend, "your friend is gone"));
                }
            }
            Event::Open(_) | Event::Upgrade => {}
        }
    }

    /// A request arrives. The abort callback is set before anything else happens, and knows the ticket as soon as
    /// there is one.
    fn response(self: &Rc<Self>, name: &'static str) -> (Rc<HttpResponse>, Rc<Cell<Option<Ticket>>>) {
        let ticket = Rc::new(Cell::new(None::<Ticket>));
        let (host, known) = (self.clone(), ticket.clone());
        let on_aborted = move || {
            if let Some(ticket) = known.get() {
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
        let (response, known) = self.response(name);
        let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
        let Ok(Route::Open(opening)) = self.router.route(&head) else { panic!("the handshake is in order") };
        let sid = Sid::from_entropy([entropy; 15]);
        let ticket = self.enter(|server| {
            let Ok(ticket) = server.open(NOW, opening.pending(response).accept(sid)) else { panic!("the id is new") };
            known.set(Some(ticket));
            ticket
        });
        (sid, ticket.session().expect("a handshake has a session"))
    }

    fn request(self: &Rc<Self>, name: &'static str, request: Request) -> (Rc<HttpResponse>, Ticket) {
        let (response, known) = self.response(name);
        let watched = response.clone();
        let ticket = self.enter(|server| {
            let ticket = server.request(NOW, request, response);
            known.set(Some(ticket));
            ticket
        });
        (watched, ticket)
    }

    fn note(&self, line: String) {
        self.log.borrow_mut().push(line);
    }

    /// What has happened since this was asked last.
    fn told(&self) -> Vec<String> {
        let told = self.log.take();
        told.iter().for_each(|line| println!("{line}"));
        println!();
        told
    }
}

/// Nothing here takes time.
const NOW: Instant = Instant::EPOCH;

fn main() {
    let host = Host::new();
    let (alice, alices) = host.handshake("Alice's handshake", 1);
    let (bob, bobs) = host.handshake("Bob's handshake", 2);
    assert_eq!(host.told().len(), 2);

    // Alice has gone, and nobody knows. The write of her message finds out, and while it has not returned her session
    // ends, the application hears of it and writes to Bob, whose poll is answered.
    let (poll, _) = host.request("Alice's poll", Request::get(alice));
    host.request("Bob's poll", Request::get(bob));
    poll.peer_is_gone.set(true);
    host.friend.set(Some(bobs));
    host.enter(|server| server.send(alices, "are you there?")).expect("there is room");
    let ends = "a session ends: TransportError(Undelivered)";
    let bobs_answer = "Bob's poll is answered 200 4your friend is gone";
    assert_eq!(host.told(), ["Alice's poll is aborted {", ends, bobs_answer, "}"]);
    assert_eq!(host.server.borrow().len(), 1);

    // Two POSTs overlap, so the session ends and the first POST's connection is closed. That calls back, for an exchange
    // that was settled by this very call.
    let (_, first) = host.request("Bob's POST", Request::post(bob));
    host.request("another POST", Request::post(bob));
    let ends = "a session ends: TransportError(PostOverlap)";
    assert_eq!(host.told(), [ends, "another POST is answered 400 ", "Bob's POST is aborted {", "}"]);

    // What comes late is nobody's.
    host.enter(|server| server.body(NOW, first, Encoding::new(Version::V4).decode_payload("4too late".into(), 10)));
    assert!(host.told().is_empty() && host.server.borrow().is_empty());
}

#[test]
fn it_runs_to_its_end() {
    main();
}
