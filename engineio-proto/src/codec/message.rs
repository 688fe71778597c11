//! Messages: what applications say to each other.

use crate::Text;
use bytes::Bytes;

/// What one application message holds.
///
/// ```
/// use engineio_proto::Message;
///
/// assert_eq!(Message::from("hi").byte_len(), 2);
/// assert!(Message::from(vec![1, 2, 3]).is_binary());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// UTF-8 text.
    Text(Text),
    /// Bytes.
    Binary(Bytes),
}

impl Message {
    /// The length of what it holds, in bytes.
    #[must_use]
    #[inline]
    pub const fn byte_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it holds bytes and not text.
    #[must_use]
    pub const fn is_binary(&self) -> bool {
        matches!(self, Self::Binary(_))
    }

    /// What it holds, as bytes.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &Bytes {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The text, if it is text.
    pub(crate) const fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }
}

impl From<Text> for Message {
    #[inline]
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Message {
    #[inline]
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<alloc::string::String> for Message {
    #[inline]
    fn from(text: alloc::string::String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Bytes> for Message {
    #[inline]
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<alloc::vec::Vec<u8>> for Message {
    #[inline]
    fn from(bytes: alloc::vec::Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}
