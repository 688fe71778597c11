//! Masks (RFC 6455, section 5.3).

use bytes::BytesMut;
use core::array;

/// What a client's payload is combined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

/// How much is masked in one step, which the compiler makes vectors of.
const STEP: usize = 32;

/// How much is masked in one step of what is left after the last of those.
const WORD: usize = 8;

impl Mask {
    #[inline]
    pub(crate) const fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// Masks or unmasks, which is the same, in place.
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

    /// Appends the payload, masked or unmasked, and says whether what was appended is ASCII.
    ///
    /// In one go: to read again what was just copied keeps the processor waiting, as a short payload is not copied in the
    /// pieces that it is read in.
    #[inline]
    pub(crate) fn append(self, payload: &[u8], out: &mut BytesMut) -> bool {
        let (steps, rest) = payload.as_chunks::<STEP>();
        let (words, bytes) = rest.as_chunks::<WORD>();
        let mut all = [0; STEP];
        for step in steps {
            let step = self.masked(step);
            out.extend_from_slice(&step);
            all = array::from_fn(|index| all[index] | step[index]);
        }
        let mut all = all.iter().fold(0, |all, byte| all | byte);
        for word in words {
            let word = self.masked(word);
            out.extend_from_slice(&word);
            all = word.iter().fold(all, |all, byte| all | byte);
        }
        for (index, byte) in bytes.iter().enumerate() {
            let byte = byte ^ self.0[index % 4];
            out.extend_from_slice(&[byte]);
            all |= byte;
        }
        all.is_ascii()
    }

    #[inline]
    fn masked<const N: usize>(self, bytes: &[u8; N]) -> [u8; N] {
        array::from_fn(|index| bytes[index] ^ self.0[index % 4])
    }

    /// The mask of what follows `count` bytes.
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
    fn what_is_appended_is_said_to_be_ascii_only_if_it_is() {
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
    fn each_byte_meets_its_byte_of_the_key_however_it_is_cut() {
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
