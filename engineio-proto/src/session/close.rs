//! Why a session ended.

use super::call_fault::CallFault;
use crate::{HandshakeError, PacketError};
use core::fmt;

/// Why a session ended. Each ends for exactly one reason.
///
/// [`Display`](fmt::Display) is the reference's own string: `forced close`, `ping timeout`, `parse error`,
/// `transport close` or `transport error`. The details are in the variants.
///
/// ```
/// use engineio_proto::{CloseReason, TransportFault};
///
/// let reason = CloseReason::TransportError(TransportFault::GetOverlap);
/// assert_eq!(reason.to_string(), "transport error");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// This side closed it.
    ForcedClose,
    /// The peer did not answer the heartbeat.
    PingTimeout,
    /// The peer sent something that is no packet.
    ParseError(PacketError),
    /// The peer closed it, by a close packet or by closing its WebSocket.
    TransportClose,
    /// The transport failed, or the peer used it as the protocol forbids.
    TransportError(TransportFault),
}

/// What went wrong with a session's transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFault {
    /// A second GET arrived while one was parked.
    #[error("overlap from client")]
    GetOverlap,
    /// A second POST arrived before the first was answered.
    #[error("data request overlap from client")]
    PostOverlap,
    /// The peer gave up a parked GET.
    #[error("poll connection closed prematurely")]
    GetAborted,
    /// The peer gave up a POST.
    #[error("data request connection closed prematurely")]
    PostAborted,
    /// The peer gave up its handshake before it was answered.
    #[error("handshake connection closed prematurely")]
    HandshakeAborted,
    /// An answer that carried packets did not reach the peer.
    #[error("answer could not be delivered")]
    Undelivered,
    /// A POST was larger than `max_payload`.
    #[error("payload too large")]
    PayloadTooLarge,
    /// A POST's body did not arrive in time.
    #[error("data request timed out")]
    BodyTimeout,
    /// A protocol 4 POST claimed to be `application/octet-stream`.
    #[error("invalid content")]
    InvalidContent,
    /// The peer pinged where it should answer pings, or answered where it should ping: protocols 3 and 4 differ in
    /// that.
    #[error("invalid heartbeat direction")]
    HeartbeatDirection,
    /// More arrived on an upgrading WebSocket than can wait for the last POST to end.
    #[error("too much data during the upgrade")]
    UpgradeOverflow,
    /// The WebSocket failed.
    #[error("websocket: {0}")]
    WebSocket(WsFault),
    /// The server's handshake cannot be read. This and all that follow are what a client meets.
    #[error("{0}")]
    Handshake(HandshakeError),
    /// The server said something else before its handshake.
    #[error("no handshake")]
    NoHandshake,
    /// The server sent a handshake into a session that has had its own.
    #[error("a second handshake")]
    SecondHandshake,
    /// The server did not open the session in time.
    #[error("the handshake timed out")]
    OpenTimeout,
    /// The server answered a request with this status and, if its body is one of the protocol's own errors, this
    /// error code.
    #[error("the server answered with status {status}")]
    Status {
        /// The HTTP status, which is not 200.
        status: u16,
        /// The protocol's error code, 0 to 5.
        code: Option<u8>,
    },
    /// A request or a WebSocket's opening failed.
    #[error("{0}")]
    Call(CallFault),
    /// A POST was not answered in time.
    #[error("data request was not answered in time")]
    PostTimeout,
}

/// How a WebSocket failed, as its codec or its connection reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum WsFault {
    /// The peer broke RFC 6455; its codec closes with 1002.
    #[error("protocol error")]
    Protocol,
    /// A text message was not UTF-8; its codec closes with 1007.
    #[error("invalid UTF-8")]
    Utf8,
    /// A message was larger than `max_payload`; its codec closes with 1009.
    #[error("message too large")]
    TooLarge,
    /// The connection failed or ended without a closing handshake.
    #[error("connection lost")]
    Connection,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ForcedClose => "forced close",
            Self::PingTimeout => "ping timeout",
            Self::ParseError(_) => "parse error",
            Self::TransportClose => "transport close",
            Self::TransportError(_) => "transport error",
        })
    }
}

impl From<TransportFault> for CloseReason {
    fn from(fault: TransportFault) -> Self {
        Self::TransportError(fault)
    }
}
