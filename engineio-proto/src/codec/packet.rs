//! Packets: what the two sides say to each other, whatever the transport.

use crate::{Message, PacketError, Text};
use bytes::Bytes;

/// One packet.
///
/// Data that a peer puts behind a type that carries none is dropped, as the reference does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// `0`: the server's handshake, JSON (see [`Handshake`](crate::Handshake)).
    Open(Text),
    /// `1`: the session ends.
    Close,
    /// `2`: asks for a pong; with `probe`, asks whether an upgrade's transport works.
    Ping(Text),
    /// `3`: answers a ping, with its data.
    Pong(Text),
    /// `4`: what the application says.
    Message(Message),
    /// `5`: from here on the session is on the new transport.
    Upgrade,
    /// `6`: nothing; it ends a poll.
    Noop,
}

/// The data of the ping and pong that try out an upgrade's transport.
pub(crate) const PROBE: Text = Text::from_static("probe");

impl Packet {
    /// A ping or pong without data is what the heartbeat uses.
    pub(crate) const EMPTY: Text = Text::from_static("");

    /// The digit that names the packet's type on the wire.
    #[must_use]
    #[inline]
    pub const fn digit(&self) -> u8 {
        match self {
            Self::Open(_) => b'0',
            Self::Close => b'1',
            Self::Ping(_) => b'2',
            Self::Pong(_) => b'3',
            Self::Message(_) => b'4',
            Self::Upgrade => b'5',
            Self::Noop => b'6',
        }
    }

    /// Whether it is worth compressing, unless a message says otherwise. The others are a few bytes; where they go out
    /// together with messages, those decide.
    #[inline]
    pub(crate) const fn compress(&self) -> bool {
        match self {
            Self::Open(_) | Self::Message(_) => true,
            Self::Close | Self::Ping(_) | Self::Pong(_) | Self::Upgrade | Self::Noop => false,
        }
    }

    /// What follows the digit on the wire, as bytes; empty for the types that carry none.
    #[inline]
    pub(crate) const fn data(&self) -> Option<&Bytes> {
        match self {
            Self::Open(text) | Self::Ping(text) | Self::Pong(text) => Some(text.as_bytes()),
            Self::Message(message) => Some(message.as_bytes()),
            Self::Close | Self::Upgrade | Self::Noop => None,
        }
    }

    /// As [`data`](Self::data), by value.
    #[inline]
    pub(crate) fn into_data(self) -> Bytes {
        match self {
            Self::Open(text) | Self::Ping(text) | Self::Pong(text) => text.into_bytes(),
            Self::Message(Message::Text(text)) => text.into_bytes(),
            Self::Message(Message::Binary(bytes)) => bytes,
            Self::Close | Self::Upgrade | Self::Noop => Bytes::new(),
        }
    }

    /// Reads a packet of the text form `<digit><data>`, sharing the text's memory.
    pub(crate) fn from_text(text: Text) -> Result<Self, PacketError> {
        let Some(&digit) = text.as_bytes().first() else { return Err(PacketError::Empty) };
        match digit {
            b'0' => Ok(Self::Open(text.skip_ascii())),
            b'2' => Ok(Self::Ping(text.skip_ascii())),
            b'3' => Ok(Self::Pong(text.skip_ascii())),
            b'4' => Ok(Self::Message(Message::Text(text.skip_ascii()))),
            other => Self::bare(other),
        }
    }

    /// The packet of this digit, without data.
    pub(crate) const fn bare(digit: u8) -> Result<Self, PacketError> {
        match digit {
            b'0' => Ok(Self::Open(Self::EMPTY)),
            b'1' => Ok(Self::Close),
            b'2' => Ok(Self::Ping(Self::EMPTY)),
            b'3' => Ok(Self::Pong(Self::EMPTY)),
            b'4' => Ok(Self::Message(Message::Text(Self::EMPTY))),
            b'5' => Ok(Self::Upgrade),
            b'6' => Ok(Self::Noop),
            other => Err(PacketError::UnknownType(other)),
        }
    }
}
