//! Close codes (RFC 6455, section 7.4).

use core::fmt;

/// A close code that may be sent.
///
/// The codes that must not be are not values of this type:
///
/// ```
/// use engineio_ws::CloseCode;
///
/// assert_eq!(CloseCode::new(1000), Some(CloseCode::NORMAL));
/// assert_eq!(CloseCode::new(1005), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// A server shuts down, or a browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// Text was not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// A message was too large.
    pub const TOO_LARGE: Self = Self(1009);

    /// `None` for a code that must not be sent: what has no meaning yet, and what stands for there being no code.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
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
    fn only_codes_that_may_be_sent_are_codes() {
        let legal = (0..=u16::MAX).filter(|code| CloseCode::new(*code).is_some());
        assert!(legal.eq((1000..=1003).chain(1007..=1014).chain(3000..=4999)));
    }
}
