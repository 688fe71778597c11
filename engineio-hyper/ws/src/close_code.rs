//! Close codes (RFC 6455, section 7.4).

use core::fmt;

/// A close code that an endpoint may put into a Close frame.
///
/// Codes that must not be sent are not values of this type.
///
/// # Examples
/// ```
/// use engineio_ws::CloseCode;
///
/// assert_eq!(CloseCode::new(1000), Some(CloseCode::NORMAL));
/// assert_eq!(CloseCode::new(1005), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the connection fulfilled its purpose.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server shuts down, or the browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer violated the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1007: a text message was not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1009: a message was too large.
    pub const TOO_LARGE: Self = Self(1009);

    /// Returns the close code, or `None` if `code` must not be sent: it is unassigned, or reserved for local use such
    /// as 1005 (no code received).
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Returns the numeric code.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_accepts_exactly_the_sendable_codes() {
        let sendable = (0..=u16::MAX).filter(|code| CloseCode::new(*code).is_some());
        assert!(sendable.eq((1000..=1003).chain(1007..=1014).chain(3000..=4999)));
    }
}
