//! The messages of one input, read as they are taken.

use super::framing::Framing;
use super::{measured, separated};
use crate::codec::base64::Lines;
use crate::{Message, Packet, Text};
use alloc::collections::VecDeque;
use bytes::{Bytes, BytesMut};
use core::iter::FusedIterator;

/// The messages that one POST or one read from a WebSocket brought, in order.
///
/// It is an iterator that reads them as they are taken: half a million tiny packets in one body stay that body,
/// and never become a list. They share the body's memory, so one that is kept keeps all of it; a body that is mostly
/// something else is not kept.
#[derive(Clone, Debug)]
pub struct Messages(Source);

/// For how many messages a list has room at first: a read that brings two mostly brings more.
const MANY: usize = 16;

/// For how many messages, at most, a list has room because so many are said to come.
const KNOWN: usize = 1024;

/// How much more memory than they need a payload's messages may hold on to, in bytes: at all, for each byte that they say
/// and for each of them. A list takes less than the last.
const SPARE: usize = 256;
const SPARE_PER_BYTE: usize = 4;
const SPARE_PER_MESSAGE: usize = 64;

#[derive(Clone, Debug)]
enum Source {
    One(Option<Message>),
    Many {
        messages: VecDeque<Message>,
        byte_len: usize,
    },
    Payload {
        framing: Framing,
        /// The undecoded packets, whose syntax has been checked. There may be more of them than count.
        packets: Bytes,
        /// What the binary messages among them hold that are base64, one after the other.
        binary: Bytes,
        lines: Lines,
        /// How many messages are left to be taken.
        count: usize,
        /// What those hold, in bytes.
        byte_len: usize,
    },
}

impl Messages {
    pub(crate) const EMPTY: Self = Self(Source::One(None));

    /// `count` messages that hold `byte_len` bytes are taken from the payload, which must have them.
    pub(super) fn payload(
        framing: Framing,
        packets: Bytes,
        (binary, lines): (Bytes, Lines),
        count: usize,
        byte_len: usize,
    ) -> Self {
        Self(Source::Payload { framing, packets, binary, lines, count, byte_len })
    }

    /// The same messages, out of a payload that is mostly something else if that is what they are in: whoever bounds what
    /// waits goes by what messages say, and a peer might send much beside it.
    pub(super) fn compact(self) -> Self {
        let Source::Payload { packets, binary, count, byte_len, .. } = &self.0 else { return self };
        let allowed = SPARE
            .saturating_add(byte_len.saturating_mul(SPARE_PER_BYTE))
            .saturating_add(count.saturating_mul(SPARE_PER_MESSAGE));
        if packets.len().saturating_add(binary.len()) <= allowed {
            return self;
        }
        let byte_len = *byte_len;
        let mut memory = BytesMut::with_capacity(byte_len);
        let mut copy = |bytes: &Bytes| {
            memory.extend_from_slice(bytes);
            memory.split().freeze()
        };
        let messages = self.map(|message| match message {
            Message::Text(text) => Message::Text(Text::assume_utf8(copy(text.as_bytes()))),
            Message::Binary(bytes) => Message::Binary(copy(&bytes)),
        });
        Self(Source::Many { messages: messages.collect(), byte_len })
    }

    /// A message, and of `packets` those that it is known to begin with. Returns what follows them, too, if it was taken.
    #[inline]
    pub(crate) fn of_packets<E>(
        first: Message,
        packets: &mut impl Iterator<Item = Result<Packet, E>>,
    ) -> (Self, Option<Result<Packet, E>>) {
        let more = packets.size_hint().0.min(KNOWN);
        if more == 0 {
            return (first.into(), None);
        }
        let mut byte_len = first.byte_len();
        let mut messages = VecDeque::with_capacity(more.saturating_add(1));
        messages.push_back(first);
        let next = loop {
            match packets.next() {
                Some(Ok(Packet::Message(message))) => {
                    byte_len = byte_len.saturating_add(message.byte_len());
                    messages.push_back(message);
                }
                other => break other,
            }
        };
        (Self(Source::Many { messages, byte_len }), next)
    }

    /// Adds a message. If these are of a payload it comes back, as they are never a list.
    pub(crate) fn push(&mut self, message: Message) -> Result<(), Message> {
        match &mut self.0 {
            Source::One(one @ None) => *one = Some(message),
            Source::One(first @ Some(_)) => {
                let mut messages = VecDeque::with_capacity(MANY);
                messages.extend(first.take().into_iter().chain([message]));
                let byte_len = messages.iter().fold(0_usize, |sum, message| sum.saturating_add(message.byte_len()));
                self.0 = Source::Many { messages, byte_len };
            }
            Source::Many { messages, byte_len } => {
                *byte_len = byte_len.saturating_add(message.byte_len());
                messages.push_back(message);
            }
            Source::Payload { .. } => return Err(message),
        }
        Ok(())
    }

    fn next_of_payload(&mut self) -> Option<Message> {
        let Source::Payload { framing, packets, binary, lines, count, byte_len } = &mut self.0 else { return None };
        if *count == 0 {
            // What is left cannot be reached any more: let go of it.
            *self = Self::EMPTY;
            return None;
        }
        let message = match framing {
            Framing::Separated => separated::next_message(packets, binary, *lines),
            Framing::Measured(lengths) => measured::next_message(*lengths, packets, binary, *lines),
        }?;
        *count = count.saturating_sub(1);
        *byte_len = byte_len.saturating_sub(message.byte_len());
        Some(message)
    }

    /// The length of what the messages hold that have not been taken yet, in bytes: of base64, what it stands
    /// for.
    #[must_use]
    #[inline]
    pub fn byte_len(&self) -> usize {
        match &self.0 {
            Source::One(message) => message.as_ref().map_or(0, Message::byte_len),
            Source::Many { byte_len, .. } | Source::Payload { byte_len, .. } => *byte_len,
        }
    }

    /// Whether all messages have been taken.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Iterator for Messages {
    type Item = Message;

    #[inline]
    fn next(&mut self) -> Option<Message> {
        match &mut self.0 {
            Source::One(message) => message.take(),
            Source::Many { messages, byte_len } => {
                let message = messages.pop_front()?;
                *byte_len = byte_len.saturating_sub(message.byte_len());
                Some(message)
            }
            Source::Payload { .. } => self.next_of_payload(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Message) -> B>(mut self, mut all: B, mut f: F) -> B {
        match self.0 {
            Source::One(message) => message.into_iter().fold(all, f),
            Source::Many { messages, .. } => messages.into_iter().fold(all, f),
            Source::Payload { .. } => {
                while let Some(message) = self.next_of_payload() {
                    all = f(all, message);
                }
                all
            }
        }
    }
}

impl ExactSizeIterator for Messages {
    #[inline]
    fn len(&self) -> usize {
        match &self.0 {
            Source::One(message) => usize::from(message.is_some()),
            Source::Many { messages, .. } => messages.len(),
            Source::Payload { count, .. } => *count,
        }
    }
}

impl FusedIterator for Messages {}

impl Default for Messages {
    /// No messages.
    fn default() -> Self {
        Self::EMPTY
    }
}

impl From<Message> for Messages {
    fn from(message: Message) -> Self {
        Self(Source::One(Some(message)))
    }
}
