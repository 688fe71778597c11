//! Taking bytes off the front of a payload.

use bytes::{Buf, Bytes};

/// Takes up to `len` bytes off the front. Whoever takes the last ones takes the reference to the memory too.
pub(super) fn take(bytes: &mut Bytes, len: usize) -> Bytes {
    bytes.split_to(len.min(bytes.len()))
}

pub(super) fn skip(bytes: &mut Bytes, len: usize) {
    bytes.advance(len.min(bytes.len()));
}
