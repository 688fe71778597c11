//! The server role.

mod action;
mod agenda;
mod config;
mod lobby;
mod outlet;
mod pending;
mod registry;
mod router;
mod session;

pub use action::{Action, CloseCode, Delivery, Event, Opened};
pub use config::{Config, ConfigBuilder, ConfigError};
pub use lobby::{Lobby, LobbyFull, LobbyTicket};
pub use pending::{Admitted, Collision, Pending};
pub use registry::Server;
pub use router::{Opening, Request, RequestHead, Route, Router};
