//! Queueing what the application sends.

use super::Session;
use super::state::State;
use crate::codec;
use crate::session::host::Unsendable;
use crate::{Outgoing, SendError, SendId, Transport};
use alloc::vec::Vec;
use core::slice;

impl Session {
    /// Queues a message.
    pub(in super::super) fn send(&mut self, message: Outgoing) -> Result<(), SendError> {
        match self.admit(1, message.byte_len(), slice::from_ref(&message)) {
            Ok(()) => {
                self.outbox.push(message);
                Ok(())
            }
            Err(why) => Err(why.with(message)),
        }
    }

    /// Queues a message whose delivery is to be told.
    pub(in super::super) fn send_tracked(&mut self, message: Outgoing) -> Result<SendId, SendError> {
        match self.admit(1, message.byte_len(), slice::from_ref(&message)) {
            Ok(()) => Ok(self.outbox.push_tracked(message)),
            Err(why) => Err(why.with(message)),
        }
    }

    /// Queues messages next to each other, all or none.
    pub(in super::super) fn send_many(&mut self, messages: Vec<Outgoing>) -> Result<(), SendError<Vec<Outgoing>>> {
        let bytes = messages.iter().fold(0_usize, |sum, message| sum.saturating_add(message.byte_len()));
        match self.admit(messages.len(), bytes, &messages) {
            Ok(()) => {
                messages.into_iter().for_each(|message| self.outbox.push(message));
                Ok(())
            }
            Err(why) => Err(why.with(messages)),
        }
    }

    fn admit(&mut self, count: usize, bytes: usize, messages: &[Outgoing]) -> Result<(), Unsendable> {
        let may_poll = match &self.state {
            State::Closing(_) | State::Closed => return Err(Unsendable::Closed),
            State::Opening(_) => self.config.transports().contains(&Transport::Polling),
            State::Polling(_) | State::Probing(..) => true,
            State::WebSocket(_) => false,
        };
        let separates = |text| codec::separates(self.encoding, text);
        if may_poll && messages.iter().filter_map(Outgoing::text).any(separates) {
            return Err(Unsendable::Separator);
        }
        self.outbox.admit(count, bytes, self.config.queue_bounds()).map_err(Unsendable::from)
    }

    /// Something has left the queue.
    pub(super) fn feed_starved(&mut self) {
        if self.outbox.feed_starved(self.config.queue_bounds()) {
            self.out.writable();
        }
    }
}
