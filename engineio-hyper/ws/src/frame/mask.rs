//! Masking (RFC 6455, section 5.3).

use bytes::BytesMut;
use core::array;

/// A masking key: the payload of a client's frame is XORed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

/// The number of bytes that are masked in one step, which the compiler vectorises.
const STEP: usize = 32;

/// The number of bytes that are masked in one step after the last [`STEP`].
const WORD: usize = 8;

impl Mask {
    #[inline]
    pub(crate) const fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// Masks or unmasks the payload in place. Both are the same operation.
    pub(crate) fn apply(self, payload: &mut [u8]) {
        let wide: [u8; STEP] = array::from_fn(|index| self.0[index % 4]);
        let mut steps = payload.chunks_exact_mut(STEP);
        for step in &mut steps {
            for (byte, key) in step.iter_mut().zip(wide) {
                *byte ^= key;
            }
        }
        for (byte, key) in steps.into_remainder().iter_mut().zip(wide) {
            *byte ^= key;
        }
    }

    /// Masks or unmasks the payload into `out`, and returns whether the appended bytes are ASCII.
    ///
    /// One pass does both. A second pass over a short payload would read it with wider loads than the copy's stores,
    /// which stall until the stores retire.
    #[inline]
    pub(crate) fn append(self, payload: &[u8], out: &mut BytesMut) -> bool {
        let (steps, rest) = payload.as_chunks::<STEP>();
        let (words, bytes) = rest.as_chunks::<WORD>();
        let mut seen = [0; STEP];
        for step in steps {
            let step = self.masked(step);
            out.extend_from_slice(&step);
            seen = array::from_fn(|index| seen[index] | step[index]);
        }
        let mut seen = seen.iter().fold(0, |seen, byte| seen | byte);
        for word in words {
            let word = self.masked(word);
            out.extend_from_slice(&word);
            seen = word.iter().fold(seen, |seen, byte| seen | byte);
        }
        for (index, byte) in bytes.iter().enumerate() {
            let byte = byte ^ self.0[index % 4];
            out.extend_from_slice(&[byte]);
            seen |= byte;
        }
        seen.is_ascii()
    }

    #[inline]
    fn masked<const N: usize>(self, bytes: &[u8; N]) -> [u8; N] {
        array::from_fn(|index| bytes[index] ^ self.0[index % 4])
    }

    /// Returns the mask for the payload that follows `count` bytes.
    pub(crate) fn after(mut self, count: usize) -> Self {
        self.0.rotate_left(count % 4);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn append_reports_whether_the_unmasked_payload_is_ascii() {
        for len in 0..100 {
            for place in 0..=len {
                let key = Mask::new([0x81, 2, 0xf3, 44]);
                let mut text: Vec<u8> = (0..len).map(|index| index as u8).collect();
                if let Some(byte) = text.get_mut(place) {
                    *byte |= 0x80;
                }
                let mut masked = text.clone();
                key.apply(&mut masked);
                let mut out = BytesMut::from("before");
                assert_eq!(key.append(&masked, &mut out), place == len, "{len}, {place}");
                assert_eq!(out, [b"before", &text[..]].concat());
            }
        }
    }

    #[test]
    fn masking_is_correct_for_every_split() {
        let key = [1, 20, 30, 200];
        let payload: Vec<u8> = (0..=255).collect();
        let expected: Vec<u8> = payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        for cut in 0..payload.len() {
            let mut masked = payload.clone();
            let (first, second) = masked.split_at_mut(cut);
            Mask::new(key).apply(first);
            Mask::new(key).after(cut).apply(second);
            assert_eq!(masked, expected, "{cut}");
        }
    }
}
