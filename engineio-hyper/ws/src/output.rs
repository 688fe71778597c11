//! The queue of encoded frames.

use alloc::collections::VecDeque;
use bytes::{Buf, Bytes, BytesMut};

/// The payload length in bytes from which on a server does not copy a payload.
pub(crate) const ZERO_COPY_THRESHOLD: usize = 4 * 1024;

/// The largest capacity in bytes that an empty output keeps.
const MAX_IDLE_CAPACITY: usize = 1024;

/// The encoded bytes that the caller must write to the connection, in order.
///
/// Small frames share one chunk. A large payload that is not copied is a chunk of its own.
///
/// Read it as a [`Buf`]: [`chunk`](Buf::chunk) returns the bytes to write next. After a write, call
/// [`WebSocket::written`](crate::WebSocket::written), which removes the written bytes. With the feature `std`,
/// [`chunks_vectored`](Buf::chunks_vectored) fills the slices of a vectored write.
#[derive(Debug, Default)]
pub struct Output {
    queue: VecDeque<Bytes>,
    /// The bytes that follow the queue.
    tail: BytesMut,
    /// The number of bytes in the queue.
    queued: usize,
}

impl Output {
    /// Returns whether the output consists of more than one chunk, so that a vectored write saves calls.
    #[must_use]
    pub fn is_scattered(&self) -> bool {
        self.queue.len() > usize::from(self.tail.is_empty())
    }

    /// Returns the buffer that small frames are appended to.
    pub(crate) fn tail(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// Appends a payload without copying it.
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
    /// Panics if `count` is greater than [`remaining`](Buf::remaining).
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
            if self.tail.capacity() > MAX_IDLE_CAPACITY {
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
    fn chunks_keep_their_order_for_every_write_size() {
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
    fn chunks_vectored_covers_all_output() {
        let output = output();
        let mut slices = [std::io::IoSlice::new(&[]); 8];
        let count = output.chunks_vectored(&mut slices);
        let written: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect();
        assert_eq!(written, b"onetwothreefour");
        assert_eq!(output.chunks_vectored(&mut slices[..2]), 2);
    }

    #[test]
    fn large_buffers_are_freed_when_the_output_is_empty() {
        let mut output = output();
        output.tail().extend_from_slice(&[0; 2 * MAX_IDLE_CAPACITY]);
        output.advance(output.remaining());
        assert!(output.tail.capacity() <= MAX_IDLE_CAPACITY);
        assert_eq!(output.queue.capacity(), 0);
    }
}
