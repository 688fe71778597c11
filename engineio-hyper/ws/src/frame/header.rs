//! The headers of frames (RFC 6455, section 5.2).

use super::mask::Mask;
use crate::Fault;
use bytes::{BufMut, BytesMut};

/// The longest header: two bytes, a length of eight, a mask of four.
pub(crate) const LONGEST: usize = 14;

/// The most that a control frame holds.
const CONTROL: u64 = 125;

/// What a frame is.
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

    /// Whether it may stand between the fragments of a message.
    pub(crate) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// What stands in front of a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// It is the last of its message.
    pub(crate) fin: bool,
    /// The first reserved bit: permessage-deflate's mark of a compressed message.
    pub(crate) compressed: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<Mask>,
    pub(crate) len: u64,
}

impl Header {
    /// Reads a header and says how long it is. `None` if there is more to it.
    ///
    /// What the first two bytes tell is judged as soon as they are there.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x30 != 0 {
            return Err(Fault::ReservedBit);
        }
        let opcode = Opcode::new(first & 0xf).ok_or(Fault::Opcode(first & 0xf))?;
        let fin = first & 0x80 != 0;
        let short = u64::from(second & 0x7f);
        if opcode.is_control() && (!fin || short > CONTROL) {
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

    /// Appends a header, in as few bytes as its length allows.
    ///
    /// Each part leaves in one piece: a read of bytes that were just written one by one, as the copy to the connection is,
    /// keeps the processor waiting.
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

/// The beginning of a header that was cut.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Partial {
    bytes: [u8; LONGEST],
    len: u8,
}

impl Partial {
    /// Takes the next header from `input`. `None` says that all of it was taken, and the header goes on.
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
        let more = input.len().min(LONGEST - known);
        self.bytes[known..known + more].copy_from_slice(&input[..more]);
        let parsed = Header::parse(&self.bytes[..known + more])?;
        if let Some((header, length)) = parsed {
            *input = &input[length - known..];
            self.len = 0;
            return Ok(Some(header));
        }
        // Less than the longest header, so it is all that there was.
        *input = &[];
        self.len = (known + more) as u8;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_however_it_is_cut() {
        for len in [0, 1, 125, 126, 65535, 65536, 1 << 40] {
            for key in [None, Some([1, 2, 3, 4])] {
                let mut bytes = BytesMut::new();
                Header::write(Opcode::Text, true, key, len, &mut bytes);
                let length = bytes.len();
                bytes.resize(LONGEST, 0);
                let mask = key.map(Mask::new);
                let expected = Header { fin: true, compressed: true, opcode: Opcode::Text, mask, len: len as u64 };
                for cut in 0..=length {
                    let mut partial = Partial::default();
                    let mut first = &bytes[..cut];
                    let mut found = partial.take(&mut first).unwrap();
                    assert_eq!((found.is_some(), first.len()), (cut == length, 0));
                    if found.is_none() {
                        let mut second = &bytes[cut..];
                        found = partial.take(&mut second).unwrap();
                        assert_eq!(second.len(), LONGEST - length, "nothing of what follows is taken");
                    }
                    assert_eq!(found, Some(expected));
                }
            }
        }
    }

    #[test]
    fn the_first_two_bytes_are_judged_at_once() {
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
