//! The assembly of messages that arrive in pieces.

use super::mask::Mask;
use crate::{Fault, Kind};
use bytes::{Bytes, BytesMut};

/// The capacity that is reserved for the rest of a frame, in multiples of the piece that arrived. The length in a
/// frame's header alone therefore reserves no memory.
const RESERVE_FACTOR: usize = 4;

/// A message that is not complete.
#[derive(Debug)]
pub(crate) struct Assembly {
    kind: Kind,
    /// The message is compressed, so its text is not validated here.
    compressed: bool,
    data: BytesMut,
    /// The length in bytes of the prefix that is valid UTF-8. Less than one character follows it.
    validated: usize,
}

impl Assembly {
    pub(crate) fn new(kind: Kind, compressed: bool) -> Self {
        Self { kind, compressed, data: BytesMut::new(), validated: 0 }
    }

    /// Returns whether the message is compressed.
    pub(crate) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Returns the number of bytes that arrived.
    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }

    /// Appends a piece of a frame whose remaining payload, with this piece, is `expected` bytes long.
    pub(crate) fn append(&mut self, payload: &[u8], mask: Option<Mask>, expected: usize) -> Result<(), Fault> {
        let start = self.data.len();
        if self.data.capacity() - start < payload.len() {
            let ahead = payload.len().saturating_mul(RESERVE_FACTOR).max(start);
            self.data.reserve(expected.min(ahead).max(payload.len()));
        }
        self.data.extend_from_slice(payload);
        if let Some(mask) = mask
            && let Some(added) = self.data.get_mut(start..)
        {
            mask.apply(added);
        }
        if self.kind == Kind::Text && !self.compressed { self.validate() } else { Ok(()) }
    }

    /// Returns the complete message and whether it is compressed.
    pub(crate) fn finish(self) -> Result<(Kind, Bytes, bool), Fault> {
        let Self { kind, compressed, data, validated } = self;
        if kind == Kind::Text && !compressed && validated < data.len() {
            return Err(Fault::Utf8);
        }
        Ok((kind, data.freeze(), compressed))
    }

    /// Validates the bytes that follow the validated prefix. An incomplete character at the end is not a fault.
    fn validate(&mut self) -> Result<(), Fault> {
        let rest = self.data.get(self.validated..).unwrap_or_default();
        self.validated += match simdutf8::compat::from_utf8(rest) {
            Ok(_) => rest.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(Fault::Utf8),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[&[u8]]) -> Result<Bytes, Fault> {
        let mut assembly = Assembly::new(Kind::Text, false);
        for piece in pieces {
            assembly.append(piece, None, piece.len())?;
        }
        assembly.finish().map(|(_, bytes, _)| bytes)
    }

    #[test]
    fn utf8_is_accepted_for_every_split() {
        let message = "aä€😀";
        for first in 0..=message.len() {
            for second in first..=message.len() {
                let bytes = message.as_bytes();
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(text(&pieces).unwrap(), message);
            }
        }
    }

    #[test]
    fn invalid_utf8_is_rejected_before_the_message_ends() {
        for piece in [&b"\xff"[..], b"a\xc0", b"\xed\xa0", b"\xf4\x90", b"\xe2\x82("] {
            let mut assembly = Assembly::new(Kind::Text, false);
            assert_eq!(assembly.append(piece, None, 100), Err(Fault::Utf8), "{piece:?}");
        }
        assert_eq!(text(&[b"a\xf0\x9f\x98"]), Err(Fault::Utf8), "the last character is incomplete");
    }

    #[test]
    fn a_claimed_length_reserves_little_memory() {
        let mut assembly = Assembly::new(Kind::Binary, false);
        assembly.append(&[0; 10], None, 1 << 30).unwrap();
        assert!(assembly.data.capacity() < 1000);
        let mut exact = Assembly::new(Kind::Binary, false);
        exact.append(&[0; 100], None, 150).unwrap();
        assert_eq!(exact.data.capacity(), 150);
    }
}
