//! Binary data as text: the standard alphabet, padded when written, read a little more leniently.

use crate::PacketError;
use alloc::vec::Vec;
use base64::{
    DecodeError, Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Missing padding and stray bits in the last character are met in the field and harm nobody.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

/// From how many bytes on it pays to ask what the processor can do.
const LONG: usize = 1024;

/// An engine for what is long: with vector instructions, where they can be looked for.
#[cfg(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn long_engine() -> impl Engine {
    base64::engine::Simd::standard(CONFIG)
}

#[cfg(not(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64"))))]
const fn long_engine() -> impl Engine {
    ENGINE
}

/// How many characters `len` bytes become.
pub(crate) const fn encoded_len(len: usize) -> usize {
    len.div_ceil(3).saturating_mul(4)
}

/// An upper bound of how many bytes `len` characters become: enough for [`decode_into`] not to reallocate.
pub(crate) const fn decoded_capacity(len: usize) -> usize {
    len.div_ceil(4).saturating_mul(3)
}

/// How many bytes a text that [`decode_into`] has accepted became.
pub(crate) fn decoded_len(text: &[u8]) -> usize {
    let symbols = text.iter().filter(|&&byte| byte != b'=' && !is_skipped(byte)).count();
    // Each symbol is six bits; the fraction of a byte that is left over means nothing. Quarters first: no overflow.
    let (quads, rest) = (symbols >> 2, symbols & 3);
    quads.saturating_mul(3).saturating_add(rest.saturating_sub(1))
}

/// Appends what the text stands for, or leaves `out` as it was.
pub(crate) fn decode_into(out: &mut Vec<u8>, text: &[u8]) -> Result<(), PacketError> {
    let start = out.len();
    let result = if text.len() < LONG { ENGINE.decode_vec(text, out) } else { long_engine().decode_vec(text, out) };
    let decoded = match result {
        // Encoders that wrap their lines are rare, so the check for them waits for the first offence.
        Err(DecodeError::InvalidByte(_, byte)) if is_skipped(byte) || byte == b'=' => {
            out.truncate(start);
            decode_wrapped_into(out, text)
        }
        decoded => decoded.map_err(|_| PacketError::Base64),
    };
    if decoded.is_err() {
        out.truncate(start);
    }
    decoded
}

/// Appends what `bytes` are as text. The buffer must have been given room for it, or it allocates.
pub(crate) fn encode_into(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start.saturating_add(encoded_len(bytes.len())), 0);
    if let Some(room) = out.get_mut(start..) {
        // The room is exact, so this cannot fail.
        let written =
            if bytes.len() < LONG { ENGINE.encode_slice(bytes, room) } else { long_engine().encode_slice(bytes, room) };
        debug_assert_eq!(written, Ok(room.len()));
    }
}

/// Whether the character may stand anywhere in base64: what encoders that wrap or indent put between the lines.
const fn is_skipped(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t')
}

/// Works through a buffer of its own, so that the heap holds the text and the result but no third copy.
fn decode_wrapped_into(out: &mut Vec<u8>, text: &[u8]) -> Result<(), PacketError> {
    /// Whole groups of four, so that only the last chunk can be ragged.
    const CHUNK: usize = 512;
    let mut symbols = text.iter().copied().filter(|&byte| !is_skipped(byte)).peekable();
    while symbols.peek().is_some() {
        let mut chunk = [0; CHUNK];
        let mut len: usize = 0;
        for (slot, symbol) in chunk.iter_mut().zip(&mut symbols) {
            *slot = symbol;
            len = len.saturating_add(1);
        }
        let start = out.len();
        ENGINE.decode_vec(chunk.get(..len).unwrap_or_default(), out).map_err(|_| PacketError::Base64)?;
        // Padding ends the text; a chunk that is followed by more must not hold any.
        let full = out.len().saturating_sub(start) == decoded_capacity(CHUNK);
        if !full && symbols.peek().is_some() {
            return Err(PacketError::Base64);
        }
    }
    Ok(())
}
