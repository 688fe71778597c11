//! The messages that wait for a transport: bounded, in order.

use crate::codec::Room;
use crate::{Batch, Encoding, Outgoing, Packet, SendId};
use alloc::{collections::VecDeque, vec::Vec};

/// The messages that wait for a transport. What the protocol itself has to say never waits here.
#[derive(Debug, Default)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(crate) struct Outbox {
    queue: VecDeque<Queued>,
    bytes: usize,
    last: u64,
    /// Somebody was told that there is no room and waits to hear of some.
    starved: bool,
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    pub(crate) packets: usize,
}

#[derive(Clone, Debug)]
struct Queued {
    message: Outgoing,
    /// Zero is nobody.
    tracked: u64,
}

/// The messages that were queued in a session that has ended, in order: they did not leave and never will.
///
/// They come out of the core so that it drops nothing that is the application's. A message may be made of memory
/// whose owner runs code when it is dropped; a host that keeps the core under a lock gives the lock back before.
///
/// Messages that were on their way when the session ended are not among them: nobody knows about those.
#[derive(Clone, Debug)]
#[must_use = "what is in it may run code when it is dropped: not under a lock"]
pub struct Unsent(VecDeque<Queued>);

impl Iterator for Unsent {
    type Item = Outgoing;

    fn next(&mut self) -> Option<Outgoing> {
        self.0.pop_front().map(|queued| queued.message)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl ExactSizeIterator for Unsent {}

/// There is no room; see [`SendError`](crate::SendError).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// For now.
    Full,
    /// Ever.
    TooLarge,
}

impl Outbox {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes all that is left, if there is anything.
    pub(crate) fn take_unsent(&mut self) -> Option<Unsent> {
        self.bytes = 0;
        let queue = core::mem::take(&mut self.queue);
        (!queue.is_empty()).then_some(Unsent(queue))
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    #[inline]
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether `count` messages of `bytes` bytes in all would fit.
    #[inline]
    pub(crate) fn admit(&mut self, count: usize, bytes: usize, bounds: Bounds) -> Result<(), NoRoom> {
        if bytes > bounds.bytes || count > bounds.packets {
            return Err(NoRoom::TooLarge);
        }
        let fits = self.bytes.saturating_add(bytes) <= bounds.bytes
            && self.queue.len().saturating_add(count) <= bounds.packets;
        if !fits {
            self.starved = true;
            return Err(NoRoom::Full);
        }
        Ok(())
    }

    /// Queues a message that was admitted.
    #[inline]
    pub(crate) fn push(&mut self, message: Outgoing) {
        self.bytes = self.bytes.saturating_add(message.byte_len());
        self.queue.push_back(Queued { message, tracked: 0 });
    }

    /// Queues a message that was admitted and names it, so that its delivery can be told.
    pub(crate) fn push_tracked(&mut self, message: Outgoing) -> SendId {
        self.last = self.last.saturating_add(1);
        self.bytes = self.bytes.saturating_add(message.byte_len());
        self.queue.push_back(Queued { message, tracked: self.last });
        SendId(self.last)
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(Outgoing, Option<SendId>)> {
        let Queued { message, tracked } = self.queue.pop_front()?;
        self.bytes = self.bytes.saturating_sub(message.byte_len());
        Some((message, (tracked != 0).then_some(SendId(tracked))))
    }

    /// Takes as many messages as fit behind these `packets` into a payload of `limit`. A message that is longer on its
    /// own goes alone. Returns the names of those that are tracked, too.
    pub(crate) fn pop_batch(
        &mut self,
        encoding: Encoding,
        limit: Bounds,
        mut packets: Vec<Packet>,
    ) -> (Batch, Vec<SendId>) {
        let mut tracked = Vec::new();
        let mut compress = packets.iter().any(Packet::compress);
        let mut room = packets.iter().fold(Room::new(encoding), Room::with);
        packets.reserve(self.queue.len().min(limit.packets));
        while packets.len() < limit.packets
            && let Some(Queued { message, tracked: name }) = self.queue.pop_front()
        {
            let (bytes, compresses) = (message.byte_len(), message.compress());
            let packet = Packet::Message(message.into_message());
            let grown = room.with(&packet);
            if !packets.is_empty() && grown.len() > limit.bytes {
                if let Packet::Message(message) = packet {
                    let message = Outgoing::new(message, compresses);
                    self.queue.push_front(Queued { message, tracked: name });
                }
                break;
            }
            room = grown;
            compress |= compresses;
            self.bytes = self.bytes.saturating_sub(bytes);
            if name != 0 {
                tracked.push(SendId(name));
            }
            packets.push(packet);
        }
        (Batch::with_compress(encoding, packets, compress), tracked)
    }

    /// Whether somebody who waits for room is now to be told that there is some. Half of it must be free, so
    /// that a slow peer does not cost a wake-up for each message.
    #[inline]
    pub(crate) fn feed_starved(&mut self, bounds: Bounds) -> bool {
        let roomy = self.bytes <= bounds.bytes / 2 && self.queue.len() <= bounds.packets / 2;
        roomy && core::mem::take(&mut self.starved)
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Outbox { queue, bytes, last, starved });
#[cfg(feature = "model")]
crate::model::canonical!(struct Queued { message, tracked });
