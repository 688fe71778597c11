//! Frames: headers, masks, and the decoder that assembles messages from them.

mod arena;
mod assembly;
mod decode;
mod header;
mod mask;

#[cfg(feature = "deflate")]
pub(crate) use assembly::Assembly;
pub(crate) use decode::{Decoder, Event};
pub(crate) use header::{Header, MAX_HEADER, Opcode};
pub(crate) use mask::Mask;
