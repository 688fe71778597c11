//! What can be wrong with a packet.

/// What is wrong with a packet that a peer sent. Any of these ends the session with
/// [`CloseReason::ParseError`](crate::CloseReason::ParseError).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// There is not even a type: an empty body, two separators in a row, or a trailing one.
    #[error("empty packet")]
    Empty,
    /// The first byte names no type.
    #[error("unknown packet type {0:#04x}")]
    UnknownType(u8),
    /// The text is not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// The text after `b` is not base64.
    #[error("invalid base64")]
    Base64,
    /// A length does not fit the payload that it stands in, or is none (protocol 3 tells packets apart by them).
    #[error("invalid packet length")]
    Framing,
    /// The body is no form with one field `d` (JSONP sends a payload as that).
    #[error("not a form with one field `d`")]
    Form,
    /// The payload holds more packets than the configuration allows.
    #[error("too many packets in one payload")]
    TooManyPackets,
}
