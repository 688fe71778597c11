//! Helpers of the tests of several modules.

use crate::{Buf, WebSocket};
use alloc::vec::Vec;

/// Removes all of the output and returns it.
pub(crate) fn written(socket: &mut WebSocket) -> Vec<u8> {
    let mut written = Vec::new();
    while socket.output().has_remaining() {
        let chunk = socket.output().chunk();
        written.extend_from_slice(chunk);
        let count = chunk.len();
        socket.written(count);
    }
    written
}
