//! Why an upgrade of a client failed.

use crate::WsEnd;

pub use crate::session::CallFault;

/// Why an upgrade to WebSocket failed. The session goes on polling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeFault {
    /// The WebSocket could not be opened.
    #[error("{0}")]
    Call(CallFault),
    /// The WebSocket ended before the session was on it.
    #[error("the websocket ended")]
    Closed(WsEnd),
    /// The server did not answer the probe with `3probe`.
    #[error("the probe was answered wrongly")]
    Answer,
    /// It took longer than [`ClientConfig::upgrade_timeout`](crate::ClientConfig::upgrade_timeout).
    #[error("the upgrade timed out")]
    Timeout,
}
