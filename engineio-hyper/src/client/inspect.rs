//! A look at what a client says and hears.

use engineio_proto::{Frame, OutFrame, UpgradeFault};
use http::Method;
use std::sync::Arc;

/// What a client tells whoever [inspects](crate::ClientBuilder::inspect) it: everything that goes over its
/// transports, before it is decoded and after it is encoded, and how its upgrade went.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Note<'n> {
    /// A request is about to be sent.
    Request {
        /// GET or POST.
        method: &'n Method,
        /// Path and query. The session id in it is a secret.
        target: &'n str,
        /// The payload; a GET has none.
        body: &'n [u8],
    },
    /// The last request of this method is sent again, on a new connection: the server had closed the connection that the
    /// request was sent on before any byte of a response.
    Resending {
        /// GET or POST.
        method: &'n Method,
    },
    /// A request was answered.
    Response {
        /// The request's method.
        method: &'n Method,
        /// The HTTP status.
        status: u16,
        /// The payload, or whatever else the server sent.
        body: &'n [u8],
    },
    /// A WebSocket is about to be opened.
    Dialing {
        /// Path and query. The session id in it is a secret.
        target: &'n str,
    },
    /// A WebSocket is open.
    Connected,
    /// A WebSocket message is about to be sent.
    Sending(&'n OutFrame),
    /// A WebSocket message arrived.
    Received(&'n Frame),
    /// The session is on WebSocket from here on.
    Upgraded,
    /// The session could not be brought to WebSocket and goes on polling.
    UpgradeFailed(UpgradeFault),
}

/// Who looks, if anybody does.
#[derive(Clone, Default)]
pub(super) struct Inspector(pub(super) Option<Arc<Inspect>>);

type Inspect = dyn Fn(Note<'_>) + Send + Sync;

impl Inspector {
    pub(super) fn note(&self, note: Note<'_>) {
        if let Some(inspect) = &self.0 {
            inspect(note);
        }
    }
}
