//! The place of permessage-deflate where it was left out: it is never negotiated.

use crate::{Fault, Kind};
use bytes::Bytes;

/// No extension.
#[derive(Debug)]
pub(crate) struct Extension;

impl Extension {
    pub(crate) const fn none() -> Self {
        Self
    }

    pub(crate) const fn deflate(&self, _prefix: &[u8], _payload: &[u8]) -> Option<Bytes> {
        None
    }

    /// There are no compressed messages: their first frame was refused.
    pub(crate) const fn inflate(&self, _kind: Kind, _payload: &[u8], _max_message: usize) -> Result<Bytes, Fault> {
        Err(Fault::ReservedBit)
    }
}
