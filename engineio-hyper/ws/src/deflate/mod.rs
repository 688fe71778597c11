//! permessage-deflate (RFC 7692): the compression of messages, if both peers negotiate it.

mod header;
mod negotiation;
mod settings;
mod stream;

pub use negotiation::{ExtensionError, Negotiated};
pub use settings::PerMessageDeflate;

use crate::{Fault, Kind, Role};
use alloc::boxed::Box;
use bytes::Bytes;
use settings::Window;
use stream::{Deflater, Inflater};

/// The extensions of one WebSocket: permessage-deflate, if it is negotiated.
#[derive(Debug)]
pub(crate) struct Extension(Option<Box<Streams>>);

#[derive(Debug)]
struct Streams {
    /// The length in bytes from which on a message is compressed.
    threshold: usize,
    outgoing: Deflater,
    incoming: Inflater,
}

impl Extension {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn new(role: Role, negotiated: &Negotiated) -> Self {
        let (ours, theirs) = match role {
            Role::Server => (negotiated.server, negotiated.client),
            Role::Client { .. } => (negotiated.client, negotiated.server),
        };
        let PerMessageDeflate { threshold, level, takeover: _ } = negotiated.settings;
        Self(Some(Box::new(Streams {
            threshold,
            outgoing: Deflater::new(level, ours.window.unwrap_or(Window::MAX), ours.takeover),
            incoming: Inflater::new(theirs.takeover),
        })))
    }

    /// Compresses a message that consists of two parts. Returns `None` if it must be sent uncompressed.
    #[inline]
    pub(crate) fn deflate(&mut self, prefix: &[u8], payload: &[u8]) -> Option<Bytes> {
        let streams = self.0.as_mut()?;
        if prefix.len() + payload.len() < streams.threshold {
            return None;
        }
        streams.outgoing.deflate(prefix, payload)
    }

    /// Decompresses a message, and validates it as UTF-8 if its kind is text.
    pub(crate) fn inflate(&mut self, kind: Kind, payload: &[u8], max_message: usize) -> Result<Bytes, Fault> {
        let Some(streams) = &mut self.0 else { return Err(Fault::ReservedBit) };
        streams.incoming.inflate(kind, payload, max_message)
    }
}

#[cfg(test)]
mod tests;
