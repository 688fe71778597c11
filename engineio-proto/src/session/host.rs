//! What both roles say to their hosts, and their hosts to them.

use super::outbox::NoRoom;
use crate::{Outgoing, WsFault};

/// How a WebSocket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WsEnd {
    /// The peer closed it.
    Closed,
    /// It failed.
    Failed(WsFault),
}

/// Why something cannot be sent. The caller gets it back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError<M = Outgoing> {
    /// The session is closed, or is closing.
    #[error("the session is closed")]
    Closed(M),
    /// The queue is full. [`Action::Writable`](crate::Action::Writable), or a client's
    /// [`ClientAction::Writable`](crate::ClientAction::Writable), tells when there is room.
    #[error("the session's queue is full")]
    Full(M),
    /// It would not fit into an empty queue.
    #[error("larger than the session's queue")]
    TooLarge(M),
    /// Over polling, protocol 4 cannot carry text with U+001E in it: the character separates packets.
    #[error("text with U+001E cannot be sent over polling")]
    Separator(M),
}

impl<M> SendError<M> {
    /// What could not be sent.
    #[must_use]
    pub fn into_inner(self) -> M {
        match self {
            Self::Closed(message) | Self::Full(message) | Self::TooLarge(message) | Self::Separator(message) => message,
        }
    }
}

/// Why something cannot be sent, apart from the thing itself.
#[derive(Debug)]
pub(crate) enum Unsendable {
    Closed,
    Full,
    TooLarge,
    Separator,
}

impl Unsendable {
    pub(crate) fn with<M>(self, unsent: M) -> SendError<M> {
        match self {
            Self::Closed => SendError::Closed(unsent),
            Self::Full => SendError::Full(unsent),
            Self::TooLarge => SendError::TooLarge(unsent),
            Self::Separator => SendError::Separator(unsent),
        }
    }
}

impl From<NoRoom> for Unsendable {
    fn from(no_room: NoRoom) -> Self {
        match no_room {
            NoRoom::Full => Self::Full,
            NoRoom::TooLarge => Self::TooLarge,
        }
    }
}
