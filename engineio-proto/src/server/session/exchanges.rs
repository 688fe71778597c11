//! The two HTTP exchanges that a session may hold at a time: one GET and one POST.

use super::super::outlet::{Outlet, Parting};
use crate::http::Reply;
use crate::session::pace::Pace;
use crate::{Encoding, Instant, Refusal, Ticket};
use core::mem;

/// The exchanges that are parked in a session.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Exchanges<R> {
    pub(super) get: Option<Reply<R>>,
    pub(super) post: Post<R>,
}

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Post<R> {
    Idle,
    /// Its body is on its way.
    Reading(Reading<R>),
    /// Its packets were accepted; `ok` is due.
    Accepted {
        reply: Reply<R>,
    },
    /// Its `ok` is on its way.
    Answering(Ticket),
}

/// A POST whose body is on its way.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Reading<R> {
    pub(super) reply: Reply<R>,
    pub(super) pace: Pace,
    /// Its `Content-Type`, which protocol 3 tells its forms apart by.
    pub(super) octet_stream: bool,
}

/// What the peer gave up.
#[derive(Debug)]
pub(super) enum Aborted<R> {
    Nothing,
    Get(R),
    /// The handle is gone if its `ok` was already decided.
    Post(Option<R>),
}

/// How those that wait are told that a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// A GET gets a close packet.
    Close,
    /// A GET gets a noop packet: the peer itself said that the session ends.
    Noop,
    /// As [`Close`](Self::Close), and a POST whose body is on its way is cut off.
    CutPost,
}

impl<R> Exchanges<R> {
    pub(super) const fn none() -> Self {
        Self { get: None, post: Post::Idle }
    }

    /// Parks a GET; gives it back if there is one.
    pub(super) fn park(&mut self, reply: Reply<R>) -> Result<(), Reply<R>> {
        match &self.get {
            Some(_) => Err(reply),
            None => {
                self.get = Some(reply);
                Ok(())
            }
        }
    }

    /// Whether neither is to be answered now; `due` tells whether there is something for the GET.
    pub(super) const fn is_quiet(&self, due: bool) -> bool {
        let Self { get, post } = self;
        !(matches!(post, Post::Accepted { .. }) || (due && get.is_some()))
    }

    /// The POST whose body is on its way.
    pub(super) const fn reading(&mut self) -> Option<&mut Reading<R>> {
        match &mut self.post {
            Post::Reading(reading) => Some(reading),
            Post::Idle | Post::Accepted { .. } | Post::Answering(_) => None,
        }
    }

    /// The body of the POST `ticket` is there, or never will be: takes the POST.
    pub(super) fn take_reading(&mut self, ticket: Ticket) -> Option<Reply<R>> {
        match mem::replace(&mut self.post, Post::Idle) {
            Post::Reading(reading) if reading.reply.ticket() == ticket => Some(reading.reply),
            other => {
                self.post = other;
                None
            }
        }
    }

    /// The POST whose `ok` is due, which then is on its way.
    pub(super) fn take_accepted(&mut self) -> Option<Reply<R>> {
        match mem::replace(&mut self.post, Post::Idle) {
            Post::Accepted { reply } => {
                self.post = Post::Answering(reply.ticket());
                Some(reply)
            }
            other => {
                self.post = other;
                None
            }
        }
    }

    /// The `ok` of `ticket` has left.
    pub(super) fn ok_written(&mut self, ticket: Ticket) {
        if matches!(self.post, Post::Answering(answering) if answering == ticket) {
            self.post = Post::Idle;
        }
    }

    pub(super) fn abort(&mut self, ticket: Ticket) -> Aborted<R> {
        if let Some(reply) = self.get.take_if(|reply| reply.ticket() == ticket) {
            return Aborted::Get(reply.aborted());
        }
        match mem::replace(&mut self.post, Post::Idle) {
            Post::Reading(Reading { reply, pace: _, octet_stream: _ }) | Post::Accepted { reply }
                if reply.ticket() == ticket =>
            {
                Aborted::Post(Some(reply.aborted()))
            }
            Post::Answering(answering) if answering == ticket => Aborted::Post(None),
            other => {
                self.post = other;
                Aborted::Nothing
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.post {
            Post::Reading(reading) => Some(reading.pace.deadline()),
            Post::Idle | Post::Accepted { .. } | Post::Answering(_) => None,
        }
    }

    /// The session has left polling. A POST whose body is on its way remains.
    pub(super) fn leave(self, encoding: Encoding, out: &mut Outlet<R>) -> Option<Reading<R>> {
        let Self { get, post } = self;
        if let Some(reply) = get {
            out.part(reply, Parting::Noop(encoding));
        }
        match post {
            Post::Reading(reading) => return Some(reading),
            Post::Accepted { reply } => out.part(reply, Parting::Accepted),
            Post::Idle | Post::Answering(_) => {}
        }
        None
    }

    /// The session is over.
    pub(super) fn end(self, encoding: Encoding, farewell: Farewell, out: &mut Outlet<R>) {
        let Self { get, post } = self;
        if let Some(reply) = get {
            out.part(
                reply,
                match farewell {
                    Farewell::Close | Farewell::CutPost => Parting::Close(encoding),
                    Farewell::Noop => Parting::Noop(encoding),
                },
            );
        }
        match post {
            Post::Reading(reading) => reading.end(farewell, out),
            Post::Accepted { reply } => out.part(reply, Parting::Accepted),
            Post::Idle | Post::Answering(_) => {}
        }
    }
}

impl<R> Reading<R> {
    /// How the body is written, in a session of this encoding.
    pub(super) const fn encoding(&self, session: Encoding) -> Encoding {
        if self.octet_stream { session.of_octet_stream() } else { session }
    }

    /// The session is over.
    pub(super) fn end(self, farewell: Farewell, out: &mut Outlet<R>) {
        let Self { reply, pace: _, octet_stream: _ } = self;
        match farewell {
            Farewell::CutPost => out.part(reply, Parting::HangUp),
            Farewell::Close | Farewell::Noop => out.refuse(reply, Refusal::UnknownSid, false),
        }
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Exchanges<R> { get, post });
#[cfg(feature = "model")]
crate::model::canonical!(struct Reading<R> { reply, pace, octet_stream });
#[cfg(feature = "model")]
crate::model::canonical!(enum Post<R> {
    Idle,
    Reading(reading),
    Accepted { reply },
    Answering(ticket),
});
