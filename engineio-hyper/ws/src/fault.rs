//! What a peer can do wrong.

use crate::CloseCode;

/// How the peer broke the protocol. Nothing after it can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A reserved bit is set that no extension gave a meaning.
    #[error("a reserved bit is set")]
    ReservedBit,
    /// The frame is of no known kind.
    #[error("opcode {0:#x} is reserved")]
    Opcode(u8),
    /// A control frame is in fragments, or longer than 125 bytes.
    #[error("a control frame is fragmented or too long")]
    Control,
    /// A client did not mask its frame.
    #[error("a frame of the client is not masked")]
    Unmasked,
    /// A server masked its frame.
    #[error("a frame of the server is masked")]
    Masked,
    /// A continuation of nothing.
    #[error("there is nothing to be continued")]
    Continuation,
    /// A message began before the one before had ended.
    #[error("a message began inside another")]
    Interleaved,
    /// A Close frame holds one byte.
    #[error("half a close code")]
    ClosePayload,
    /// A Close frame holds a code that must not be sent.
    #[error("close code {0} must not be sent")]
    CloseCode(u16),
    /// Text, or the reason in a Close frame, is not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// A message is over the limit, by what its frames' headers claim or by what it inflates to.
    #[error("the message is too large")]
    TooLarge,
    /// What is to be a compressed message is not.
    #[error("the compressed message is broken")]
    Deflate,
}

impl Fault {
    /// The code to close with.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Utf8 => CloseCode::INVALID_DATA,
            Self::TooLarge => CloseCode::TOO_LARGE,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
