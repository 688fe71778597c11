//! The two HTTP exchanges that a session may hold at a time: one GET and one POST.

use super::super::outlet::{Outlet, Parting};
use crate::http::Reply;
use crate::pace::{Pace, PaceLimits};
use crate::{BadRequest, Encoding, Instant, Refusal, Ticket};
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
    Reading {
        reply: Reply<R>,
        pace: Pace,
        /// Its `Content-Type`, which protocol 3 tells its forms apart by.
        octet_stream: bool,
    },
    /// Its packets were accepted; `ok` is due.
    Accepted {
        reply: Reply<R>,
    },
    /// Its `ok` is on its way.
    Answering(Ticket),
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

    pub(super) const fn parked(get: Reply<R>) -> Self {
        Self { get: Some(get), post: Post::Idle }
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

    /// How the body of the POST `ticket` is written, if it is on its way.
    pub(super) fn reads(&self, ticket: Ticket, encoding: Encoding) -> Option<Encoding> {
        match &self.post {
            Post::Reading { reply, pace: _, octet_stream } if reply.ticket() == ticket => {
                Some(if *octet_stream { encoding.of_octet_stream() } else { encoding })
            }
            Post::Idle | Post::Reading { .. } | Post::Accepted { .. } | Post::Answering(_) => None,
        }
    }

    /// The body of the POST `ticket` is there, or never will be: takes the POST.
    pub(super) fn take_reading(&mut self, ticket: Ticket) -> Option<Reply<R>> {
        match mem::replace(&mut self.post, Post::Idle) {
            Post::Reading { reply, pace: _, octet_stream: _ } if reply.ticket() == ticket => Some(reply),
            other => {
                self.post = other;
                None
            }
        }
    }

    /// The POST whose body took too long, if it did.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Option<Reply<R>> {
        match &self.post {
            Post::Reading { reply, pace, octet_stream: _ } if pace.deadline() <= now => {
                let ticket = reply.ticket();
                self.take_reading(ticket)
            }
            Post::Idle | Post::Reading { .. } | Post::Accepted { .. } | Post::Answering(_) => None,
        }
    }

    /// So many bytes of the body of the POST `ticket` have come.
    pub(super) fn progress(&mut self, ticket: Ticket, now: Instant, received: u64, limits: PaceLimits) {
        if let Post::Reading { reply, pace, octet_stream: _ } = &mut self.post
            && reply.ticket() == ticket
        {
            pace.progress(now, received, limits);
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
            Post::Reading { reply, pace: _, octet_stream: _ } | Post::Accepted { reply }
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
            Post::Reading { pace, .. } => Some(pace.deadline()),
            Post::Idle | Post::Accepted { .. } | Post::Answering(_) => None,
        }
    }

    /// The session has left polling.
    pub(super) fn leave(self, encoding: Encoding, out: &mut Outlet<R>) {
        let Self { get, post } = self;
        if let Some(reply) = get {
            out.part(reply, Parting::Noop(encoding));
        }
        match post {
            Post::Reading { reply, pace: _, octet_stream: _ } => {
                out.refuse(reply, BadRequest::TransportMismatch, false)
            }
            Post::Accepted { reply } => out.part(reply, Parting::Accepted),
            Post::Idle | Post::Answering(_) => {}
        }
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
            Post::Reading { reply, pace: _, octet_stream: _ } => match farewell {
                Farewell::CutPost => out.part(reply, Parting::HangUp),
                Farewell::Close | Farewell::Noop => out.refuse(reply, Refusal::UnknownSid, false),
            },
            Post::Accepted { reply } => out.part(reply, Parting::Accepted),
            Post::Idle | Post::Answering(_) => {}
        }
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Exchanges<R> { get, post });
#[cfg(feature = "model")]
crate::model::canonical!(enum Post<R> {
    Idle,
    Reading { reply, pace, octet_stream },
    Accepted { reply },
    Answering(ticket),
});
