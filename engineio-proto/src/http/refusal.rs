//! Requests that are refused, and how the peer is told (protocol: error codes 0 to 5).

use alloc::{borrow::Cow, format};
use bytes::Bytes;

/// Why a request was refused. The peer is told by the status and, for the protocol's own errors, by a JSON
/// body such as `{"code":1,"message":"Session ID unknown"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// Code 0: the `transport` parameter is missing, unknown, or names a transport that is switched off.
    UnknownTransport,
    /// Code 1: no session has this id.
    UnknownSid,
    /// Code 2: a handshake is a GET.
    BadHandshakeMethod,
    /// Code 3.
    BadRequest(BadRequest),
    /// Code 4: the application refused the handshake, with its message or the protocol's own `Forbidden`.
    Forbidden(Option<Cow<'static, str>>),
    /// Code 5: the `EIO` parameter names no protocol version that is enabled.
    UnsupportedVersion,
    /// 405: a session's requests are GET and POST.
    MethodNotAllowed,
    /// 415: bodies are not taken in a content encoding.
    ContentEncoding,
    /// 414: the query is longer than can be of use.
    QueryTooLong,
    /// 503: there are as many sessions as are allowed, or the server is shutting down.
    Overloaded,
}

/// What is wrong with a request that is refused with code 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BadRequest {
    /// `EIO`, `transport` or `sid` is there twice, with different values.
    #[error("a parameter was given twice")]
    DuplicateParameter,
    /// The session is on another transport than the request names.
    #[error("transport mismatch")]
    TransportMismatch,
    /// The request names another protocol version than the session's.
    #[error("protocol version mismatch")]
    VersionMismatch,
    /// `transport=websocket` without an upgrade, or an upgrade with another transport.
    #[error("transport handshake error")]
    TransportHandshake,
    /// The session may not be upgraded.
    #[error("upgrades are not allowed")]
    UpgradesDisabled,
    /// A handshake asks for JSONP by the parameter `j`, and the server does not allow it.
    #[error("JSONP is not allowed")]
    JsonpDisabled,
    /// The `j` parameter of a handshake is not 1 to 10 digits.
    #[error("invalid JSONP callback")]
    Jsonp,
    /// The `Origin` header holds characters that it cannot hold.
    #[error("invalid origin")]
    InvalidOrigin,
    /// The payload of a POST could not be decoded, or says what a client must not.
    #[error("invalid payload")]
    Payload,
    /// No session id could be made that is not taken.
    #[error("session id could not be generated")]
    IdGeneration,
}

impl Refusal {
    /// The protocol's error code; `None` where the status says it all.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        match self {
            Self::UnknownTransport => Some(0),
            Self::UnknownSid => Some(1),
            Self::BadHandshakeMethod => Some(2),
            Self::BadRequest(_) => Some(3),
            Self::Forbidden(_) => Some(4),
            Self::UnsupportedVersion => Some(5),
            Self::MethodNotAllowed | Self::ContentEncoding | Self::QueryTooLong | Self::Overloaded => None,
        }
    }

    /// The protocol's message for the code, or the application's own.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSid => "Session ID unknown",
            Self::BadHandshakeMethod => "Bad handshake method",
            Self::BadRequest(_) => "Bad request",
            Self::Forbidden(Some(message)) => message,
            Self::Forbidden(None) => "Forbidden",
            Self::UnsupportedVersion => "Unsupported protocol version",
            Self::MethodNotAllowed => "Method not allowed",
            Self::ContentEncoding => "Unsupported content encoding",
            Self::QueryTooLong => "Query too long",
            Self::Overloaded => "Service unavailable",
        }
    }

    /// The HTTP status. An upgrade request is answered 400 where a plain one is answered 403, as the reference
    /// does.
    #[must_use]
    pub const fn status(&self, upgrade: bool) -> u16 {
        match self {
            Self::Forbidden(_) if !upgrade => 403,
            Self::MethodNotAllowed => 405,
            Self::QueryTooLong => 414,
            Self::ContentEncoding => 415,
            Self::Overloaded => 503,
            _ => 400,
        }
    }

    /// The JSON body; empty where the refusal has no code.
    #[must_use]
    pub fn body(&self) -> Bytes {
        let Some(code) = self.code() else { return Bytes::new() };
        let message = serde_json::Value::from(self.message());
        Bytes::from(format!(r#"{{"code":{code},"message":{message}}}"#))
    }
}

impl From<BadRequest> for Refusal {
    fn from(reason: BadRequest) -> Self {
        Self::BadRequest(reason)
    }
}
