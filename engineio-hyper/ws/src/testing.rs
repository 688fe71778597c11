//! What tests of several modules need.

use crate::{Buf, WebSocket};
use alloc::vec::Vec;

/// Takes all of the output.
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
