//! Where a server gets its connections from.

use hyper::rt::{Read, Write};
use std::{future::Future, io, net::SocketAddr};

/// Where [`serve`](crate::serve) gets its connections from, such as a runtime's TCP listener.
pub trait Listener: Send {
    /// A connection, as hyper wants it.
    type Io: Read + Write + Send + Unpin + 'static;

    /// Accepts a connection and returns it with its peer's address. It must be cancel-safe.
    ///
    /// # Errors
    /// If it cannot. No error is final: `accept` is called again, at once where the error is the connection's own and
    /// otherwise after a pause of 100 ms.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Io, SocketAddr)>> + Send;
}

/// A [`Listener`] that can do TLS.
#[cfg(feature = "rustls")]
pub trait TlsListener: Listener {
    /// Does TLS on each connection that is accepted from now on. The handshake must be a part of the connection and not
    /// of [`accept`](Listener::accept), as it waits for the peer: see [`MaybeTls::accepting`](crate::MaybeTls::accepting).
    fn set_tls(&mut self, tls: crate::ServerTls);
}
