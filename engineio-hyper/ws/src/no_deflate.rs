//! The extension without the feature `deflate`: permessage-deflate is never negotiated.

use crate::{Fault, Kind};
use bytes::Bytes;

/// The extensions of one WebSocket: none.
#[derive(Debug)]
pub(crate) struct Extension;

impl Extension {
    pub(crate) const fn none() -> Self {
        Self
    }

    pub(crate) const fn deflate(&self, _prefix: &[u8], _payload: &[u8]) -> Option<Bytes> {
        None
    }

    /// Always fails. It is never called, because the decoder rejects frames that have the compression bit.
    pub(crate) const fn inflate(&self, _kind: Kind, _payload: &[u8], _max_message: usize) -> Result<Bytes, Fault> {
        Err(Fault::ReservedBit)
    }
}
