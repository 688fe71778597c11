//! Arbitrary values of the public input types (feature `arbitrary`), so that others can fuzz what they build on top.

use crate::{
    BadRequest, CallFault, ClientStart, Delivery, Encoding, Frame, Handshake, Instant, Jsonp, Message, Outgoing,
    Packet, Refusal, RequestHead, SessionId, Sid, Text, Transport, Upgrades, Upload, Version, WsEnd, WsFault,
};
use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use arbitrary::{Arbitrary, Error, Result, Unstructured};
use core::time::Duration;

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::from(<&str>::arbitrary(u)?))
    }
}

impl<'a> Arbitrary<'a> for Message {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if bool::arbitrary(u)? { Self::Text(Text::arbitrary(u)?) } else { Self::from(Vec::arbitrary(u)?) })
    }
}

impl<'a> Arbitrary<'a> for Outgoing {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::new(Message::arbitrary(u)?, bool::arbitrary(u)?))
    }
}

impl<'a> Arbitrary<'a> for Packet {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=6)? {
            0 => Self::Open(Text::arbitrary(u)?),
            1 => Self::Close,
            2 => Self::Ping(Text::arbitrary(u)?),
            3 => Self::Pong(Text::arbitrary(u)?),
            4 => Self::Message(Message::arbitrary(u)?),
            5 => Self::Upgrade,
            _ => Self::Noop,
        })
    }
}

impl<'a> Arbitrary<'a> for Frame {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match Message::arbitrary(u)? {
            Message::Text(text) => Self::Text(text),
            Message::Binary(bytes) => Self::Binary(bytes),
        })
    }
}

impl<'a> Arbitrary<'a> for Sid {
    /// The usual kind, of 20 characters.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::from_entropy(u.arbitrary()?))
    }
}

impl<'a> Arbitrary<'a> for SessionId {
    /// One of ours, or any text that will do.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if bool::arbitrary(u)? {
            return Ok(Sid::arbitrary(u)?.into());
        }
        <&str>::arbitrary(u)?.parse().map_err(|_| Error::IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for Instant {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::from_epoch(Duration::arbitrary(u)?))
    }
}

impl<'a> Arbitrary<'a> for Version {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&[Self::V3, Self::V4]).copied()
    }
}

impl<'a> Arbitrary<'a> for Encoding {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut encoding = Self::new(Version::arbitrary(u)?);
        if bool::arbitrary(u)? {
            encoding = encoding.with_base64();
        }
        if bool::arbitrary(u)? {
            encoding = encoding.of_octet_stream();
        }
        Ok(if bool::arbitrary(u)? { encoding.with_jsonp(Jsonp::arbitrary(u)?) } else { encoding })
    }
}

impl<'a> Arbitrary<'a> for Jsonp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let number = u.int_in_range(0..=9_999_999_999_u64)?;
        number.to_string().parse().map_err(|_| Error::IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for Upload {
    /// A body that was read, or one that is too large.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1, 16)? {
            return Ok(Self::too_large());
        }
        let encoding = Encoding::arbitrary(u)?;
        let packets = u.int_in_range(1..=1000)?;
        Ok(encoding.decode_payload(Vec::<u8>::arbitrary(u)?.into(), packets))
    }
}

impl<'a> Arbitrary<'a> for Upgrades {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if bool::arbitrary(u)? { Self::default().with(Transport::WebSocket) } else { Self::default() })
    }
}

impl<'a, Id: Arbitrary<'a>> Arbitrary<'a> for Handshake<Id> {
    /// One that survives being encoded: whole milliseconds, within bounds.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self {
            sid: Id::arbitrary(u)?,
            upgrades: Upgrades::arbitrary(u)?,
            ping_interval: Duration::from_millis(u32::arbitrary(u)?.into()),
            ping_timeout: Duration::from_millis(u32::arbitrary(u)?.into()),
            max_payload: Option::arbitrary(u)?,
        })
    }
}

impl<'a> Arbitrary<'a> for RequestHead<'a> {
    /// One whose method and query are often those of the protocol.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let method = if u.ratio(1, 8)? { <&str>::arbitrary(u)? } else { *u.choose(&["GET", "POST"])? };
        let plain = ["EIO=4&transport=polling", "EIO=4&transport=websocket", "EIO=3&transport=polling&b64=1&j=0"];
        let query = if bool::arbitrary(u)? { <&str>::arbitrary(u)? } else { *u.choose(&plain)? };
        Ok(Self {
            method,
            query,
            upgrade: bool::arbitrary(u)?,
            origin: Option::arbitrary(u)?,
            content_type: Option::arbitrary(u)?,
            content_encoding: Option::arbitrary(u)?,
            content_length: Option::arbitrary(u)?,
        })
    }
}

impl<'a> Arbitrary<'a> for Refusal {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=9)? {
            0 => Self::UnknownTransport,
            1 => Self::UnknownSid,
            2 => Self::BadHandshakeMethod,
            3 => Self::BadRequest(BadRequest::arbitrary(u)?),
            4 => Self::Forbidden(Option::<String>::arbitrary(u)?.map(Into::into)),
            5 => Self::UnsupportedVersion,
            6 => Self::MethodNotAllowed,
            7 => Self::ContentEncoding,
            8 => Self::QueryTooLong,
            _ => Self::Overloaded,
        })
    }
}

impl<'a> Arbitrary<'a> for BadRequest {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let all = [
            Self::DuplicateParameter,
            Self::TransportMismatch,
            Self::VersionMismatch,
            Self::TransportHandshake,
            Self::UpgradesDisabled,
            Self::JsonpDisabled,
            Self::Jsonp,
            Self::InvalidOrigin,
            Self::Payload,
            Self::IdGeneration,
        ];
        u.choose(&all).copied()
    }
}

impl<'a> Arbitrary<'a> for CallFault {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=4)? {
            0 => Self::Unreachable,
            1 => Self::Connection,
            2 => Self::Protocol,
            3 => Self::TooLarge,
            _ => Self::Refused(u16::arbitrary(u)?),
        })
    }
}

impl<'a> Arbitrary<'a> for ClientStart {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (key, cache_buster, websocket_worked) = Arbitrary::arbitrary(u)?;
        Ok(Self { key, cache_buster, websocket_worked })
    }
}

impl<'a> Arbitrary<'a> for Transport {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&Self::ALL).copied()
    }
}

impl<'a> Arbitrary<'a> for Delivery {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&[Self::Written, Self::Lost]).copied()
    }
}

impl<'a> Arbitrary<'a> for WsFault {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&[Self::Protocol, Self::Utf8, Self::TooLarge, Self::Connection]).copied()
    }
}

impl<'a> Arbitrary<'a> for WsEnd {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if bool::arbitrary(u)? { Self::Closed } else { Self::Failed(WsFault::arbitrary(u)?) })
    }
}
