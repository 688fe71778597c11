//! Engine.IO servers on tokio.
#![forbid(unsafe_code)]

mod runtime;
mod serve;

pub use runtime::TokioRuntime;
pub use serve::serve;

pub use engineio_hyper::{
    CloseReason, Config, ConfigBuilder, ConfigError, EngineBody, Handler, HangUp, InvalidSid, Message, NotFound,
    PacketError, RemoteAddr, ResponseFuture, Runtime, SendError, Sid, Socket, Text, Transport, TransportFault, Version,
    WsFault,
};

/// An Engine.IO server without a listener, on tokio; see [`engineio_hyper::Engine`].
pub type Engine = engineio_hyper::Engine<TokioRuntime>;

/// Collects the settings of an [`Engine`]; see [`engineio_hyper::EngineBuilder`].
pub type EngineBuilder = engineio_hyper::EngineBuilder<TokioRuntime>;

/// Makes [`EngineService`]s; see [`engineio_hyper::EngineLayer`].
pub type EngineLayer = engineio_hyper::EngineLayer<TokioRuntime>;

/// A tower service; see [`engineio_hyper::EngineService`].
pub type EngineService<S = NotFound> = engineio_hyper::EngineService<TokioRuntime, S>;
