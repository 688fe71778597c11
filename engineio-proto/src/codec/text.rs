//! UTF-8 text that shares its memory.

use alloc::string::String;
use bytes::{Buf, Bytes};
use core::{fmt, ops::Deref, str};

/// UTF-8 text as a cheap slice of shared memory: what `str` is to `[u8]`, this is to [`Bytes`].
///
/// The crate has no unsafe code, so reading the text as a `str` checks it once more, at the speed of memory;
/// passing it on, as an echo does, costs nothing.
///
/// ```
/// use bytes::Bytes;
/// use engineio_proto::Text;
///
/// let text = Text::try_from(Bytes::from_static("héllo".as_bytes())).unwrap();
/// assert_eq!(&*text, "héllo");
/// assert_eq!(text, Text::from("héllo"));
/// assert!(Text::try_from(Bytes::from_static(b"\xff")).is_err());
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Bytes);

impl Text {
    /// Text that lives as long as the program, without a copy.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }

    /// Takes bytes that the caller knows to be UTF-8, say because a WebSocket codec has checked them.
    ///
    /// A wrong claim is a bug but not a hazard: [`as_str`](Self::as_str) then ends at the first bad byte.
    #[must_use]
    #[inline]
    pub const fn assume_utf8(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The text as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match str::from_utf8(&self.0) {
            Ok(text) => text,
            Err(error) => {
                self.0.get(..error.valid_up_to()).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default()
            }
        }
    }

    /// The text's bytes.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The text's bytes, without a copy.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The length in bytes.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops the first byte, which the caller has seen to be ASCII.
    #[inline]
    pub(crate) fn skip_ascii(mut self) -> Self {
        if !self.0.is_empty() {
            self.0.advance(1);
        }
        self
    }
}

/// How many UTF-16 units a text has: what JavaScript takes for its length.
pub(crate) fn utf16_len(text: &[u8]) -> usize {
    let first_bytes = text.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count();
    // Characters that take four bytes here take two units there.
    first_bytes.saturating_add(text.iter().filter(|byte| **byte >= 0xf0).count())
}

/// The length in bytes of the first `units` UTF-16 units of a text. `None` if it has fewer, or if that would split
/// a character.
pub(crate) fn utf16_prefix(text: &[u8], units: usize) -> Option<usize> {
    // No character has more units than bytes, so what is longer than the text in bytes is so in units too.
    if text.get(..units)?.is_ascii() {
        return Some(units);
    }
    let (mut left, mut end) = (units, 0_usize);
    while left > 0 {
        let (bytes, units) = match text.get(end)? {
            0x00..=0x7f => (1, 1),
            0x80..=0xdf => (2, 1),
            0xe0..=0xef => (3, 1),
            0xf0.. => (4, 2),
        };
        left = left.checked_sub(units)?;
        end = end.saturating_add(bytes);
    }
    (end <= text.len()).then_some(end)
}

impl TryFrom<Bytes> for Text {
    type Error = str::Utf8Error;

    fn try_from(bytes: Bytes) -> Result<Self, Self::Error> {
        str::from_utf8(&bytes)?;
        Ok(Self(bytes))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<Text> for Bytes {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().into()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}
