//! JSONP: payloads as scripts and forms, for browsers that could ask other origins in no other way.

use super::urlencoded;
use crate::PacketError;
use alloc::{format, string::String, vec::Vec};
use bytes::Bytes;
use core::{fmt, num::NonZeroU64};

/// Which of a page's callbacks the answers to a session's polls call: the `j` parameter of its handshake.
///
/// ```
/// use engineio_proto::{Batch, Encoding, Jsonp, Message, Packet, Version};
///
/// let encoding = Encoding::new(Version::V4).with_jsonp("3".parse::<Jsonp>()?);
/// let batch = Batch::new(encoding, [Packet::Message(Message::from("</script>"))]);
/// assert_eq!(batch.encode(), r#"___eio[3]("4<\/script>");"#);
/// assert!("3);alert(1".parse::<Jsonp>().is_err());
/// # Ok::<(), engineio_proto::InvalidJsonp>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Jsonp {
    /// So that sessions without one need no room for it.
    one_more: NonZeroU64,
}

/// A `j` parameter that is not 1 to 10 decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number of a JSONP callback is 1 to 10 digits")]
pub struct InvalidJsonp;

impl Jsonp {
    /// Reads the digits.
    pub(crate) fn from_digits(digits: impl Iterator<Item = u8>) -> Result<Self, InvalidJsonp> {
        let mut number = None;
        for (place, byte) in digits.enumerate() {
            if place >= 10 || !byte.is_ascii_digit() {
                return Err(InvalidJsonp);
            }
            number = Some(number.unwrap_or(0_u64).saturating_mul(10).saturating_add(u64::from(byte & 0xf)));
        }
        let one_more = NonZeroU64::MIN.saturating_add(number.ok_or(InvalidJsonp)?);
        Ok(Self { one_more })
    }

    /// The number of the callback.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.one_more.get().saturating_sub(1)
    }

    fn head(self) -> String {
        format!("___eio[{self}](\"")
    }

    /// How long the script around a text is.
    pub(crate) fn frame_len(self) -> usize {
        self.head().len().saturating_add(TAIL.len())
    }

    /// The script that calls the callback with a text, of which [`escaped_len`] tells how long it becomes.
    pub(crate) fn script(self, text: &[u8]) -> Vec<u8> {
        let mut script = Vec::with_capacity(self.frame_len().saturating_add(escaped_len(text)));
        script.extend_from_slice(self.head().as_bytes());
        escape_into(&mut script, text);
        script.extend_from_slice(TAIL);
        script
    }
}

impl core::str::FromStr for Jsonp {
    type Err = InvalidJsonp;

    fn from_str(digits: &str) -> Result<Self, InvalidJsonp> {
        Self::from_digits(digits.bytes())
    }
}

impl fmt::Display for Jsonp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl fmt::Debug for Jsonp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Jsonp").field(&self.number()).finish()
    }
}

const TAIL: &[u8] = b"\");";

/// A text as it stands in a string of JSON that is also one of any JavaScript, and that no HTML around it ends.
fn escape_into(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some((at, special)) = next_special(rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let hex = |digit: u8| *b"0123456789abcdef".get(usize::from(digit & 0xf)).unwrap_or(&b'0');
        match special {
            Special::Short(letter) => out.extend_from_slice(&[b'\\', letter]),
            Special::Control(byte) => out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte)]),
            Special::Line(last) => out.extend_from_slice(&[b'\\', b'u', b'2', b'0', b'2', last]),
        }
        rest = rest.get(at.saturating_add(special.len())..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// How long a text becomes when it is escaped.
pub(crate) fn escaped_len(text: &[u8]) -> usize {
    let (mut rest, mut len) = (text, text.len());
    while let Some((at, special)) = next_special(rest) {
        len = len.saturating_add(special.escaped_len()).saturating_sub(special.len());
        rest = rest.get(at.saturating_add(special.len())..).unwrap_or_default();
    }
    len
}

/// What cannot stand in the string as it is.
#[derive(Clone, Copy)]
enum Special {
    /// Escaped by a letter or by itself; `/` is, after `<`.
    Short(u8),
    Control(u8),
    /// U+2028 or U+2029, which end a line in older JavaScript. The last digit.
    Line(u8),
}

impl Special {
    const fn len(self) -> usize {
        match self {
            Self::Short(_) | Self::Control(_) => 1,
            Self::Line(_) => 3,
        }
    }

    const fn escaped_len(self) -> usize {
        match self {
            Self::Short(_) => 2,
            Self::Control(_) | Self::Line(_) => 6,
        }
    }
}

/// Where the first of them is, and which.
fn next_special(text: &[u8]) -> Option<(usize, Special)> {
    let mut before = 0;
    text.iter().enumerate().find_map(|(at, &byte)| {
        let last = core::mem::replace(&mut before, byte);
        let special = match byte {
            b'"' | b'\\' => Special::Short(byte),
            b'/' if last == b'<' => Special::Short(byte),
            b'\n' => Special::Short(b'n'),
            b'\r' => Special::Short(b'r'),
            b'\t' => Special::Short(b't'),
            8 => Special::Short(b'b'),
            12 => Special::Short(b'f'),
            0..=0x1f => Special::Control(byte),
            0xe2 => match text.get(at.saturating_add(1)..at.saturating_add(3)) {
                Some([0x80, last @ (0xa8 | 0xa9)]) => Special::Line(b'0' | (last & 0xf)),
                _ => return None,
            },
            _ => return None,
        };
        Some((at, special))
    })
}

/// The payload in the body of a POST: the form's one field `d`. What its clients escape so that no browser changes
/// it, is what it was: a backslash and `n` is a line feed, and with one more backslash in front it is itself.
pub(crate) fn payload_of(form: &[u8]) -> Result<Bytes, PacketError> {
    let mut fields = form.split(|byte| *byte == b'&').filter_map(|field| {
        let equals = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
        let (name, value) = field.split_at_checked(equals)?;
        urlencoded::decode(name).eq(*b"d").then(|| value.get(1..).unwrap_or_default())
    });
    let (Some(value), None) = (fields.next(), fields.next()) else { return Err(PacketError::Form) };
    let mut payload = Vec::with_capacity(value.len());
    // How many backslashes stand right before.
    let mut slashes: usize = 0;
    for byte in urlencoded::decode(value) {
        match (byte, slashes) {
            (b'n', 1) => {
                payload.pop();
                payload.push(b'\n');
            }
            (b'n', 2..) => {
                payload.pop();
                payload.push(b'n');
            }
            _ => payload.push(byte),
        }
        slashes = if byte == b'\\' { slashes.saturating_add(1) } else { 0 };
    }
    Ok(payload.into())
}
