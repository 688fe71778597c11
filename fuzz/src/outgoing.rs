//! What is asked for the messages that the applications of the simulations send.

/// Whether the `number`-th message of a session may be compressed. Two of four may not, so that a payload of two
/// messages comes in all kinds.
pub(crate) const fn compresses(number: u32) -> bool {
    matches!(number % 4, 0 | 3)
}
