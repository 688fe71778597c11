//! What concerns others: facts for the application, calls and sockets that the session has let go of.

use super::action::{ClientAction, ClientEvent};
use crate::{CallId, ClientWsKey, SendId, Unsent};
use alloc::collections::VecDeque;

/// What has happened and will stay so. Nothing in here carries a message that may still leave: those leave
/// the outbox only when they are moved into a body or a frame.
#[derive(Debug, Default)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Outlet {
    facts: VecDeque<Fact>,
    abandoned: VecDeque<CallId>,
    dying: VecDeque<ClientWsKey>,
}

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
enum Fact {
    Event(ClientEvent),
    Sent(SendId),
    Writable,
    Unsent(Unsent),
}

impl Outlet {
    pub(super) fn event(&mut self, event: ClientEvent) {
        self.facts.push_back(Fact::Event(event));
    }

    pub(super) fn sent(&mut self, id: SendId) {
        self.facts.push_back(Fact::Sent(id));
    }

    pub(super) fn writable(&mut self) {
        self.facts.push_back(Fact::Writable);
    }

    pub(super) fn unsent(&mut self, unsent: Option<Unsent>) {
        self.facts.extend(unsent.map(Fact::Unsent));
    }

    pub(super) fn abandon(&mut self, call: CallId) {
        self.abandoned.push_back(call);
    }

    pub(super) fn close_ws(&mut self, ws: ClientWsKey) {
        self.dying.push_back(ws);
    }

    /// A call has come back: nobody is to be asked to give it up.
    pub(super) fn call_over(&mut self, call: CallId) {
        self.abandoned.retain(|abandoned| *abandoned != call);
    }

    /// A socket is gone: nobody is to be asked to close it.
    pub(super) fn ws_gone(&mut self, ws: ClientWsKey) {
        self.dying.retain(|dying| *dying != ws);
    }

    pub(super) fn next(&mut self) -> Option<ClientAction> {
        if let Some(call) = self.abandoned.pop_front() {
            return Some(ClientAction::Abandon(call));
        }
        if let Some(ws) = self.dying.pop_front() {
            return Some(ClientAction::CloseWs(ws));
        }
        Some(match self.facts.pop_front()? {
            Fact::Event(event) => ClientAction::Event(event),
            Fact::Sent(id) => ClientAction::Sent(id),
            Fact::Writable => ClientAction::Writable,
            Fact::Unsent(unsent) => ClientAction::Unsent(unsent),
        })
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Outlet { facts, abandoned, dying });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Fact {
        Event(event),
        Sent(id),
        Writable,
        Unsent(unsent),
    }
);
