//! Where the messages that come whole are put.

use super::mask::Mask;
use bytes::{Bytes, BytesMut};

/// The largest memory that is kept for the messages to come.
const KEEP: usize = 1024;

/// The largest memory that messages share, if the first of them is short: what one of them holds on to.
const SHARED: usize = 4 * 1024;

/// Longer ones share memory for so many of them, but never more than twice as much.
const SHARERS: usize = 8;

/// What is shorter is seen to be ASCII in fewer steps than by vectors.
const SHORT: usize = 64;

/// Memory for the messages of one read. Each is a slice of it, and once all of them are gone it serves the next read:
/// then nothing is allocated.
///
/// It is never larger than what was read at once nor, unless one message is, than a few KiB: a message that is kept holds on
/// to no more than that.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// What is not used yet. It is always empty.
    free: BytesMut,
    size: usize,
}

impl Arena {
    /// Takes `len` bytes from the input, which has so many, and unmasks them. Says, too, whether they are known to be ASCII.
    pub(crate) fn take(&mut self, input: &mut &[u8], len: usize, mask: Option<Mask>) -> (Bytes, bool) {
        let all = input.len();
        let Some((payload, rest)) = input.split_at_checked(len) else { return (Bytes::new(), true) };
        *input = rest;
        if payload.is_empty() {
            return (Bytes::new(), true);
        }
        if self.free.capacity() < len && !self.free.try_reclaim(len) {
            let shared = len.saturating_mul(SHARERS).clamp(SHARED, 2 * SHARED);
            self.size = all.min(if len > SHARED { len } else { shared });
            self.free = BytesMut::with_capacity(self.size);
        }
        let ascii = match mask {
            Some(mask) => mask.append(payload, &mut self.free),
            None => {
                self.free.extend_from_slice(payload);
                // What is longer is checked by vectors anyhow.
                len < SHORT && payload.is_ascii()
            }
        };
        (self.free.split().freeze(), ascii)
    }

    /// The input is used up, and more may be long in coming.
    pub(crate) fn rest(&mut self) {
        if self.size > KEEP {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn take(arena: &mut Arena, mut input: &[u8], len: usize) -> Bytes {
        arena.take(&mut input, len, None).0
    }

    #[test]
    fn memory_serves_again_when_its_messages_are_gone() {
        let mut arena = Arena::default();
        let first = take(&mut arena, &[1; 20], 20);
        let place = first.as_ptr();
        drop(first);
        let second = take(&mut arena, &[2; 20], 20);
        assert_eq!((second.as_ptr(), &second[..]), (place, &[2; 20][..]));
        let third = take(&mut arena, &[3; 20], 20);
        assert_ne!(third.as_ptr(), place);
        assert_eq!(second, [2; 20][..]);
    }

    #[test]
    fn the_messages_of_one_read_share_its_memory() {
        let mut arena = Arena::default();
        let mut input = &[7; 30][..];
        let [first, second] = [10, 20].map(|len| arena.take(&mut input, len, None).0);
        assert_eq!((first.len(), second.len(), input.len()), (10, 20, 0));
        assert_eq!(first.as_ptr().wrapping_add(10), second.as_ptr());
    }

    #[test]
    fn a_message_holds_on_to_little_more_than_itself() {
        let shared = [(1, SHARED), (512, SHARED), (700, 5600), (SHARED, 2 * SHARED), (SHARED + 1, SHARED + 1)];
        for (len, size) in shared {
            let mut arena = Arena::default();
            let message = take(&mut arena, &[7; 64 * 1024], len);
            assert_eq!((arena.size, message.len()), (size, len));
        }
    }

    #[test]
    fn much_memory_is_not_kept() {
        let mut arena = Arena::default();
        for (size, kept) in [(KEEP, KEEP), (KEEP + 1, 0)] {
            drop(take(&mut arena, &vec![0; size], size));
            arena.rest();
            assert_eq!(arena.size, kept);
        }
    }
}
