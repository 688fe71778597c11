//! Both ends of an answer's way from the core to the request that waits for it.

use crate::{
    guard::{DeliveryGuard, WsGuard},
    host::Host,
};
use engineio_proto::{Answer, Response, Text, Verdict};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The right to answer one request: what the core holds until it has decided.
pub(crate) struct Responder(oneshot::Sender<Settled>);

/// What was decided, with the duties to report what becomes of it.
pub(crate) enum Settled {
    Respond(Response, Option<DeliveryGuard>),
    Upgrade(WsGuard, Option<Text>),
    UpgradeThenClose,
    HangUp,
}

impl Responder {
    /// A responder, and where its answer arrives.
    pub(crate) fn new() -> (Self, oneshot::Receiver<Settled>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }

    /// Passes an answer on. No lock may be held: the request is woken and, if it is gone, the guards report so.
    pub(crate) fn settle(host: &Arc<Host>, shard: usize, answer: Answer<Self>) {
        let (Self(sender), settled) = Settled::of(host, shard, answer);
        drop(sender.send(settled));
    }
}

impl Settled {
    /// What was decided, and who waits for it.
    pub(crate) fn of(host: &Arc<Host>, shard: usize, answer: Answer<Responder>) -> (Responder, Self) {
        let tracked = answer.ticket().filter(|_| answer.tracked());
        let (responder, verdict) = answer.into_parts();
        let settled = match verdict {
            Verdict::Respond(response) => {
                let guard = tracked.map(|ticket| DeliveryGuard::new(host.clone(), shard, ticket));
                Self::Respond(response, guard)
            }
            Verdict::Upgrade { ws, cookie } => Self::Upgrade(WsGuard::new(host.clone(), shard, ws), cookie),
            Verdict::UpgradeThenClose => Self::UpgradeThenClose,
            Verdict::HangUp => Self::HangUp,
        };
        (responder, settled)
    }
}
