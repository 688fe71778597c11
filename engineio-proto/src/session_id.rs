//! Session ids as a client sees them.

use crate::Sid;
use alloc::sync::Arc;
use core::{cmp, fmt, hash, str};

/// A session id of any server: opaque text, which a client sends back as it came.
///
/// It is 1 to 1,024 bytes of UTF-8 without control characters. A server of this crate makes ids of the stricter type
/// [`Sid`], each of which is also a `SessionId`; other servers use any characters. Clones are cheap. Ids compare by
/// their text.
///
/// It is a bearer secret, so its [`Debug`](fmt::Debug) shows only the first characters; use [`Display`](fmt::Display)
/// or [`as_str`](Self::as_str) where the peer is to read it.
///
/// ```
/// use engineio_proto::{SessionId, Sid};
///
/// let id: SessionId = "user:42/Zm9v+YmFy==".parse()?;
/// assert_eq!(id.as_str(), "user:42/Zm9v+YmFy==");
/// assert_eq!(format!("{id:?}"), "SessionId(user…)");
/// assert_eq!(id.sid(), None);
///
/// let sid = Sid::from_entropy([7; 15]);
/// assert_eq!(SessionId::from(sid).sid(), Some(sid));
/// assert!("two\nlines".parse::<SessionId>().is_err());
/// # Ok::<(), engineio_proto::InvalidSessionId>(())
/// ```
#[derive(Clone)]
pub struct SessionId(Repr);

#[derive(Clone)]
enum Repr {
    Sid(Sid),
    /// Anything else.
    Text(Arc<str>),
}

/// A text that cannot be the id of any session: empty, over 1,024 bytes, or with a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a session id is 1 to {} bytes without control characters", SessionId::MAX_LEN)]
pub struct InvalidSessionId;

impl SessionId {
    /// The longest session id that a client accepts, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// The id as the peer reads it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Sid(sid) => sid.as_str(),
            Repr::Text(text) => text,
        }
    }

    /// The id as a server of this crate knows it. `None` if no such server would make it.
    #[must_use]
    pub const fn sid(&self) -> Option<Sid> {
        match &self.0 {
            Repr::Sid(sid) => Some(*sid),
            Repr::Text(_) => None,
        }
    }

    /// The id as a value in a query, with every byte escaped that is not unreserved in a URL.
    pub(crate) fn write_escaped(&self, to: &mut impl fmt::Write) -> fmt::Result {
        for byte in self.as_str().bytes() {
            if Sid::is_unreserved(byte) {
                to.write_char(char::from(byte))?;
            } else {
                write!(to, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

impl From<Sid> for SessionId {
    fn from(sid: Sid) -> Self {
        Self(Repr::Sid(sid))
    }
}

impl str::FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, InvalidSessionId> {
        if let Ok(sid) = text.parse() {
            return Ok(Self(Repr::Sid(sid)));
        }
        if text.is_empty() || text.len() > Self::MAX_LEN || text.chars().any(char::is_control) {
            return Err(InvalidSessionId);
        }
        Ok(Self(Repr::Text(text.into())))
    }
}

impl AsRef<str> for SessionId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for SessionId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for SessionId {}

impl PartialOrd for SessionId {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SessionId {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl hash::Hash for SessionId {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SessionId {
    /// Shows at most four characters, and never more than a quarter of the id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = (self.as_str().chars().count() / 4).min(4);
        f.write_str("SessionId(")?;
        for char in self.as_str().chars().take(shown) {
            write!(f, "{}", char.escape_debug())?;
        }
        f.write_str("…)")
    }
}
