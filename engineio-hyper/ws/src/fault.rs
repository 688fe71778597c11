//! Protocol violations by the peer.

use crate::CloseCode;

/// A protocol violation by the peer. No input after it can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A reserved bit is set, and no negotiated extension defines it.
    #[error("a reserved bit of a frame is set")]
    ReservedBit,
    /// The frame's opcode is reserved. Holds the opcode.
    #[error("frame has the reserved opcode {0:#x}")]
    Opcode(u8),
    /// A control frame is fragmented, or its payload is longer than 125 bytes.
    #[error("control frame is fragmented or longer than 125 bytes")]
    Control,
    /// A client sent a frame that is not masked.
    #[error("frame from the client is not masked")]
    Unmasked,
    /// A server sent a masked frame.
    #[error("frame from the server is masked")]
    Masked,
    /// A continuation frame arrived outside a fragmented message.
    #[error("continuation frame without a message to continue")]
    Continuation,
    /// A new message began before the previous fragmented message ended.
    #[error("new message inside a fragmented message")]
    Interleaved,
    /// The payload of a Close frame is one byte long: half a close code.
    #[error("close frame has a payload of one byte")]
    ClosePayload,
    /// A Close frame holds a code that must not be sent. Holds the code.
    #[error("close frame has the code {0}, which must not be sent")]
    CloseCode(u16),
    /// A text message, or the reason in a Close frame, is not UTF-8.
    #[error("text message or close reason is not UTF-8")]
    Utf8,
    /// A message is larger than the limit, by the lengths in its frames' headers or by its decompressed size.
    #[error("message is larger than the limit")]
    TooLarge,
    /// The data of a compressed message is not valid DEFLATE.
    #[error("compressed message is not valid DEFLATE data")]
    Deflate,
}

impl Fault {
    /// Returns the close code that reports this fault to the peer.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Utf8 => CloseCode::INVALID_DATA,
            Self::TooLarge => CloseCode::TOO_LARGE,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
