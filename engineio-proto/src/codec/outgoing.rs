//! Messages on their way out, with what is asked for them.

use crate::{Message, Text};
use bytes::Bytes;

/// A message to be sent, and whether it may be compressed on its way.
///
/// Whatever becomes a [`Message`] becomes one of these, and may then be compressed, as in the reference. One that may
/// not is made by [`Message::uncompressed`]; that is the reference's `send(data, {compress: false})`.
///
/// It is what an application asks for, and of no effect where the host compresses nothing. A WebSocket message is its
/// own, so it is left as it is. The answer to a poll carries several and is compressed as a whole, if one of them may be
/// ([`Batch::compress`](crate::Batch::compress)).
///
/// ```
/// use engineio_proto::{Message, Outgoing};
///
/// assert!(Outgoing::from("plenty of text").compress());
/// assert!(!Message::from("a secret").uncompressed().compress());
/// assert_eq!(Outgoing::from("hi").into_message(), Message::from("hi"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outgoing(Form);

/// Flat, so that it takes no more room than the message alone: a flag beside that one would be padded to a word, in
/// each place of each queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Text(Text),
    Binary(Bytes),
    PlainText(Text),
    PlainBinary(Bytes),
}

impl Outgoing {
    /// The message, which may be compressed or may not.
    #[must_use]
    #[inline]
    pub fn new(message: Message, compress: bool) -> Self {
        Self(match (message, compress) {
            (Message::Text(text), true) => Form::Text(text),
            (Message::Text(text), false) => Form::PlainText(text),
            (Message::Binary(bytes), true) => Form::Binary(bytes),
            (Message::Binary(bytes), false) => Form::PlainBinary(bytes),
        })
    }

    /// Whether it may be compressed.
    #[must_use]
    #[inline]
    pub const fn compress(&self) -> bool {
        matches!(self.0, Form::Text(_) | Form::Binary(_))
    }

    /// The message alone.
    #[must_use]
    #[inline]
    pub fn into_message(self) -> Message {
        match self.0 {
            Form::Text(text) | Form::PlainText(text) => Message::Text(text),
            Form::Binary(bytes) | Form::PlainBinary(bytes) => Message::Binary(bytes),
        }
    }

    /// The length of what the message holds, in bytes.
    #[must_use]
    #[inline]
    pub const fn byte_len(&self) -> usize {
        self.as_bytes().len()
    }

    /// What the message holds, as bytes.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &Bytes {
        match &self.0 {
            Form::Text(text) | Form::PlainText(text) => text.as_bytes(),
            Form::Binary(bytes) | Form::PlainBinary(bytes) => bytes,
        }
    }

    /// The text, if it is text.
    #[inline]
    pub(crate) const fn text(&self) -> Option<&Text> {
        match &self.0 {
            Form::Text(text) | Form::PlainText(text) => Some(text),
            Form::Binary(_) | Form::PlainBinary(_) => None,
        }
    }
}

impl Message {
    /// The message, to be sent as it is: see [`Outgoing`].
    #[must_use]
    pub fn uncompressed(self) -> Outgoing {
        Outgoing::new(self, false)
    }
}

impl<M: Into<Message>> From<M> for Outgoing {
    #[inline]
    fn from(message: M) -> Self {
        Self::new(message.into(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::size_of;

    #[test]
    fn the_flag_takes_no_room() {
        assert_eq!(size_of::<Outgoing>(), size_of::<Message>());
        assert_eq!(size_of::<Option<Outgoing>>(), size_of::<Message>());
    }
}
