//! Why a call of a client came to nothing.

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
