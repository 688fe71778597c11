//! Engine.IO as a pure state machine: requests, frames, aborts and the passing of time go in, answers, frames and
//! events come out. No sockets, no threads, no clock, no randomness, no `std`.
//!
//! Whoever wants a server for tokio or smol takes `engineio-tokio` or `engineio-smol`, which sit on this crate. Use
//! it directly to put Engine.IO onto another runtime, into another language, or under a fuzzer.
//!
//! # The one linear thing
//!
//! An HTTP exchange is to be answered exactly once, unless its peer goes away first. Here that is no rule to
//! remember. The host's own reply handle, of whatever type `R`, is *moved into* the core with its request. It
//! comes out once: inside an [`Answer`], or handed back by [`Server::abort`]. What was answered, aborted or refused
//! is a value that no longer exists, so writing to it is not a state that a program can be in.
//!
//! | what must not happen | why it does not |
//! |---|---|
//! | write after abort | the handle came back from [`Server::abort`]; the core has none to answer with |
//! | answer twice | [`Answer::into_parts`] consumes the answer, and nothing here can be cloned |
//! | close, then go on upgrading | both consume the same private value |
//! | answer another exchange | the handle travels with its exchange |
//! | forge an answer | its fields are private, and only consuming a handle makes one |
//! | frames on a transport that is no WebSocket | only the states that own a WebSocket can send frames |
//! | two upgrades at once | one state with one place |
//! | messages drained into a dead answer | they leave the queue only when they are moved into an answer |
//! | a timer that outlives its purpose | a deadline is a field of the state that needs it |
//! | a session that is forgotten | each state has a deadline, so there is always a next instant |
//!
//! # How a host runs it
//!
//! 1. [`Router::route`] judges a request by its head, before any lock: it is refused, or it asks for a
//!    [new session](Route::Open), or it [names one](Route::Session).
//! 2. One call goes into the [`Server`]: a request, a body, a frame, an abort, a message to be sent.
//! 3. [`Server::poll`] says what to do, until it says `None`; [`Server::poll_frame`] gives what a WebSocket can
//!    take.
//! 4. At [`Server::deadline`] the host calls [`Server::timeout`].
//!
//! Calls may come in any order, and any number of them before the next poll: what comes out is derived from the
//! state, so nothing that an abort could make stale is ever prepared.
//!
//! # A whole session
//!
//! ```
//! use core::time::Duration;
//! use engineio_proto::{
//!     Action, Config, Event, Frame, Instant, Message, Request, RequestHead, Route, Router, Server, Sid, Verdict,
//! };
//!
//! // `R` is what the host answers a request with; a name is enough here.
//! let config = Config::default();
//! let router = Router::new(config.clone());
//! let mut server = Server::<&str>::new(config, 0, [0x5eed, 0x5eed]);
//! let now = Instant::from_epoch(Duration::from_secs(1));
//!
//! // A handshake over polling. The host decides about it by value, and brings the entropy.
//! let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
//! let Ok(Route::Open(opening)) = router.route(&head) else { panic!("refused") };
//! let sid = Sid::from_entropy([7; 15]);
//! let Ok(ticket) = server.open(now, opening.pending("GET 1").accept(sid)) else { panic!("sid taken") };
//! let session = ticket.session().unwrap();
//!
//! assert!(matches!(server.poll(), Some(Action::Event(_, Event::Open(opened))) if opened.sid == sid));
//! let Some(Action::Answer(answer)) = server.poll() else { panic!("no answer") };
//! // Whether this answer reaches the peer matters, so the session wants to know.
//! assert!(answer.tracked());
//! server.written(now, ticket, engineio_proto::Delivery::Written);
//! let (handle, Verdict::Respond(response)) = answer.into_parts() else { panic!("no response") };
//! assert_eq!((handle, response.status()), ("GET 1", 200));
//! assert!(response.encode().starts_with(b"0{\"sid\":\"BwcHBwcHBwcHBwcHBwcH\""));
//!
//! // A poll is parked until there is something to say.
//! let parked = server.request(now, Request::get(sid), "GET 2");
//! assert!(server.poll().is_none());
//! server.send(session, "hello").unwrap();
//! // Its peer goes away before the host has asked: the handle comes back, and nothing can be written to it.
//! assert_eq!(server.abort(now, parked), Some("GET 2"));
//! let Some(Action::Unsent(_, mut unsent)) = server.poll() else { panic!("no message") };
//! assert_eq!(unsent.next(), Some("hello".into()));
//! assert!(matches!(server.poll(), Some(Action::Event(_, Event::Close(_)))));
//! assert!(server.poll().is_none() && server.deadline().is_none());
//!
//! // Another session begins on WebSocket.
//! let head = RequestHead { query: "EIO=4&transport=websocket", upgrade: true, ..head };
//! let Ok(Route::Open(opening)) = router.route(&head) else { panic!("refused") };
//! let Ok(ticket) = server.open(now, opening.pending("GET 3").accept(sid)) else { panic!("sid taken") };
//! assert!(matches!(server.poll(), Some(Action::Event(_, Event::Open(_)))));
//! let Some(Action::Answer(answer)) = server.poll() else { panic!("no answer") };
//! let (_, Verdict::Upgrade { ws, .. }) = answer.into_parts() else { panic!("no upgrade") };
//! assert!(matches!(server.poll(), Some(Action::FramesReady(ready)) if ready == ws));
//! assert!(server.poll_frame(ws).is_some());
//! server.frame(now, ws, Frame::Text("4héllo".into()));
//! let Some(Action::Event(_, Event::Messages(mut messages))) = server.poll() else { panic!("no message") };
//! assert_eq!(messages.next(), Some(Message::from("héllo")));
//! ```
//!
//! # The states of a session
//!
//! ```text
//!              open                    upgrade             probe, then `5`
//!  Opening ───────────▶ Polling ◀────────────────▶ Probing ───────────────▶ WebSocket
//!     │                    │      failed, late        │                         ▲ │
//!     │                    │      or lost             │                         │ │
//!     └────────────────────┼──────────────────────────┼─────────────────────────┘ │
//!                    close │                    close │                     close │
//!                          ▼                          ▼                           ▼
//!                       Closing ─────────────────▶ Closed ◀── a fault, silence, the peer
//! ```
//!
//! # Crate features
//!
//! - `std` (default): lets the dependencies use the standard library, and base64 the vector instructions of processors
//!   that have them. The crate is the same without it.
//! - `model`: for model checkers; never on by default.
//! - `arbitrary`: `Arbitrary` for the types that go in, for fuzzing what is built on top.

#![no_std]
#![forbid(unsafe_code)]
// Nothing that a peer sends may reach a panic, and nothing may need the standard library.
#![cfg_attr(
    not(test),
    warn(
        clippy::alloc_instead_of_core,
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::std_instead_of_alloc,
        clippy::std_instead_of_core,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod client;
mod codec;
mod http;
mod ids;
#[cfg(feature = "model")]
mod model;
mod proof;
mod server;
mod session;
mod session_id;
mod sid;
mod time;
mod transport;

pub use client::{
    Call, CallFault, Client, ClientAction, ClientConfig, ClientConfigBuilder, ClientConfigError, ClientEvent,
    ClientStart, Dial, Exchange, Settlement, UpgradeFault,
};
pub use codec::{
    Batch, Download, DownloadEnd, Encoding, Frame, Handshake, HandshakeError, InvalidJsonp, Jsonp, Message, Messages,
    Opcode, OutFrame, Outgoing, Packet, PacketError, Text, Upgrades, Upload, UploadEnd, Version,
};
pub use http::{
    Answer, BadRequest, Cookie, CookieBuilder, CookieError, Eio, Query, Refusal, Response, SameSite, Verdict,
};
pub use ids::{CallId, ClientWsKey, SendId, SessionKey, Ticket, WsKey};
#[cfg(feature = "model")]
pub use model::Fingerprint;
pub use server::{
    Action, Admitted, CloseCode, Collision, Config, ConfigBuilder, ConfigError, Delivery, Event, Lobby, LobbyFull,
    LobbyTicket, Opened, Opening, Pending, Request, RequestHead, Route, Router, Server,
};
pub use session::{CloseReason, SendError, TransportFault, Unsent, WsEnd, WsFault};
pub use session_id::{InvalidSessionId, SessionId};
pub use sid::{InvalidSid, Sid};
pub use time::Instant;
pub use transport::Transport;
