//! permessage-deflate (RFC 7692): messages that are compressed, if both ends agree to that.

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

/// The extension of one WebSocket, if it has it.
#[derive(Debug)]
pub(crate) struct Extension(Option<Box<Ends>>);

#[derive(Debug)]
struct Ends {
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
        Self(Some(Box::new(Ends {
            threshold,
            outgoing: Deflater::new(level, ours.window.unwrap_or(Window::MAX), ours.takeover),
            incoming: Inflater::new(theirs.takeover),
        })))
    }

    /// Compresses a message that is given in two parts. `None` is to be sent as it is.
    #[inline]
    pub(crate) fn deflate(&mut self, prefix: &[u8], payload: &[u8]) -> Option<Bytes> {
        let ends = self.0.as_mut()?;
        if prefix.len() + payload.len() < ends.threshold {
            return None;
        }
        ends.outgoing.run(prefix, payload)
    }

    /// Decompresses a message, which is text if it is said to be.
    pub(crate) fn inflate(&mut self, kind: Kind, payload: &[u8], max_message: usize) -> Result<Bytes, Fault> {
        let Some(ends) = &mut self.0 else { return Err(Fault::ReservedBit) };
        ends.incoming.run(kind, payload, max_message)
    }
}

#[cfg(test)]
mod tests;
