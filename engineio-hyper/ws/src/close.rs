//! Close frames (RFC 6455, section 5.5.1).

use crate::{CloseCode, Fault};
use bytes::{Buf, Bytes};

/// The payload of a Close frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The status code.
    pub code: CloseCode,
    /// The reason: UTF-8, at most 123 bytes, empty if the peer gave none.
    pub reason: Bytes,
}

impl Close {
    /// Parses the payload of a Close frame. Returns `None` if the payload is empty.
    pub(crate) fn parse(mut payload: Bytes) -> Result<Option<Self>, Fault> {
        match payload.len() {
            0 => return Ok(None),
            1 => return Err(Fault::ClosePayload),
            _ => {}
        }
        let code = payload.get_u16();
        let code = CloseCode::new(code).ok_or(Fault::CloseCode(code))?;
        match simdutf8::basic::from_utf8(&payload) {
            Ok(_) => Ok(Some(Self { code, reason: payload })),
            Err(_) => Err(Fault::Utf8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_accepts_an_empty_payload_or_a_code_with_a_utf8_reason() {
        let parse = |payload: &'static [u8]| Close::parse(Bytes::from_static(payload));
        assert_eq!(parse(b""), Ok(None));
        let close = Close { code: CloseCode::NORMAL, reason: Bytes::from_static("ä".as_bytes()) };
        assert_eq!(parse(b"\x03\xe8\xc3\xa4"), Ok(Some(close)));
        assert_eq!(parse(b"\x03"), Err(Fault::ClosePayload));
        assert_eq!(parse(b"\x03\xed"), Err(Fault::CloseCode(1005)));
        assert_eq!(parse(b"\x03\xe8\xc3"), Err(Fault::Utf8));
    }
}
