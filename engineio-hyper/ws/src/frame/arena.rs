//! The memory of messages that arrive complete in one input.

use super::mask::Mask;
use bytes::{Bytes, BytesMut};

/// The largest allocation in bytes that an idle arena keeps.
const MAX_IDLE_CAPACITY: usize = 1024;

/// The least size in bytes of an allocation that messages share. A longer message gets an allocation of its own.
const SHARED_SIZE: usize = 4 * 1024;

/// The number of messages that a shared allocation has space for, up to twice [`SHARED_SIZE`].
const MESSAGES_PER_ALLOCATION: usize = 8;

/// The length in bytes below which `is_ascii` takes fewer steps than SIMD validation.
const SHORT: usize = 64;

/// An allocation that the messages of one input share. Each message is a slice of it. Once all of them are dropped, the
/// allocation is reused, and decoding allocates nothing.
///
/// The allocation is at most as large as the input. It is also at most 8 KiB large, or as large as a single longer
/// message. This bounds the memory that one retained message keeps alive.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// The unused rest of the allocation. Its length is always 0.
    free: BytesMut,
    /// The size of the allocation in bytes.
    size: usize,
}

impl Arena {
    /// Takes `len` bytes from the input and unmasks them. Also returns whether the result is known to be ASCII.
    ///
    /// The input must have at least `len` bytes. [`Decoder`](super::Decoder) compares the lengths before the call.
    pub(crate) fn take(&mut self, input: &mut &[u8], len: usize, mask: Option<Mask>) -> (Bytes, bool) {
        let all = input.len();
        let Some((payload, rest)) = input.split_at_checked(len) else { return (Bytes::new(), true) };
        *input = rest;
        if payload.is_empty() {
            return (Bytes::new(), true);
        }
        if self.free.capacity() < len && !self.free.try_reclaim(len) {
            let shared = len.saturating_mul(MESSAGES_PER_ALLOCATION).clamp(SHARED_SIZE, 2 * SHARED_SIZE);
            self.size = all.min(if len > SHARED_SIZE { len } else { shared });
            self.free = BytesMut::with_capacity(self.size);
        }
        let ascii = match mask {
            Some(mask) => mask.append(payload, &mut self.free),
            None => {
                self.free.extend_from_slice(payload);
                // The caller validates longer payloads by SIMD.
                len < SHORT && payload.is_ascii()
            }
        };
        (self.free.split().freeze(), ascii)
    }

    /// Releases a large allocation. [`Decoder`](super::Decoder) calls it when the input is consumed, because the
    /// connection can stay idle from then on.
    pub(crate) fn release_large(&mut self) {
        if self.size > MAX_IDLE_CAPACITY {
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
    fn memory_is_reused_after_its_messages_are_dropped() {
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
    fn messages_of_one_input_share_an_allocation() {
        let mut arena = Arena::default();
        let mut input = &[7; 30][..];
        let [first, second] = [10, 20].map(|len| arena.take(&mut input, len, None).0);
        assert_eq!((first.len(), second.len(), input.len()), (10, 20, 0));
        assert_eq!(first.as_ptr().wrapping_add(10), second.as_ptr());
    }

    #[test]
    fn a_small_message_keeps_a_bounded_allocation_alive() {
        let shared = [
            (1, SHARED_SIZE),
            (512, SHARED_SIZE),
            (700, 5600),
            (SHARED_SIZE, 2 * SHARED_SIZE),
            (SHARED_SIZE + 1, SHARED_SIZE + 1),
        ];
        for (len, size) in shared {
            let mut arena = Arena::default();
            let message = take(&mut arena, &[7; 64 * 1024], len);
            assert_eq!((arena.size, message.len()), (size, len));
        }
    }

    #[test]
    fn a_large_allocation_is_released_when_idle() {
        let mut arena = Arena::default();
        for (size, kept) in [(MAX_IDLE_CAPACITY, MAX_IDLE_CAPACITY), (MAX_IDLE_CAPACITY + 1, 0)] {
            drop(take(&mut arena, &vec![0; size], size));
            arena.release_large();
            assert_eq!(arena.size, kept);
        }
    }
}
