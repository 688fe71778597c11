//! Where sessions put what concerns others: facts for the application, exchanges and sockets that they let go of.

use super::action::{CloseCode, Event};
use crate::http::{Answer, Reply};
use crate::{Batch, Encoding, Message, Messages, Packet, Refusal, Response, SendId, SessionKey, Ticket, Unsent, WsKey};
use alloc::collections::VecDeque;

/// What has happened and will stay so, and what sessions have let go of but the host has not taken yet.
///
/// Nothing in here carries a message that may still leave: those leave the outbox only when they are moved into an
/// answer or a frame.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Outlet<R> {
    pub(super) facts: VecDeque<Fact>,
    partings: VecDeque<(Reply<R>, Parting)>,
    dying: VecDeque<(WsKey, CloseCode)>,
}

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Fact {
    Event(SessionKey, Event),
    Sent(SessionKey, SendId),
    Writable(SessionKey),
    Unsent(SessionKey, Unsent),
}

/// How an exchange ends that no session waits for any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// 200 with a noop packet.
    Noop(Encoding),
    /// 200 with a close packet.
    Close(Encoding),
    /// 200 `ok`.
    Accepted,
    /// This status and no body.
    Status(u16),
    Refused {
        refusal: Refusal,
        upgrade: bool,
    },
    UpgradeThenClose,
    HangUp,
}

impl<R> Default for Outlet<R> {
    fn default() -> Self {
        Self { facts: VecDeque::new(), partings: VecDeque::new(), dying: VecDeque::new() }
    }
}

impl<R> Outlet<R> {
    pub(super) fn is_empty(&self) -> bool {
        let Self { facts, partings, dying } = self;
        facts.is_empty() && partings.is_empty() && dying.is_empty()
    }

    pub(super) fn event(&mut self, key: SessionKey, event: Event) {
        self.facts.push_back(Fact::Event(key, event));
    }

    /// The messages on a WebSocket that `packets` begin with: with those before them, if nothing lies between. Returns
    /// what follows them.
    #[inline]
    pub(super) fn messages<E>(
        &mut self,
        key: SessionKey,
        mut packets: impl Iterator<Item = Result<Packet, E>>,
    ) -> Option<Result<Packet, E>> {
        loop {
            let message = match packets.next()? {
                Ok(Packet::Message(message)) => message,
                other => return Some(other),
            };
            if let Err(alone) = self.join(key, message) {
                let (messages, next) = Messages::of_packets(alone, &mut packets);
                self.event(key, Event::Messages(messages));
                if next.is_some() {
                    return next;
                }
            }
        }
    }

    /// A message on a WebSocket: with those before it, if nothing lies between.
    pub(super) fn message(&mut self, key: SessionKey, message: Message) {
        if let Err(alone) = self.join(key, message) {
            self.event(key, Event::Messages(alone.into()));
        }
    }

    #[inline]
    fn join(&mut self, key: SessionKey, message: Message) -> Result<(), Message> {
        match self.facts.back_mut() {
            Some(Fact::Event(last, Event::Messages(messages))) if *last == key => messages.push(message),
            _ => Err(message),
        }
    }

    pub(super) fn part(&mut self, reply: Reply<R>, how: Parting) {
        self.partings.push_back((reply, how));
    }

    pub(super) fn refuse(&mut self, reply: Reply<R>, refusal: impl Into<Refusal>, upgrade: bool) {
        self.part(reply, Parting::Refused { refusal: refusal.into(), upgrade });
    }

    pub(super) fn close_ws(&mut self, ws: WsKey, code: CloseCode) {
        self.dying.push_back((ws, code));
    }

    pub(super) fn next_answer(&mut self) -> Option<Answer<R>> {
        let (reply, how) = self.partings.pop_front()?;
        let single = |encoding, packet| Response::packets(Batch::new(encoding, [packet]));
        Some(match how {
            Parting::Noop(encoding) => reply.respond(single(encoding, Packet::Noop)),
            Parting::Close(encoding) => reply.respond(single(encoding, Packet::Close)),
            Parting::Accepted => reply.respond(Response::accepted()),
            Parting::Status(status) => reply.respond(Response::empty(status)),
            Parting::Refused { refusal, upgrade } => reply.respond(Response::refusal(refusal, upgrade)),
            Parting::UpgradeThenClose => reply.upgrade_then_close(),
            Parting::HangUp => reply.hang_up(),
        })
    }

    pub(super) fn next_dying(&mut self) -> Option<(WsKey, CloseCode)> {
        self.dying.pop_front()
    }

    /// The peer gave up an exchange that was let go of: the handle goes back.
    pub(super) fn abort(&mut self, ticket: Ticket) -> Option<R> {
        let at = self.partings.iter().position(|(reply, _)| reply.ticket() == ticket)?;
        let (reply, _) = self.partings.remove(at)?;
        Some(reply.aborted())
    }

    /// A socket is gone: nobody is to be asked to close it.
    pub(super) fn ws_gone(&mut self, ws: WsKey) {
        self.dying.retain(|(dying, _)| *dying != ws);
    }

    pub(super) fn sent(&mut self, key: SessionKey, id: SendId) {
        self.facts.push_back(Fact::Sent(key, id));
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Outlet<R> { facts, partings, dying });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Fact {
        Event(key, event),
        Sent(key, id),
        Writable(key),
        Unsent(key, unsent),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(enum Parting {
    Noop(encoding),
    Close(encoding),
    Accepted,
    Status(status),
    Refused { refusal, upgrade },
    UpgradeThenClose,
    HangUp,
});
