//! Guards that tell the core what became of what it waits for, whatever the reason that a task ends for.
//!
//! hyper reports that a peer went away by dropping the future or the body that it was polling, so dropping is
//! an ordinary event here.

use crate::host::{Host, Turns};
use engineio_proto::{Delivery, Instant, Ticket, WsEnd, WsFault, WsKey};
use std::sync::Arc;

/// An exchange that is not settled: dropping it gives the exchange up.
pub(crate) struct ExchangeGuard {
    host: Arc<Host>,
    shard: usize,
    ticket: Option<Ticket>,
}

impl ExchangeGuard {
    pub(crate) const fn new(host: Arc<Host>, shard: usize, ticket: Ticket) -> Self {
        Self { host, shard, ticket: Some(ticket) }
    }

    /// The exchange was settled.
    pub(crate) const fn disarm(&mut self) {
        self.ticket = None;
    }
}

impl Drop for ExchangeGuard {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let responder = self.host.enter(self.shard, Turns::Elsewhere, |shard, now| shard.server.abort(now, ticket));
            drop(responder);
        }
    }
}

/// An answer that its session waits to hear of: dropping it means that it was lost.
pub(crate) struct DeliveryGuard {
    host: Arc<Host>,
    shard: usize,
    ticket: Option<Ticket>,
}

impl DeliveryGuard {
    pub(crate) const fn new(host: Arc<Host>, shard: usize, ticket: Ticket) -> Self {
        Self { host, shard, ticket: Some(ticket) }
    }

    /// The answer is handed to the transport.
    pub(crate) fn written(mut self) {
        self.report(Delivery::Written);
    }

    fn report(&mut self, delivery: Delivery) {
        if let Some(ticket) = self.ticket.take() {
            // What time it is makes no difference to it.
            self.host.enter_untimed(self.shard, Turns::Elsewhere, |shard| {
                shard.server.written(Instant::EPOCH, ticket, delivery);
            });
        }
    }
}

impl Drop for DeliveryGuard {
    fn drop(&mut self) {
        self.report(Delivery::Lost);
    }
}

/// A WebSocket that the core knows: dropping it means that the connection failed.
pub(crate) struct WsGuard {
    pub(crate) host: Arc<Host>,
    pub(crate) shard: usize,
    pub(crate) key: WsKey,
    pub(crate) ended: bool,
}

impl WsGuard {
    pub(crate) const fn new(host: Arc<Host>, shard: usize, key: WsKey) -> Self {
        Self { host, shard, key, ended: false }
    }
}

impl Drop for WsGuard {
    fn drop(&mut self) {
        let Self { key, ended, .. } = *self;
        if !ended {
            let waker = self.host.enter(self.shard, Turns::Elsewhere, |shard, now| {
                shard.server.ws_closed(now, key, WsEnd::Failed(WsFault::Connection));
                shard.sockets.remove(&key)
            });
            drop(waker);
        }
    }
}
