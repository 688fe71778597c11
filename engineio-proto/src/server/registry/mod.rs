//! The registry: many sessions, one `&mut`. It never locks; hosts that want more than one thread hold several.

mod inspect;
#[cfg(feature = "model")]
mod model;
mod slots;

use super::action::{Action, CloseCode, Delivery};
use super::agenda::Agenda;
use super::config::Config;
use super::outlet::{Fact, Outlet};
use super::pending::{Admitted, Collision};
use super::router::{Opening, Request};
use super::session::{Cx, Session, Start};
use crate::http::Reply;
use crate::{
    Encoding, Event, Frame, Instant, Opened, OutFrame, Outgoing, Refusal, SendError, SendId, SessionKey, Sid, Ticket,
    Transport, Upload, WsEnd, WsKey,
};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

/// All sessions of one host, or of one shard of it.
///
/// The methods are of these families:
///
/// - what the peers do: [`open`](Self::open), [`request`](Self::request), [`body`](Self::body),
///   [`body_progress`](Self::body_progress), [`frame`](Self::frame), [`abort`](Self::abort), [`ws_closed`](Self::ws_closed);
/// - what became of what was put out: [`written`](Self::written), [`wrote`](Self::wrote);
/// - what the application does: [`send`](Self::send) and its kin, [`close`](Self::close),
///   [`discard`](Self::discard);
/// - time: [`timeout`](Self::timeout), [`deadline`](Self::deadline);
/// - what is to be done: [`poll`](Self::poll), [`poll_frame`](Self::poll_frame),
///   [`poll_frames`](Self::poll_frames).
///
/// They may be called in any order and as many of them as one likes before the next [`poll`](Self::poll): what
/// it returns is derived from the state. So it is enough to poll until `None` after each call or each batch of
/// calls, and then to look at the [`deadline`](Self::deadline). An input that comes at a deadline or later finds it
/// passed, whether [`timeout`](Self::timeout) was called before or not.
///
/// `R` is the host's own handle for answering one HTTP request. It is moved in with the request; once it is in,
/// nobody outside has it:
///
/// ```
/// # use engineio_proto::{Instant, Request, Server, Sid};
/// fn poll_request(server: &mut Server<String>, now: Instant, sid: Sid, handle: String) {
///     server.request(now, Request::get(sid), handle);
/// }
/// ```
///
/// ```compile_fail,E0382
/// # use engineio_proto::{Instant, Request, Server, Sid};
/// fn poll_request(server: &mut Server<String>, now: Instant, sid: Sid, handle: String) {
///     server.request(now, Request::get(sid), handle);
///     drop(handle);
/// }
/// ```
#[derive(Debug)]
pub struct Server<R> {
    config: Config,
    shard: u16,
    hash_key: [u64; 2],
    now: Instant,
    slots: Vec<Slot<R>>,
    free: Vec<u32>,
    /// By a keyed hash first, so that the time of a look-up tells a peer nothing about the ids that are there.
    by_sid: BTreeMap<(u64, Sid), u32>,
    agenda: Agenda,
    ready: VecDeque<SessionKey>,
    out: Outlet<R>,
    exchanges: u64,
}

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
struct Slot<R> {
    generation: u32,
    /// Whether the session is in `ready`.
    queued: bool,
    session: Option<Box<Session<R>>>,
}

/// What the peers do.
impl<R> Server<R> {
    /// Opens a session for a handshake that was accepted. The ticket names the handshake's own exchange.
    ///
    /// # Errors
    /// If there is a session of this id already; the request comes back undecided.
    pub fn open(&mut self, now: Instant, admitted: Admitted<R>) -> Result<Ticket, Collision<R>> {
        self.pass(now);
        let Admitted { pending, sid } = admitted;
        let entry = (self.hash(sid), sid);
        if self.by_sid.contains_key(&entry) {
            return Err(Collision(pending));
        }
        let (Opening { transport, encoding }, handle) = pending.into_parts();
        let key = self.vacancy();
        let ticket = self.ticket(Some(key));
        let start = Start {
            key,
            sid,
            encoding,
            websocket: transport == Transport::WebSocket,
            handshake: self.handshake(sid, transport),
            reply: Reply::new(ticket, handle),
        };
        let cx = Cx { now: self.now, config: &self.config, out: &mut self.out };
        let session = Box::new(Session::open(&cx, start));
        let opened = Opened { sid, transport, version: encoding.version() };
        self.out.event(key, Event::Open(opened));
        self.by_sid.insert(entry, key.slot);
        if let Some(slot) = self.slots.get_mut(key.slot()) {
            slot.session = Some(session);
        }
        self.touch(key);
        Ok(ticket)
    }

    /// A request that names a session. Whatever becomes of it, its answer comes out of [`poll`](Self::poll),
    /// unless its peer [goes away](Self::abort) first.
    ///
    /// For a POST, [`awaits_body`](Self::awaits_body) tells what to do with its body.
    pub fn request(&mut self, now: Instant, request: Request, handle: R) -> Ticket {
        self.pass(now);
        let key = self.find(request.sid());
        let ticket = self.ticket(key);
        let reply = Reply::new(ticket, handle);
        match key {
            Some(key) => {
                self.with(key, |session, cx| session.request(cx, reply, &request));
            }
            None => self.out.refuse(reply, Refusal::UnknownSid, request.is_upgrade()),
        }
        ticket
    }

    /// How to decode the body of the POST `ticket`, with [`Encoding::decode_payload`] and outside any lock.
    /// `None` if nobody waits for it: the POST was refused, or its session has ended.
    #[must_use]
    pub fn awaits_body(&self, ticket: Ticket) -> Option<Encoding> {
        self.session(ticket.session?)?.awaits_body(ticket)
    }

    /// The body of the POST `ticket` makes progress: so many bytes of it have come, from its beginning. Does nothing for
    /// a body that nobody waits for.
    ///
    /// Call it each time that [`Config::body_progress_step`] more bytes have come since the last call. A host that
    /// does not call it bounds bodies by [`body_timeout`](Config::body_timeout) alone.
    pub fn body_progress(&mut self, now: Instant, ticket: Ticket, received: u64) {
        self.pass(now);
        if let Some(key) = ticket.session {
            self.with(key, |session, cx| session.body_progress(cx, ticket, received));
        }
    }

    /// The body of the POST `ticket`.
    pub fn body(&mut self, now: Instant, ticket: Ticket, upload: Upload) {
        self.pass(now);
        if let Some(key) = ticket.session {
            self.with(key, |session, cx| session.body(cx, ticket, upload));
        }
    }

    /// The peer has given the exchange `ticket` up. The handle comes back if the core still has it: it is not to
    /// be written to. If an answer with packets was on its way, this says that they are lost.
    ///
    /// May be called at any time; for an exchange that is over it does nothing.
    pub fn abort(&mut self, now: Instant, ticket: Ticket) -> Option<R> {
        self.pass(now);
        if let Some(handle) = self.out.abort(ticket) {
            return Some(handle);
        }
        let key = ticket.session?;
        // After its 101 an upgrade's exchange is its WebSocket, which may outlive the session.
        self.out.ws_gone(WsKey { session: key, exchange: ticket.exchange });
        self.with(key, |session, cx| session.abort(cx, ticket)).flatten()
    }

    /// One whole message on the WebSocket `ws`. One that is no session's any more is ignored.
    pub fn frame(&mut self, now: Instant, ws: WsKey, frame: Frame) {
        self.frames(now, ws, [frame]);
    }

    /// Whole messages on the WebSocket `ws`, in order: as [`frame`](Self::frame) for each, and cheaper.
    pub fn frames(&mut self, now: Instant, ws: WsKey, frames: impl IntoIterator<Item = Frame>) {
        self.pass(now);
        self.with(ws.session, |session, cx| session.frames(cx, ws, frames.into_iter()));
    }

    /// The WebSocket `ws` is gone.
    pub fn ws_closed(&mut self, now: Instant, ws: WsKey, end: WsEnd) {
        self.pass(now);
        self.out.ws_gone(ws);
        self.with(ws.session, |session, cx| session.ws_closed(cx, ws, end));
    }
}

/// What became of what was put out.
impl<R> Server<R> {
    /// What became of an answer that is [tracked](crate::Answer::tracked). Say [`Delivery::Written`] no later
    /// than when the answer is handed to the transport, as the peer may react to it at once.
    pub fn written(&mut self, now: Instant, ticket: Ticket, delivery: Delivery) {
        self.pass(now);
        match delivery {
            Delivery::Written => {
                if let Some(key) = ticket.session {
                    self.with(key, |session, cx| session.written(cx, ticket));
                }
            }
            // The handle left with the answer, so none can come back.
            Delivery::Lost => drop(self.abort(now, ticket)),
        }
    }

    /// How many more frames of the WebSocket `ws` were handed to the transport.
    pub fn wrote(&mut self, now: Instant, ws: WsKey, frames: u64) {
        self.pass(now);
        let Some((session, mut cx)) = self.live(ws.session) else { return };
        session.wrote(&mut cx, ws, frames);
        // Only a session that is about to end waits for that.
        if session.is_closing() {
            self.touch(ws.session);
        }
    }
}

/// What the application does.
impl<R> Server<R> {
    /// Queues a message.
    ///
    /// # Errors
    /// If it cannot be queued; the error says why and gives the message back.
    pub fn send(&mut self, session: SessionKey, message: impl Into<Outgoing>) -> Result<(), SendError> {
        self.send_with(session, message.into(), |session, cx, message| session.send(cx, message))
    }

    /// Queues a message and names it, so that [`Action::Sent`] can tell when it was handed to the transport. If
    /// the session ends first, that is never said.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_tracked(&mut self, session: SessionKey, message: impl Into<Outgoing>) -> Result<SendId, SendError> {
        self.send_with(session, message.into(), |session, cx, message| session.send_tracked(cx, message))
    }

    /// Queues messages next to each other: all of them, or none. A `Vec` of messages is taken as it is, without another
    /// allocation.
    ///
    /// # Errors
    /// As [`send`](Self::send), with all messages.
    pub fn send_many(
        &mut self,
        session: SessionKey,
        messages: impl IntoIterator<Item: Into<Outgoing>>,
    ) -> Result<(), SendError<Vec<Outgoing>>> {
        let messages = messages.into_iter().map(Into::into).collect();
        self.send_with(session, messages, |session, cx, messages| session.send_many(cx, messages))
    }

    /// Closes a session in an orderly way: what is queued still leaves, and the peer is told. Ends at the latest
    /// after the close timeout.
    pub fn close(&mut self, now: Instant, session: SessionKey) {
        self.pass(now);
        self.with(session, |session, cx| session.close(cx, CloseCode::None));
    }

    /// Ends a session at once; what is queued is dropped.
    pub fn discard(&mut self, now: Instant, session: SessionKey) {
        self.pass(now);
        self.with(session, Session::discard);
    }

    /// [Closes](Self::close) all sessions because the server goes away.
    pub fn close_all(&mut self, now: Instant) {
        self.pass(now);
        for key in self.keys() {
            self.with(key, |session, cx| session.close(cx, CloseCode::GoingAway));
        }
    }
}

/// Time, and what is to be done.
impl<R> Server<R> {
    /// When [`timeout`](Self::timeout) is to be called; `None` while there is no session. It may be earlier than
    /// anything that is due: the call then finds the right time.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.agenda.first()
    }

    /// Lets time pass. Calls that come early or too often do no harm.
    pub fn timeout(&mut self, now: Instant) {
        self.pass(now);
    }

    /// What must happen now; ask until there is nothing.
    ///
    /// What one session puts out is in order. What an application is to learn from an input comes before the
    /// answers that the input caused, so that a host can hold the answer to a POST back until there is room for
    /// its messages.
    #[must_use = "whoever waits for it waits for ever"]
    pub fn poll(&mut self) -> Option<Action<R>> {
        loop {
            match self.out.facts.pop_front() {
                Some(Fact::Event(key, event)) => return Some(Action::Event(key, event)),
                Some(Fact::Sent(key, id)) => return Some(Action::Sent(key, id)),
                Some(Fact::Writable(key)) => return Some(Action::Writable(key)),
                Some(Fact::Unsent(key, unsent)) => return Some(Action::Unsent(key, unsent)),
                None => {}
            }
            // As mostly.
            if !self.out.is_empty() {
                if let Some(answer) = self.out.next_answer() {
                    return Some(Action::Answer(answer));
                }
                if let Some((ws, code)) = self.out.next_dying() {
                    return Some(Action::CloseWs(ws, code));
                }
            }
            let key = *self.ready.front()?;
            let action = self.poll_ready(key);
            if action.is_some() {
                return action;
            }
        }
    }

    /// Whether [`poll`](Self::poll) has nothing to say, and the [`deadline`](Self::deadline) is what it was when that
    /// said so last: a look that is cheaper than to ask.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.ready.is_empty() && self.out.is_empty()
    }

    /// What may be written to the WebSocket `ws` once it takes something. `None` if there is nothing, or if it
    /// is no session's any more.
    #[must_use = "a frame that was taken is to be written"]
    pub fn poll_frame(&mut self, ws: WsKey) -> Option<OutFrame> {
        let mut next = None;
        self.poll_frames(ws, |frame| {
            next = Some(frame);
            false
        });
        next
    }

    /// As [`poll_frame`](Self::poll_frame) again and again, and cheaper: until there is nothing, or until `take`, which
    /// each frame is given to, returns that it wants no more. Returns whether there is nothing more.
    pub fn poll_frames(&mut self, ws: WsKey, take: impl FnMut(OutFrame) -> bool) -> bool {
        self.frames_of(ws, take)
    }
}

/// How one begins.
impl<R> Server<R> {
    /// Makes an empty registry.
    ///
    /// `shard` comes back in the [keys](SessionKey::shard) of its sessions. `hash_key` is secret entropy.
    #[must_use]
    pub fn new(config: Config, shard: u16, hash_key: [u64; 2]) -> Self {
        Self {
            config,
            shard,
            hash_key,
            now: Instant::EPOCH,
            slots: Vec::new(),
            free: Vec::new(),
            by_sid: BTreeMap::new(),
            agenda: Agenda::default(),
            ready: VecDeque::new(),
            out: Outlet::default(),
            exchanges: 0,
        }
    }
}
