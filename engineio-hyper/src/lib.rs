//! Engine.IO servers over hyper, on any runtime.
#![forbid(unsafe_code)]

mod alarm;
mod backlog;
mod body;
mod builder;
mod closing;
mod effects;
mod engine;
mod exchange;
mod guard;
mod handler;
mod handshake;
mod host;
mod lane;
mod pump;
mod respond;
mod responder;
mod runtime;
mod service;
mod session;
mod shard;
mod socket;
mod turn;
mod upload;
mod waiters;
mod wire;

pub use body::{EngineBody, HangUp};
pub use builder::EngineBuilder;
pub use engine::Engine;
pub use handler::Handler;
pub use runtime::Runtime;
pub use service::{EngineLayer, EngineService, NotFound, RemoteAddr, ResponseFuture};
pub use socket::Socket;

pub use engineio_proto::{
    CloseReason, Config, ConfigBuilder, ConfigError, InvalidSid, Message, PacketError, SendError, Sid, Text, Transport,
    TransportFault, Version, WsFault,
};
