//! The client: one session, from its first request to its end.

use super::action::ClientAction;
use super::call::{Call, Dial, Settlement};
use super::config::ClientConfig;
use super::fault::CallFault;
use super::session::Session;
use crate::{
    ClientWsKey, CloseReason, Frame, Handshake, Instant, OutFrame, Outgoing, SendError, SendId, SessionId, Transport,
    WsEnd,
};
use alloc::vec::Vec;
use core::iter;

/// One session with a server, as its client sees it.
///
/// The methods are of these families:
///
/// - what became of its calls: [`response`](Self::response), [`failed`](Self::failed),
///   [`connected`](Self::connected);
/// - what a WebSocket does: [`frame`](Self::frame), [`wrote`](Self::wrote), [`ws_closed`](Self::ws_closed);
/// - what the application does: [`send`](Self::send) and its kin, [`close`](Self::close),
///   [`discard`](Self::discard), [`end`](Self::end);
/// - time: [`timeout`](Self::timeout), [`deadline`](Self::deadline);
/// - what is to be done: [`poll`](Self::poll), [`poll_frame`](Self::poll_frame).
///
/// They may be called in any order and as many of them as one likes before the next [`poll`](Self::poll): what
/// it returns is derived from the state. So it is enough to poll until `None` after each call or each batch of
/// calls, and then to look at the [`deadline`](Self::deadline). An input that comes at a deadline or later finds it
/// passed, whether [`timeout`](Self::timeout) was called before or not.
///
/// ```
/// use engineio_proto::{Client, ClientAction, ClientConfig, ClientEvent, ClientStart, Instant, Message};
///
/// let now = Instant::EPOCH;
/// let config = ClientConfig::builder().upgrade(false).cache_buster(false).build().unwrap();
/// let mut client = Client::open(now, config, ClientStart::default());
///
/// // The handshake.
/// let Some(ClientAction::Get { call, target }) = client.poll() else { panic!() };
/// assert_eq!(target, "/engine.io/?EIO=4&transport=polling");
/// let body = r#"0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
/// client.response(now, call.decode(200, body.into()));
/// assert!(matches!(client.poll(), Some(ClientAction::Event(ClientEvent::Open(_)))));
///
/// // From now on one GET waits for what the server has to say,
/// let Some(ClientAction::Get { call: get, target }) = client.poll() else { panic!() };
/// assert_eq!(target, "/engine.io/?EIO=4&transport=polling&sid=abc");
///
/// // and POSTs carry what the client has to say.
/// client.send(now, "hello").unwrap();
/// let Some(ClientAction::Post { call: post, body, .. }) = client.poll() else { panic!() };
/// assert_eq!(body.encode(), "4hello");
/// client.response(now, post.decode(200, "ok".into()));
///
/// client.response(now, get.decode(200, "4hello yourself".into()));
/// let Some(ClientAction::Event(ClientEvent::Messages(mut messages))) = client.poll() else { panic!() };
/// assert_eq!(messages.next(), Some(Message::from("hello yourself")));
/// ```
#[derive(Debug)]
pub struct Client(Session);

/// What a client is to know about itself, apart from its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientStart {
    /// A number that no other client of the host has: the names of its calls and sockets carry it, so that one
    /// that is handed to another client is a no-op there.
    pub key: u64,
    /// What its parameter `t` begins with: a number that differs from one client and one run to the next, such as
    /// the time in milliseconds.
    pub cache_buster: u64,
    /// Whether the host remembers that WebSocket has worked with this very server before: then it goes first, and
    /// the configured order counts only if it fails. That is the reference's `rememberUpgrade`, but for each
    /// server on its own.
    pub websocket_worked: bool,
}

/// What became of its calls.
impl Client {
    /// The server has answered a call.
    pub fn response(&mut self, now: Instant, settlement: Settlement) {
        self.0.response(now, settlement);
    }

    /// A call came to nothing.
    #[expect(clippy::needless_pass_by_value, reason = "a call that is settled is gone")]
    pub fn failed<K>(&mut self, now: Instant, call: Call<K>, fault: CallFault) {
        self.0.failed(now, &call, fault);
    }

    /// A WebSocket is open: from now on its messages are [frames](Self::frame) of this name. `None` if nobody
    /// wants it any more: end it.
    #[must_use = "a socket that nobody wants is to be ended"]
    #[expect(clippy::needless_pass_by_value, reason = "a call that is settled is gone")]
    pub fn connected(&mut self, now: Instant, call: Call<Dial>) -> Option<ClientWsKey> {
        self.0.connected(now, &call)
    }
}

/// What a WebSocket does.
impl Client {
    /// One whole message on the WebSocket `ws`. One that is not the session's any more is ignored.
    pub fn frame(&mut self, now: Instant, ws: ClientWsKey, frame: Frame) {
        self.0.frame(now, ws, frame);
    }

    /// How many more frames of the WebSocket `ws` were handed to the transport.
    pub fn wrote(&mut self, now: Instant, ws: ClientWsKey, frames: u64) {
        self.0.wrote(now, ws, frames);
    }

    /// The WebSocket `ws` is gone.
    pub fn ws_closed(&mut self, now: Instant, ws: ClientWsKey, end: WsEnd) {
        self.0.ws_closed(now, ws, end);
    }
}

/// What the application does.
impl Client {
    /// Queues a message. It may be queued before the session is open.
    ///
    /// # Errors
    /// If it cannot be queued; the error says why and gives the message back.
    pub fn send(&mut self, now: Instant, message: impl Into<Outgoing>) -> Result<(), SendError> {
        self.0.pass(now);
        self.0.send(message.into())
    }

    /// Queues a message and names it, so that [`ClientAction::Sent`] can tell when it was accepted. If the session
    /// ends first, that is never said.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_tracked(&mut self, now: Instant, message: impl Into<Outgoing>) -> Result<SendId, SendError> {
        self.0.pass(now);
        self.0.send_tracked(message.into())
    }

    /// Queues messages next to each other: all of them, or none. A `Vec` of messages is taken as it is, without another
    /// allocation.
    ///
    /// # Errors
    /// As [`send`](Self::send), with all messages.
    pub fn send_many(
        &mut self,
        now: Instant,
        messages: impl IntoIterator<Item: Into<Outgoing>>,
    ) -> Result<(), SendError<Vec<Outgoing>>> {
        self.0.pass(now);
        self.0.send_many(messages.into_iter().map(Into::into).collect())
    }

    /// Closes the session in an orderly way: what is queued still leaves, and the server is told. If it is not
    /// open yet, its handshake is waited for only where the server would otherwise keep a session that nobody
    /// knows of, or where something is queued. Ends at the latest after the close timeout.
    pub fn close(&mut self, now: Instant) {
        self.0.pass(now);
        self.0.close();
    }

    /// Ends the session at once; what is queued is dropped.
    pub fn discard(&mut self, now: Instant) {
        self.0.pass(now);
        self.0.shut(CloseReason::ForcedClose);
    }

    /// [Discards](Self::discard) the session and gives out what is left to be done.
    ///
    /// A call can be settled as long as there is a session:
    ///
    /// ```
    /// # use engineio_proto::{Call, Client, Instant};
    /// fn last(mut client: Client, now: Instant, get: Call) {
    ///     client.response(now, get.decode(200, "6".into()));
    ///     client.end(now).for_each(drop);
    /// }
    /// ```
    ///
    /// After its end that does not compile:
    ///
    /// ```compile_fail,E0382
    /// # use engineio_proto::{Call, Client, Instant};
    /// fn last(mut client: Client, now: Instant, get: Call) {
    ///     client.end(now).for_each(drop);
    ///     client.response(now, get.decode(200, "6".into()));
    /// }
    /// ```
    #[must_use = "connections are to be closed"]
    pub fn end(mut self, now: Instant) -> impl Iterator<Item = ClientAction> {
        self.discard(now);
        iter::from_fn(move || self.poll())
    }
}

/// Time, and what is to be done.
impl Client {
    /// When [`timeout`](Self::timeout) is to be called; `None` once the session is over.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    /// Lets time pass. Calls that come early or too often do no harm.
    pub fn timeout(&mut self, now: Instant) {
        self.0.pass(now);
    }

    /// What must happen now; ask until there is nothing.
    #[must_use = "whoever waits for it waits for ever"]
    pub fn poll(&mut self) -> Option<ClientAction> {
        self.0.poll()
    }

    /// What may be written to the WebSocket `ws` once it takes something. `None` if there is nothing, or if it is
    /// not the session's any more.
    #[must_use = "a frame that was taken is to be written"]
    pub fn poll_frame(&mut self, ws: ClientWsKey) -> Option<OutFrame> {
        self.0.poll_frame(ws)
    }
}

/// What there is.
impl Client {
    /// Begins to open a session.
    #[must_use]
    pub fn open(now: Instant, config: ClientConfig, start: ClientStart) -> Self {
        let ClientStart { key, cache_buster, websocket_worked } = start;
        Self(Session::open(now, config, key, cache_buster, websocket_worked))
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &ClientConfig {
        self.0.config()
    }

    /// What the server said when the session opened; `None` before.
    #[must_use]
    pub const fn handshake(&self) -> Option<&Handshake<SessionId>> {
        self.0.handshake()
    }

    /// The transport that the session is on; `None` before it is open and after it has ended.
    #[must_use]
    pub const fn transport(&self) -> Option<Transport> {
        self.0.transport()
    }

    /// The transport that the session is on, or was on when it ended; `None` if it was never open.
    #[must_use]
    pub fn last_transport(&self) -> Option<Transport> {
        self.0.last_transport()
    }

    /// How much waits for the server: messages, and their bytes.
    #[must_use]
    pub fn queued(&self) -> (usize, usize) {
        self.0.queued()
    }

    /// Whether the session is over, so that nothing will come of any further input.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// For model checkers (feature `model`).
#[cfg(feature = "model")]
impl Client {
    /// A second client in the same state, for looking at what would come of an input.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(self.0.clone())
    }

    /// Appends what this client looks like: the same for clients that will do the same from here on.
    pub fn add_to(&self, fingerprint: &mut crate::Fingerprint) {
        crate::model::Canonical::write(&self.0, fingerprint);
    }
}
