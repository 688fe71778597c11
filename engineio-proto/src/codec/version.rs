//! The revisions of the protocol.

/// A revision of the protocol, as named by the `EIO` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Version {
    /// Revision 3: the client pings; a payload's packets are told apart by their lengths, and may be binary as they
    /// are.
    V3,
    /// Revision 4: the server pings; a payload's packets are separated by U+001E and binary is base64.
    V4,
}

impl Version {
    /// The number by which the `EIO` parameter names it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}
