//! How a client gets its connections.

use super::proxy::HttpProxy;
use hyper::rt::{Read, Write};
use std::{future::Future, io};

/// How a client gets its connections: a runtime's TCP streams, with TLS around them if asked for, or whatever else
/// leads to the server.
///
/// Its clones are to do the same. A client that polls has up to two connections, and one more for the WebSocket.
pub trait Connector: Clone + Send + Sync + 'static {
    /// A connection, as hyper wants it.
    type Io: Read + Write + Send + Unpin + 'static;

    /// Opens a connection. The future is dropped when it takes too long.
    ///
    /// # Errors
    /// If it cannot.
    fn connect(&self, to: &Endpoint) -> impl Future<Output = io::Result<Self::Io>> + Send;

    /// Whether it can connect to an [endpoint](Endpoint::secure) that asks for TLS. Unless this is overridden it
    /// cannot, and is not asked to.
    fn offers_tls(&self) -> bool {
        false
    }
}

/// A [`Connector`] that connects by TLS, with settings of the application's; see
/// [`ClientBuilder::tls`](crate::ClientBuilder::tls).
#[cfg(feature = "rustls")]
pub trait SecureConnector: Connector {
    /// Uses these settings for endpoints that [ask for TLS](Endpoint::secure).
    #[must_use]
    fn with_tls(self, tls: crate::ClientTls) -> Self;
}

/// A [`Connector`] that can connect through an HTTP proxy; see [`ClientBuilder::proxy`](crate::ClientBuilder::proxy).
pub trait ProxyConnector: Connector {
    /// Connects through this proxy, with TLS inside of the tunnel where the endpoint [asks for it](Endpoint::secure).
    #[must_use]
    fn with_proxy(self, proxy: HttpProxy) -> Self;
}

/// Where a client connects to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    host: String,
    port: u16,
    secure: bool,
}

impl Endpoint {
    pub(super) const fn new(host: String, port: u16, secure: bool) -> Self {
        Self { host, port, secure }
    }

    /// The host: a name, or an address, which has no brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is to be a TLS one, for this host's name.
    #[must_use]
    pub const fn secure(&self) -> bool {
        self.secure
    }
}
