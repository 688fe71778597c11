//! Frame headers (RFC 6455, section 5.2).

use super::mask::Mask;
use crate::Fault;
use bytes::{BufMut, BytesMut};

/// The size in bytes of the longest header: two bytes, an extended length of eight, a masking key of four.
pub(crate) const MAX_HEADER: usize = 14;

/// The largest payload in bytes of a control frame.
const MAX_CONTROL_PAYLOAD: u64 = 125;

/// The opcode of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    const fn new(opcode: u8) -> Option<Self> {
        Some(match opcode {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return None,
        })
    }

    const fn get(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    /// Returns whether the opcode is that of a control frame, which can arrive between the fragments of a message.
    pub(crate) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The frame is the last of its message.
    pub(crate) fin: bool,
    /// The first reserved bit, RSV1. In permessage-deflate it marks the first frame of a compressed message.
    pub(crate) compressed: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<Mask>,
    /// The length of the payload in bytes.
    pub(crate) len: u64,
}

impl Header {
    /// Parses a header. Returns it with its length in bytes, or `None` if it is incomplete.
    ///
    /// Faults in the first two bytes are reported as soon as these have arrived.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x30 != 0 {
            return Err(Fault::ReservedBit);
        }
        let opcode = Opcode::new(first & 0xf).ok_or(Fault::Opcode(first & 0xf))?;
        let fin = first & 0x80 != 0;
        let short = u64::from(second & 0x7f);
        if opcode.is_control() && (!fin || short > MAX_CONTROL_PAYLOAD) {
            return Err(Fault::Control);
        }
        let (len, rest, before) = match short {
            126 => match rest.split_first_chunk() {
                Some((len, rest)) => (u64::from(u16::from_be_bytes(*len)), rest, 4),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((len, rest)) => (u64::from_be_bytes(*len), rest, 10),
                None => return Ok(None),
            },
            _ => (short, rest, 2),
        };
        let (mask, length) = match (second & 0x80 != 0, rest.first_chunk()) {
            (false, _) => (None, before),
            (true, Some(key)) => (Some(Mask::new(*key)), before + 4),
            (true, None) => return Ok(None),
        };
        Ok(Some((Self { fin, compressed: first & 0x40 != 0, opcode, mask, len }, length)))
    }

    /// Appends a header in its shortest encoding.
    ///
    /// Each part is stored as one integer. If its bytes were stored one by one, the copy to the connection would read
    /// them back with wider loads, which stall until the stores retire.
    #[inline]
    pub(crate) fn write(opcode: Opcode, compressed: bool, key: Option<[u8; 4]>, len: usize, out: &mut BytesMut) {
        let first = 0x80 | if compressed { 0x40 } else { 0 } | opcode.get();
        let masked = if key.is_some() { 0x80 } else { 0 };
        match (u8::try_from(len), u16::try_from(len)) {
            (Ok(short @ ..=125), _) => out.put_u16(u16::from(first) << 8 | u16::from(masked | short)),
            (_, Ok(medium)) => {
                out.put_u32(u32::from(first) << 24 | u32::from(masked | 126) << 16 | u32::from(medium));
            }
            _ => {
                out.put_u16(u16::from(first) << 8 | u16::from(masked | 127));
                out.put_u64(len as u64);
            }
        }
        if let Some(key) = key {
            out.extend_from_slice(&key);
        }
    }
}

/// The bytes of a header that is incomplete.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PartialHeader {
    bytes: [u8; MAX_HEADER],
    len: u8,
}

impl PartialHeader {
    /// Parses the next header and advances `input` past it. Returns `None` if all of `input` is consumed and the header
    /// is incomplete.
    #[inline]
    pub(crate) fn take(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Fault> {
        if self.len == 0
            && let Some((header, length)) = Header::parse(input)?
        {
            *input = &input[length..];
            return Ok(Some(header));
        }
        self.resume(input)
    }

    fn resume(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Fault> {
        let known = usize::from(self.len);
        let more = input.len().min(MAX_HEADER - known);
        self.bytes[known..known + more].copy_from_slice(&input[..more]);
        let parsed = Header::parse(&self.bytes[..known + more])?;
        if let Some((header, length)) = parsed {
            *input = &input[length - known..];
            self.len = 0;
            return Ok(Some(header));
        }
        // An incomplete header is shorter than `MAX_HEADER`, so all of the input was copied.
        *input = &[];
        self.len = (known + more) as u8;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_headers_parse_back_for_every_split() {
        for len in [0, 1, 125, 126, 65535, 65536, 1 << 40] {
            for key in [None, Some([1, 2, 3, 4])] {
                let mut bytes = BytesMut::new();
                Header::write(Opcode::Text, true, key, len, &mut bytes);
                let length = bytes.len();
                bytes.resize(MAX_HEADER, 0);
                let mask = key.map(Mask::new);
                let expected = Header { fin: true, compressed: true, opcode: Opcode::Text, mask, len: len as u64 };
                for cut in 0..=length {
                    let mut partial = PartialHeader::default();
                    let mut first = &bytes[..cut];
                    let mut found = partial.take(&mut first).unwrap();
                    assert_eq!((found.is_some(), first.len()), (cut == length, 0));
                    if found.is_none() {
                        let mut second = &bytes[cut..];
                        found = partial.take(&mut second).unwrap();
                        assert_eq!(second.len(), MAX_HEADER - length, "nothing after the header is consumed");
                    }
                    assert_eq!(found, Some(expected));
                }
            }
        }
    }

    #[test]
    fn faults_in_the_first_two_bytes_are_reported_at_once() {
        for (first, fault) in [
            (0x91, Fault::ReservedBit),
            (0xa1, Fault::ReservedBit),
            (0x83, Fault::Opcode(3)),
            (0x8b, Fault::Opcode(11)),
            (0x08, Fault::Control),
        ] {
            assert_eq!(Header::parse(&[first, 0xff]), Err(fault), "{first:x}");
        }
        assert_eq!(Header::parse(&[0x89, 126]), Err(Fault::Control));
        assert_eq!(Header::parse(&[0xff]), Ok(None));
    }
}
