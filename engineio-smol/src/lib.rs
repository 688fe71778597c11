//! Engine.IO servers on smol.
#![forbid(unsafe_code)]

mod io;
mod runtime;
mod serve;

pub use io::SmolIo;
pub use runtime::{Sleep, SmolRuntime};
pub use serve::{serve, serve_on};

pub use engineio_hyper::{
    CloseReason, Config, ConfigBuilder, ConfigError, EngineBody, Handler, HangUp, HyperTimer, InvalidSid, Message,
    NotFound, PacketError, RemoteAddr, ResponseFuture, Runtime, SendError, Sid, Socket, Text, Transport,
    TransportFault, Version, WsFault,
};

/// An Engine.IO server without a listener, on smol; see [`engineio_hyper::Engine`].
pub type Engine = engineio_hyper::Engine<SmolRuntime>;

/// Collects the settings of an [`Engine`]; see [`engineio_hyper::EngineBuilder`].
pub type EngineBuilder = engineio_hyper::EngineBuilder<SmolRuntime>;

/// Makes [`EngineService`]s; see [`engineio_hyper::EngineLayer`].
pub type EngineLayer = engineio_hyper::EngineLayer<SmolRuntime>;

/// A tower service; see [`engineio_hyper::EngineService`].
pub type EngineService<S = NotFound> = engineio_hyper::EngineService<SmolRuntime, S>;
