//! Masks (RFC 6455, section 5.3).

/// How much is masked in one step, which the compiler makes vectors of.
const STEP: usize = 32;

/// What a client's payload is combined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

impl Mask {
    pub(crate) const fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// Masks or unmasks, which is the same, in place.
    pub(crate) fn apply(self, payload: &mut [u8]) {
        let Self(key) = self;
        let wide: [u8; STEP] = core::array::from_fn(|index| key[index % key.len()]);
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
