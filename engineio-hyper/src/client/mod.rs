//! The client's side: one task for each session, between its core and its connections.

mod builder;
mod connector;
mod cookies;
mod driver;
mod error;
mod exchange;
mod first_byte;
mod inspect;
mod link;
mod memory;
mod opening;
mod plan;
mod proxy;
mod pump;
mod reconnect;
mod redirect;
mod session;
mod slot;
mod staggered;
mod upgrade;
mod url;

pub use builder::ClientBuilder;
#[cfg(feature = "rustls")]
pub use connector::SecureConnector;
pub use connector::{Connector, Endpoint, ProxyConnector};
pub use error::{ConnectError, ConnectFailure, HeaderError, UrlError};
pub use inspect::Note;
pub use proxy::HttpProxy;
pub use reconnect::Reconnect;
pub(crate) use session::ClientSession;
pub use staggered::connect_staggered;
