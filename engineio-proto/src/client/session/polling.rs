//! What the answers to GETs and POSTs mean.

use super::super::action::ClientEvent;
use super::super::call::Outcome;
use super::Session;
use super::state::{Closing, Posting, Stage, State};
use crate::{CloseReason, Download, DownloadEnd, Messages, TransportFault};

impl Session {
    /// The outstanding GET was answered.
    pub(super) fn get_answered(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Packets(Download { open: None, messages, heartbeat, end }) => {
                self.receive_payload(messages, heartbeat, end);
            }
            Outcome::Packets(Download { open: Some(_), messages: _, heartbeat: _, end: _ }) => {
                self.get_failed(TransportFault::SecondHandshake);
            }
            Outcome::Status { status, code } => self.get_failed(TransportFault::Status { status, code }),
            Outcome::Accepted => {}
        }
    }

    /// What the answer to a GET holds, apart from a handshake.
    pub(super) fn receive_payload(&mut self, messages: Messages, heartbeat: bool, end: Option<DownloadEnd>) {
        if !messages.is_empty() {
            self.out.event(ClientEvent::Messages(messages));
        }
        let now = self.now;
        if let Some(pulse) = self.state.pulse().filter(|_| heartbeat) {
            pulse.beat(now);
        }
        match end {
            None => {}
            Some(DownloadEnd::Close) if self.has_said_close() => self.shut(CloseReason::ForcedClose),
            Some(DownloadEnd::Close) => self.shut(CloseReason::TransportClose),
            Some(DownloadEnd::Open) => self.get_failed(TransportFault::SecondHandshake),
            Some(DownloadEnd::Fault(error)) => self.get_failed(CloseReason::ParseError(error)),
        }
    }

    /// The outstanding POST was answered.
    pub(super) fn post_answered(&mut self, posting: Posting, outcome: &Outcome) {
        let Posting { call: _, tracked, give_up: _ } = posting;
        match outcome {
            Outcome::Status { status, code } => {
                self.post_failed(TransportFault::Status { status: *status, code: *code });
            }
            Outcome::Accepted | Outcome::Packets(_) if self.has_said_close() => self.shut(CloseReason::ForcedClose),
            Outcome::Accepted | Outcome::Packets(_) => tracked.into_iter().for_each(|id| self.out.sent(id)),
        }
    }

    /// The outstanding GET came to nothing, or was answered with something that ends the session.
    pub(super) fn get_failed(&mut self, fault: impl Into<CloseReason>) {
        // A server that was told of the close owes no answer to the GET. The answer to the POST is still waited for.
        if !self.has_said_close() {
            self.shut(fault);
        }
    }

    /// The outstanding POST came to nothing. Whether the server has its messages is not known, so they cannot be
    /// sent again.
    pub(super) fn post_failed(&mut self, fault: TransportFault) {
        if self.has_said_close() {
            self.shut(CloseReason::ForcedClose);
        } else {
            self.shut(fault);
        }
    }

    /// Whether the POST that is outstanding tells the server that the session ends.
    const fn has_said_close(&self) -> bool {
        matches!(self.state, State::Closing(Closing::Polling { stage: Stage::Said, .. }))
    }
}
