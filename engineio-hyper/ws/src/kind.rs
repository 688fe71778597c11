//! The kinds of messages.

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It is UTF-8.
    Text,
    /// It is anything.
    Binary,
}
