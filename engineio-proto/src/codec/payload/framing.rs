//! How the packets of one HTTP body are told apart.

use crate::{Encoding, Version};

/// Stands between two packets of protocol 4. There is no escape for it, so no text of a payload may hold it.
pub(super) const SEPARATOR: u8 = 0x1e;

/// Stands in front of a binary message that is base64.
pub(super) const BASE64: u8 = b'b';

/// Stands behind the length of a packet, where lengths are bytes of their own.
pub(super) const LENGTH_END: u8 = 0xff;

/// How the packets of one HTTP body are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// By a separator (protocol 4).
    Separated,
    /// By their lengths (protocol 3).
    Measured(Lengths),
}

/// How the lengths are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lengths {
    /// As text: a number of UTF-16 units and a colon. Binary is base64.
    Counted,
    /// As bytes: 1 for binary or 0 for text, a number of bytes, each of its decimal digits a byte from 0 to 9, and
    /// a byte `ff`.
    Marked,
}

/// What a packet is, as far as that can be seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Text. The type is this digit, or a byte that is none.
    Text(u8),
    /// A binary message, as base64.
    Base64,
    /// A binary message, as it is.
    Binary,
    /// Nothing where a packet could be: protocol 3 writes an empty payload as `0:`.
    Nothing,
}

impl Framing {
    /// How a body is framed that arrives.
    pub(super) const fn of_body(encoding: Encoding) -> Self {
        match encoding.version() {
            Version::V4 => Self::Separated,
            Version::V3 if encoding.is_octet_stream() => Self::Measured(Lengths::Marked),
            Version::V3 => Self::Measured(Lengths::Counted),
        }
    }

    /// How packets are to be framed. Whether there is a `binary` message among them matters to protocol 3.
    pub(super) fn of_packets(encoding: Encoding, binary: impl FnOnce() -> bool) -> Self {
        match encoding.version() {
            Version::V4 => Self::Separated,
            Version::V3 if !encoding.is_text_only() && binary() => Self::Measured(Lengths::Marked),
            Version::V3 => Self::Measured(Lengths::Counted),
        }
    }
}
