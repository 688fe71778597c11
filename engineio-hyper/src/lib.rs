//! Engine.IO servers and clients over hyper, on any runtime.
//!
//! This is what the adapters for the runtimes have in common; `engineio-tokio` and `engineio-smol` add a listener
//! and a [`Runtime`], and re-export the rest. The protocol itself is decided by the state machine in
//! [`engineio_proto`]; here are the sockets, the tasks and the locks.
//!
//! An [`Engine`] is built with an [`EngineBuilder`]. It has sessions, each a [`Socket`], and two ways to give them
//! to an application:
//!
//! - [`Engine::accept`] hands them out one by one, to be received from and sent to by a task of your own;
//! - a [`Handler`] is called back, which costs no task and no wake-up.
//!
//! It listens to nothing by itself but is mounted: [`Engine::layer`] is a tower layer for axum and its kin,
//! [`Engine::service`] a tower and hyper service.
//!
//! A client is made with a [`ClientBuilder`]; what it connects is a [`Socket`], too.
//!
//! # How it works
//!
//! ```text
//!   HTTP request ──► exchange ──┐                       ┌──► its answer
//!     (dropped: the peer left)  │     ┌─────────────┐   │
//!   WebSocket ─────► pump ──────┼────►│ shard: lock │───┼──► frames, written in batches
//!     (one task each)           │     │ one call in │   │
//!   Socket, Engine ─────────────┤     │ collect all │   ├──► lane ──► recv, or Handler
//!                               │     │ unlock      │   │    (a session's events, in order,
//!   alarm ──────────────────────┘     └─────────────┘   │     one at a time)
//!     (one timer for a shard)                           └──► alarm
//! ```
//!
//! Sessions are spread over shards by a keyed hash of their ids; a shard is a core behind a lock. Whoever has
//! something to tell a core locks its shard, makes one call, collects what it leads to, unlocks, and only then
//! answers, wakes, calls and drops. So no code of yours or of the runtime's runs under a lock, and a runtime that
//! polls a task from within a waker is fine.
//!
//! | what happens | what the core is told, and by what |
//! |---|---|
//! | the peer leaves a request | hyper drops its future, which a guard reports, as long as it is unanswered |
//! | an answer with packets cannot be delivered | hyper drops its body, which a guard reports |
//! | a WebSocket's task ends, for whatever reason | a guard reports it |
//! | the application does not take its messages | its WebSocket is not read from, its POST not answered |
//! | the peer does not take its messages | sending waits, or says so |
//! | a handler panics | its session is closed; no other notices |
//!
//! What hyper does not see, nobody here does: a peer that vanishes without a word, or that leaves a request after
//! sending the next one on the same connection. The heartbeat ends such sessions.
//!
//! A client's session has a core and a lock of its own, and one task, which makes the calls that the core asks for:
//! GETs over one connection, POSTs over another, both opened anew when the server has closed them, and the WebSocket
//! over a third. It works all three by itself; when it is dropped, what it has begun has failed, and the core is told.
//!
//! hyper needs the crate `tokio` for its channels, on every runtime; the tokio runtime is not among it.
#![forbid(unsafe_code)]

mod admission;
mod alarm;
mod backlog;
#[doc(hidden)]
pub mod bare;
mod body;
mod builder;
mod client;
mod closing;
mod compress;
mod cors;
mod duplex;
mod effects;
mod engine;
mod exchange;
mod finish;
mod gate;
mod guard;
pub mod guide;
mod handler;
mod handshake;
mod hooks;
mod host;
mod hosts;
mod inspect;
mod lane;
mod metrics;
mod observe;
mod origins;
mod pump;
mod receive;
mod respond;
mod responder;
mod role;
mod runtime;
mod serve;
mod service;
mod session;
mod shard;
mod shutdown;
mod socket;
mod stream;
mod timed;
mod timer;
#[cfg(feature = "rustls")]
mod tls;
mod turn;
mod upload;
mod waiters;
mod wire;

pub use admission::{Forbidden, HandshakeRequest, Refused};
pub use body::{EngineBody, HangUp};
pub use builder::{BuildError, EngineBuilder};
pub use client::{
    ClientBuilder, ConnectError, ConnectFailure, Connector, Endpoint, HeaderError, HttpProxy, Note, ProxyConnector,
    Reconnect, UrlError, connect_staggered,
};
pub use compress::Compression;
pub use cors::{AnyOriginWithCredentials, Cors};
pub use engine::Engine;
pub use handler::Handler;
pub use inspect::Exchanged;
pub use metrics::Metrics;
pub use origins::{InvalidOrigin, Origins};
pub use runtime::Runtime;
pub use serve::{Forever, Listener, Serve, Serving, serve};

pub use service::{EngineLayer, EngineService, NotFound, RemoteAddr, ResponseFuture};
pub use socket::Socket;
pub use stream::MaybeTls;
pub use timer::HyperTimer;
#[cfg(feature = "rustls")]
pub use {
    client::SecureConnector,
    rustls,
    serve::TlsListener,
    tls::{ClientTls, ServerTls, TlsConfigError},
};

pub use engineio_proto::{
    BadRequest, CallFault, ClientConfigError, CloseReason, Config, ConfigBuilder, ConfigError, Cookie, CookieBuilder,
    CookieError, Frame, HandshakeError, InvalidSessionId, InvalidSid, Message, OutFrame, Outgoing, Packet, PacketError,
    Refusal, SameSite, SendError, SessionId, Sid, Text, Transport, TransportFault, UpgradeFault, Version, WsEnd,
    WsFault,
};
pub use engineio_ws::PerMessageDeflate;
