//! The one room where an answer to an HTTP exchange can be made.
//!
//! The host's own handle is moved in here with its request and comes out exactly once: inside an [`Answer`], or
//! handed back because the peer went away. Nothing in here can be cloned, so whatever was answered, aborted or
//! refused is a value that no longer exists.

use crate::{Response, Text, Ticket, WsKey};

/// The right to answer one HTTP exchange. Only consuming it makes an [`Answer`].
#[must_use = "an exchange must be answered or given up"]
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(crate) struct Reply<R> {
    ticket: Ticket,
    handle: R,
}

impl<R> Reply<R> {
    pub(crate) const fn new(ticket: Ticket, handle: R) -> Self {
        Self { ticket, handle }
    }

    pub(crate) const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Answers with what matters only to this exchange.
    pub(crate) fn respond(self, response: Response) -> Answer<R> {
        self.settle(Verdict::Respond(response), false)
    }

    /// Answers with what is lost for the session if it does not arrive.
    pub(crate) fn respond_tracked(self, response: Response) -> Answer<R> {
        self.settle(Verdict::Respond(response), true)
    }

    pub(crate) fn upgrade(self, ws: WsKey, cookie: Option<Text>) -> Answer<R> {
        self.settle(Verdict::Upgrade { ws, cookie }, false)
    }

    pub(crate) fn upgrade_then_close(self) -> Answer<R> {
        self.settle(Verdict::UpgradeThenClose, false)
    }

    pub(crate) fn hang_up(self) -> Answer<R> {
        self.settle(Verdict::HangUp, false)
    }

    /// The peer is gone: nothing can be answered any more.
    pub(crate) fn aborted(self) -> R {
        self.handle
    }

    fn settle(self, verdict: Verdict, tracked: bool) -> Answer<R> {
        let Self { ticket, handle } = self;
        Answer { ticket: Some(ticket), handle, verdict, tracked }
    }
}

/// A settled exchange: the host's own handle, and what is to be done with it.
///
/// It can be taken apart once:
///
/// ```
/// # use engineio_proto::Answer;
/// fn settle(answer: Answer<String>) {
///     let (handle, verdict) = answer.into_parts();
/// #   drop((handle, verdict));
/// }
/// ```
///
/// Answering twice does not compile:
///
/// ```compile_fail,E0382
/// # use engineio_proto::Answer;
/// fn settle(answer: Answer<String>) {
///     let (handle, verdict) = answer.into_parts();
///     let (handle, verdict) = answer.into_parts();
/// #   drop((handle, verdict));
/// }
/// ```
///
/// An answer cannot be forged, as the core alone can make one:
///
/// ```compile_fail,E0451
/// # use engineio_proto::{Answer, Verdict};
/// fn forge(verdict: Verdict) -> Answer<String> {
///     Answer { ticket: None, handle: String::new(), verdict, tracked: false }
/// }
/// ```
///
/// ```
/// # use engineio_proto::{Answer, Verdict};
/// fn pass_on(answer: Answer<String>) -> Answer<String> {
///     answer
/// }
/// ```
///
/// Nor can one be cloned:
///
/// ```compile_fail,E0277
/// # use engineio_proto::Answer;
/// fn twice(answer: &Answer<String>) -> Answer<String> {
///     Answer::clone(answer)
/// }
/// ```
///
/// ```
/// # use engineio_proto::{Answer, Verdict};
/// fn look(answer: &Answer<String>) -> &Verdict {
///     Answer::verdict(answer)
/// }
/// ```
#[must_use = "the peer waits for this answer"]
#[derive(Debug)]
pub struct Answer<R> {
    ticket: Option<Ticket>,
    handle: R,
    verdict: Verdict,
    tracked: bool,
}

impl<R> Answer<R> {
    /// An answer to a request that never became an exchange.
    pub(crate) const fn outright(handle: R, response: Response) -> Self {
        Self { ticket: None, handle, verdict: Verdict::Respond(response), tracked: false }
    }

    /// The handle that came with the request, and what to do with it.
    pub fn into_parts(self) -> (R, Verdict) {
        (self.handle, self.verdict)
    }

    /// What is to be done.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The exchange that this answers; `None` for a request that was refused before it became one.
    pub const fn ticket(&self) -> Option<Ticket> {
        self.ticket
    }

    /// Whether the session waits to hear, by [`Server::written`](crate::Server::written), what became of this
    /// answer. Reporting it for other answers is harmless.
    pub const fn tracked(&self) -> bool {
        self.tracked
    }
}

/// What to do with a host's handle.
///
/// Exhaustive on purpose: a host that does not know one of them cannot be right.
#[derive(Debug)]
pub enum Verdict {
    /// Answer with this response.
    Respond(Response),
    /// Answer 101; the exchange is now a WebSocket.
    Upgrade {
        /// Its name.
        ws: WsKey,
        /// The value of the `set-cookie` header, if the answer is to have one: see [`Cookie`](crate::Cookie).
        cookie: Option<Text>,
    },
    /// Answer 101, send a Close frame and end the connection. It is not a session's WebSocket and has no key, so
    /// nothing that it says can reach one.
    UpgradeThenClose,
    /// End the connection without an answer.
    HangUp,
}
