//! Binary data as text: the standard alphabet, padded when written, read a little more leniently.

use crate::PacketError;
use alloc::vec::Vec;
use base64::{
    DecodeError, Engine,
    engine::{DecodePaddingMode, GeneralPurposeConfig},
};
use bytes::Bytes;

/// Missing padding and stray bits in the last character are met in the field and harm nobody.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// With vector instructions, if the processor has them, which is asked once.
#[cfg(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64")))]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> =
    std::sync::LazyLock::new(|| base64::engine::Simd::standard(CONFIG));

#[cfg(not(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64"))))]
static ENGINE: base64::engine::GeneralPurpose =
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, CONFIG);

/// How many characters `len` bytes become.
pub(crate) const fn encoded_len(len: usize) -> usize {
    len.div_ceil(3).saturating_mul(4)
}

/// An upper bound of how many bytes `len` characters become: a [`Decoder`] that has room for so many does not move.
pub(crate) const fn decoded_capacity(len: usize) -> usize {
    len.div_ceil(4).saturating_mul(3)
}

/// What one text stands for.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, PacketError> {
    let mut decoder = Decoder::with_capacity(decoded_capacity(text.len()));
    decoder.push(text)?;
    Ok(decoder.into_bytes())
}

/// What texts stand for, one after the other in one buffer.
#[derive(Debug)]
pub(crate) struct Decoder {
    bytes: Vec<u8>,
    lines: Lines,
}

/// How texts are written: what is known of it when they are decoded makes it quick to tell them apart again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Each in one line.
    One,
    /// Some with blanks and ends of lines in between.
    Wrapped,
}

impl Decoder {
    /// A buffer that does not move while no more bytes go into it than this.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), lines: Lines::One }
    }

    /// Appends what the text stands for, and tells how many bytes that is; or changes nothing.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<usize, PacketError> {
        let start = self.bytes.len();
        let decoded = match ENGINE.decode_vec(text, &mut self.bytes) {
            // Encoders that wrap their lines are rare, so the check for them waits for the first offence.
            Err(DecodeError::InvalidByte(_, byte)) if is_skipped(byte) || byte == b'=' => {
                self.lines = Lines::Wrapped;
                self.bytes.truncate(start);
                decode_wrapped_into(&mut self.bytes, text)
            }
            decoded => decoded.map_err(|_| PacketError::Base64),
        };
        if decoded.is_err() {
            self.bytes.truncate(start);
        }
        decoded.map(|()| self.bytes.len().saturating_sub(start))
    }

    /// All that was decoded.
    pub(crate) fn finish(self) -> (Bytes, Lines) {
        let lines = self.lines;
        (self.into_bytes().into(), lines)
    }

    /// What little was found in a text of blanks does not keep the memory of the text.
    fn into_bytes(mut self) -> Vec<u8> {
        if self.bytes.len() < self.bytes.capacity() >> 2 {
            self.bytes.shrink_to_fit();
        }
        self.bytes
    }
}

impl Lines {
    /// How many bytes a text that was written like this, and decoded, became.
    pub(crate) fn decoded_len(self, text: &[u8]) -> usize {
        let symbols = match (self, text) {
            (Self::Wrapped, _) => text.iter().filter(|&&byte| byte != b'=' && !is_skipped(byte)).count(),
            (Self::One, [symbols @ .., b'=', b'='] | [symbols @ .., b'='] | symbols) => symbols.len(),
        };
        // Each symbol is six bits; the fraction of a byte that is left over means nothing. Quarters first: no overflow.
        let (quads, rest) = (symbols >> 2, symbols & 3);
        quads.saturating_mul(3).saturating_add(rest.saturating_sub(1))
    }
}

/// Appends what `bytes` are as text. The buffer must have been given room for it, or it allocates.
pub(crate) fn encode_into(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start.saturating_add(encoded_len(bytes.len())), 0);
    encode(bytes, out.get_mut(start..).unwrap_or_default());
}

/// Writes what `bytes` are as text into `room`, which is [as long](encoded_len).
pub(crate) fn encode(bytes: &[u8], room: &mut [u8]) {
    let written = ENGINE.encode_slice(bytes, room);
    debug_assert_eq!(written, Ok(room.len()));
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
