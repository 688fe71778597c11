//! Arbitrary values of the public input types (feature `arbitrary`), so that others can fuzz what they build on top.

use crate::{Delivery, Encoding, Frame, Instant, Message, Packet, Sid, Text, Transport, Version, WsEnd, WsFault};
use alloc::vec::Vec;
use arbitrary::{Arbitrary, Result, Unstructured};
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

impl<'a> Arbitrary<'a> for Instant {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::from_epoch(Duration::arbitrary(u)?))
    }
}

impl<'a> Arbitrary<'a> for Version {
    fn arbitrary(_: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::V4)
    }
}

impl<'a> Arbitrary<'a> for Encoding {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::new(Version::arbitrary(u)?))
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
