//! Messages that come in pieces.

use super::mask::Mask;
use crate::{Fault, Kind};
use bytes::{Bytes, BytesMut};

/// So many times as much as came at once may be reserved for what the frame's header says is to come. A claim alone
/// costs nothing.
const AHEAD: usize = 4;

/// A message of which not all is there.
#[derive(Debug)]
pub(crate) struct Assembly {
    kind: Kind,
    /// It is compressed, so what it says is not known before its end.
    compressed: bool,
    data: BytesMut,
    /// So much of it was found to be UTF-8. What follows it is less than one character.
    checked: usize,
}

impl Assembly {
    pub(crate) fn new(kind: Kind, compressed: bool) -> Self {
        Self { kind, compressed, data: BytesMut::new(), checked: 0 }
    }

    /// Whether it is compressed.
    pub(crate) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// How many bytes are there.
    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }

    /// Adds what came of a frame of which `expected` bytes were still to come.
    pub(crate) fn append(&mut self, payload: &[u8], mask: Option<Mask>, expected: usize) -> Result<(), Fault> {
        let start = self.data.len();
        if self.data.capacity() - start < payload.len() {
            let ahead = payload.len().saturating_mul(AHEAD).max(start);
            self.data.reserve(expected.min(ahead).max(payload.len()));
        }
        self.data.extend_from_slice(payload);
        if let Some(mask) = mask
            && let Some(added) = self.data.get_mut(start..)
        {
            mask.apply(added);
        }
        if self.kind == Kind::Text && !self.compressed { self.check() } else { Ok(()) }
    }

    /// The message, which has ended, and whether it is compressed.
    pub(crate) fn finish(self) -> Result<(Kind, Bytes, bool), Fault> {
        let Self { kind, compressed, data, checked } = self;
        if kind == Kind::Text && !compressed && checked < data.len() {
            return Err(Fault::Utf8);
        }
        Ok((kind, data.freeze(), compressed))
    }

    /// Checks what was not checked yet. Text that cannot become UTF-8 any more is refused at once.
    fn check(&mut self) -> Result<(), Fault> {
        let unchecked = self.data.get(self.checked..).unwrap_or_default();
        self.checked += match simdutf8::compat::from_utf8(unchecked) {
            Ok(_) => unchecked.len(),
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
    fn characters_may_be_cut_anywhere() {
        let whole = "aä€😀";
        for first in 0..=whole.len() {
            for second in first..=whole.len() {
                let bytes = whole.as_bytes();
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(text(&pieces).unwrap(), whole);
            }
        }
    }

    #[test]
    fn what_cannot_become_a_character_is_refused_at_once() {
        for piece in [&b"\xff"[..], b"a\xc0", b"\xed\xa0", b"\xf4\x90", b"\xe2\x82("] {
            let mut assembly = Assembly::new(Kind::Text, false);
            assert_eq!(assembly.append(piece, None, 100), Err(Fault::Utf8), "{piece:?}");
        }
        assert_eq!(text(&[b"a\xf0\x9f\x98"]), Err(Fault::Utf8), "it ends too early");
    }

    #[test]
    fn a_claim_reserves_little() {
        let mut assembly = Assembly::new(Kind::Binary, false);
        assembly.append(&[0; 10], None, 1 << 30).unwrap();
        assert!(assembly.data.capacity() < 1000);
        let mut exact = Assembly::new(Kind::Binary, false);
        exact.append(&[0; 100], None, 150).unwrap();
        assert_eq!(exact.data.capacity(), 150);
    }
}
