//! What is to be written.

use alloc::collections::VecDeque;
use bytes::{Buf, Bytes, BytesMut};

/// From this size on a payload is written where it is, and not copied.
pub(crate) const BY_REFERENCE: usize = 4 * 1024;

/// The largest buffer that is kept while there is nothing to say.
const KEEP: usize = 1024;

/// The bytes that are to be written, in order: small frames gathered, large payloads where they are.
///
/// It is a [`Buf`]: [`chunk`](Buf::chunk) is what may be written next, and [`advance`](Buf::advance) tells what was.
/// With the feature `std`, [`chunks_vectored`](Buf::chunks_vectored) is for a connection that writes several at once.
#[derive(Debug, Default)]
pub struct Output {
    queue: VecDeque<Bytes>,
    /// What follows the queue.
    tail: BytesMut,
    /// How many bytes the queue holds.
    queued: usize,
}

impl Output {
    /// Whether it is more than one chunk.
    #[must_use]
    pub fn is_scattered(&self) -> bool {
        self.queue.len() > usize::from(self.tail.is_empty())
    }

    /// What small frames are added to.
    pub(crate) fn tail(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// Adds a payload by reference.
    pub(crate) fn push(&mut self, payload: Bytes) {
        let before = self.tail.split().freeze();
        for chunk in [before, payload] {
            if !chunk.is_empty() {
                self.queued += chunk.len();
                self.queue.push_back(chunk);
            }
        }
    }
}

impl Buf for Output {
    fn remaining(&self) -> usize {
        self.queued + self.tail.len()
    }

    fn chunk(&self) -> &[u8] {
        self.queue.front().map_or(&self.tail, |chunk| chunk)
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'a>(&'a self, slices: &mut [std::io::IoSlice<'a>]) -> usize {
        let tail = Some(&self.tail[..]).filter(|tail| !tail.is_empty());
        let chunks = self.queue.iter().map(|chunk| &chunk[..]).chain(tail);
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(chunks) {
            *slice = std::io::IoSlice::new(chunk);
            count += 1;
        }
        count
    }

    /// # Panics
    /// If there is less.
    fn advance(&mut self, mut count: usize) {
        while let Some(chunk) = self.queue.front_mut() {
            let step = count.min(chunk.len());
            chunk.advance(step);
            self.queued -= step;
            count -= step;
            if !chunk.is_empty() {
                return;
            }
            self.queue.pop_front();
        }
        self.tail.advance(count);
        if self.tail.is_empty() {
            if self.tail.capacity() > KEEP {
                self.tail = BytesMut::new();
            }
            if self.queue.capacity() > 0 {
                self.queue = VecDeque::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn output() -> Output {
        let mut output = Output::default();
        output.tail().extend_from_slice(b"one");
        output.push(Bytes::from_static(b"two"));
        output.push(Bytes::from_static(b"three"));
        output.tail().extend_from_slice(b"four");
        output
    }

    #[test]
    fn it_comes_in_order_however_much_is_written_at_a_time() {
        for step in 1..=15 {
            let mut output = output();
            let mut written = Vec::new();
            while output.has_remaining() {
                let chunk = output.chunk();
                let count = chunk.len().min(step);
                written.extend_from_slice(&chunk[..count]);
                output.advance(count);
                assert_eq!(output.remaining() + written.len(), 15);
            }
            assert_eq!(written, b"onetwothreefour");
        }
        let mut output = output();
        assert!(output.is_scattered());
        output.advance(12);
        assert_eq!((output.chunk(), output.is_scattered()), (&b"our"[..], false));
    }

    #[cfg(feature = "std")]
    #[test]
    fn it_can_be_written_at_once() {
        let output = output();
        let mut slices = [std::io::IoSlice::new(&[]); 8];
        let count = output.chunks_vectored(&mut slices);
        let written: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect();
        assert_eq!(written, b"onetwothreefour");
        assert_eq!(output.chunks_vectored(&mut slices[..2]), 2);
    }

    #[test]
    fn nothing_large_is_kept() {
        let mut output = output();
        output.tail().extend_from_slice(&[0; 2 * KEEP]);
        output.advance(output.remaining());
        assert!(output.tail.capacity() <= KEEP);
        assert_eq!(output.queue.capacity(), 0);
    }
}
