//! The server role.

mod action;
mod agenda;
mod config;
mod lobby;
#[cfg(feature = "model")]
mod model;
mod outlet;
mod pending;
mod registry;
mod router;
mod session;

pub use action::{Action, CloseCode, Delivery, Event, Opened};
pub use config::{Config, ConfigBuilder, ConfigError};
pub use lobby::{Lobby, LobbyFull, LobbyTicket};
#[cfg(feature = "model")]
pub use model::Fingerprint;
#[cfg(feature = "model")]
pub(crate) use model::{Canonical, canonical};
pub use pending::{Admitted, Collision, Pending};
pub use registry::Server;
pub use router::{Opening, Request, RequestHead, Route, Router};
