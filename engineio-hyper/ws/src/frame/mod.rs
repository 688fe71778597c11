//! Frames: their headers and masks, and how messages are put together from them.

mod arena;
mod assembly;
mod decode;
mod header;
mod mask;

#[cfg(feature = "deflate")]
pub(crate) use assembly::Assembly;
pub(crate) use decode::{Decoder, Event};
pub(crate) use header::{Header, LONGEST, Opcode};
pub(crate) use mask::Mask;
