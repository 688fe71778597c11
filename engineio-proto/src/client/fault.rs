//! What goes wrong on a client's side of the network.

use crate::WsEnd;

/// Why a call came to nothing, as the host that made it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CallFault {
    /// No connection to the server could be made.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The connection failed, or ended without a response.
    #[error("connection lost")]
    Connection,
    /// What came back is not HTTP, or not what was asked for.
    #[error("the response cannot be understood")]
    Protocol,
    /// The response is longer than [`ClientConfig::max_response`](crate::ClientConfig::max_response).
    #[error("the response is too large")]
    TooLarge,
    /// Instead of opening a WebSocket, the server answered with this HTTP status.
    #[error("the server answered the upgrade with status {0}")]
    Refused(u16),
}

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
