//! Session ids.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use core::{cmp, fmt, hash, str};

/// A session id: what the peer shows to be let back into its session.
///
/// It is a bearer secret, so its [`Debug`](fmt::Debug) shows only the first characters; use
/// [`Display`](fmt::Display) or [`as_str`](Self::as_str) where the peer is to read it. It consists of 1 to 47
/// unreserved URL characters (`A-Z a-z 0-9 - _ . ~`), so it needs no escaping in a query, in JSON or in a
/// cookie.
///
/// ```
/// use engineio_proto::Sid;
///
/// let sid = Sid::from_entropy([7; 15]);
/// assert_eq!(sid.as_str().len(), 20);
/// assert_eq!(sid.to_string().parse(), Ok(sid));
/// assert!(!format!("{sid:?}").contains(sid.as_str()));
/// assert!("not a sid".parse::<Sid>().is_err());
/// ```
#[derive(Clone, Copy)]
pub struct Sid {
    len: u8,
    /// Zero beyond `len`.
    bytes: [u8; Self::MAX_LEN],
}

/// A text that cannot be a session id: empty, over 47 bytes, or with a character that is not unreserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a session id is 1 to 47 characters out of A-Z a-z 0-9 - _ . ~")]
pub struct InvalidSid;

/// Which bytes an id may have: a look takes less than comparisons.
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    #[expect(clippy::indexing_slicing, reason = "at compile time, and within bounds")]
    while byte < table.len() {
        table[byte] = matches!(byte as u8, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~');
        byte += 1;
    }
    table
};

impl Sid {
    /// The longest session id, in bytes: a UUID with its hyphens fits.
    pub const MAX_LEN: usize = 47;

    /// Makes the default kind of session id, 20 characters of base64url, from 15 bytes of entropy.
    ///
    /// The entropy must come from a cryptographically secure source: whoever guesses an id owns the session.
    #[must_use]
    pub fn from_entropy(entropy: [u8; 15]) -> Self {
        let mut bytes = [0; Self::MAX_LEN];
        // 15 bytes are exactly 20 characters and the buffer is longer, so this cannot fail.
        let len = URL_SAFE_NO_PAD.encode_slice(entropy, &mut bytes).unwrap_or_default();
        Self { len: u8::try_from(len).unwrap_or_default(), bytes }
    }

    /// The id as the peer reads it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Whether an id may hold this byte.
    #[inline]
    pub(crate) fn is_unreserved(byte: u8) -> bool {
        UNRESERVED.get(usize::from(byte)).is_some_and(|unreserved| *unreserved)
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Reads an id as the peer writes it.
    pub(crate) fn read(text: &[u8]) -> Result<Self, InvalidSid> {
        if text.is_empty() || !text.iter().copied().all(Self::is_unreserved) {
            return Err(InvalidSid);
        }
        let mut bytes = [0; Self::MAX_LEN];
        bytes.get_mut(..text.len()).ok_or(InvalidSid)?.copy_from_slice(text);
        Ok(Self { len: u8::try_from(text.len()).map_err(|_| InvalidSid)?, bytes })
    }
}

impl str::FromStr for Sid {
    type Err = InvalidSid;

    fn from_str(text: &str) -> Result<Self, InvalidSid> {
        Self::read(text.as_bytes())
    }
}

impl PartialEq for Sid {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Sid {}

impl AsRef<str> for Sid {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialOrd for Sid {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sid {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl hash::Hash for Sid {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({}…)", self.as_str().get(..4).unwrap_or_default())
    }
}
