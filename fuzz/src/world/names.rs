//! Who is who: the names that steps use, and those that are no longer anybody's.

use super::model::Status;
use super::{World, wire};
use crate::handle::Handle;
use crate::step::Kind;
use crate::violation::{Checked, ensure};
use engineio_proto::{Delivery, Upload, WsEnd};
use std::collections::VecDeque;

impl World {
    /// Whatever is done with names that are nobody's any more, nothing changes.
    pub(super) fn stale(&mut self, which: u8) -> Checked {
        let now = self.model.now;
        if self.late {
            self.server.timeout(now);
            self.catch_up();
        }
        let before = self.server.held();
        let ticket = pick(&self.stale_tickets, which);
        if let Some(ticket) = ticket {
            let handle = self.server.abort(now, ticket).map(Handle::settle);
            ensure!(handle.is_none(), "I1", "a handle came back twice: {handle:?}");
            self.server.written(now, ticket, Delivery::Written);
            self.server.written(now, ticket, Delivery::Lost);
            ensure!(self.server.awaits_body(ticket).is_none(), "I2", "a body is wanted for {ticket:?}, which is over");
            self.server.body_progress(now, ticket, u64::MAX);
            self.server.body(now, ticket, Upload::too_large());
        }
        if let Some(ws) = pick(&self.stale_sockets, which) {
            self.server.frame(now, ws, wire::frame(false, Kind::Garbage, 0).0);
            self.server.wrote(now, ws, 9);
            self.server.ws_closed(now, ws, WsEnd::Closed);
            ensure!(self.server.poll_frame(ws).is_none(), "I2", "a frame for {ws:?}, which is over");
        }
        let over = self.model.sessions.iter().rev().find(|session| session.is_over());
        if let Some(key) = over.map(|session| session.key) {
            self.server.close(now, key);
            self.server.discard(now, key);
        }
        let same = before == self.server.held();
        ensure!(same, "I2", "stale names changed who holds what");
        Ok(())
    }

    pub(super) fn session(&self, nth: u8) -> Option<usize> {
        // The most recent ones, so that long runs do not only talk to sessions that are over.
        let count = self.model.sessions.len();
        let window = count.min(4);
        (window > 0).then(|| count - 1 - usize::from(nth) % window)
    }

    pub(super) fn exchange(&self, nth: u8, wanted: impl Fn(&Status) -> bool) -> Option<(u32, engineio_proto::Ticket)> {
        let fits: Vec<_> = self.model.exchanges.iter().filter(|(_, exchange)| wanted(&exchange.status)).collect();
        let (id, exchange) = fits.get(ordinal(nth, fits.len())?)?;
        Some((**id, exchange.ticket))
    }

    pub(super) fn socket(&self, nth: u8) -> Option<u32> {
        self.model.sockets.keys().nth(ordinal(nth, self.model.sockets.len())?).copied()
    }

    pub(super) fn forget(&mut self, ticket: engineio_proto::Ticket) {
        self.stale_tickets.push_front(ticket);
        self.stale_tickets.truncate(if self.strict { Self::STALE } else { 1 });
    }

    pub(super) fn forget_socket(&mut self, key: engineio_proto::WsKey) {
        self.stale_sockets.push_front(key);
        self.stale_sockets.truncate(if self.strict { Self::STALE } else { 1 });
    }
}

fn ordinal(nth: u8, count: usize) -> Option<usize> {
    if nth == u8::MAX { count.checked_sub(1) } else { usize::from(nth).checked_rem(count) }
}

fn pick<T: Copy>(of: &VecDeque<T>, which: u8) -> Option<T> {
    of.get(usize::from(which).checked_rem(of.len())?).copied()
}
