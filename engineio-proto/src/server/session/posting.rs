//! POSTs: their heads, their bodies, and what a body means to its session.

use super::super::action::Event;
use super::super::outlet::Parting;
use super::super::router::PostHead;
use super::exchanges::{Farewell, Post, Reading};
use super::{Cx, Session};
use crate::http::Reply;
use crate::session::pace::Pace;
use crate::{BadRequest, CloseReason, Encoding, Ticket, TransportFault, Upload, UploadEnd, Version};

impl<R> Session<R> {
    pub(super) fn post(&mut self, cx: &mut Cx<'_, R>, reply: Reply<R>, head: PostHead) {
        let PostHead { octet_stream, length } = head;
        let pace = Pace::start(cx.now, cx.config.body_pace());
        let Some(exchanges) = self.state.exchanges() else {
            return cx.out.refuse(reply, BadRequest::TransportMismatch, false);
        };
        let too_large = length.is_some_and(|length| length > cx.config.max_payload() as u64);
        let fault = match &exchanges.post {
            Post::Reading(_) | Post::Accepted { .. } | Post::Answering(_) => TransportFault::PostOverlap,
            Post::Idle if octet_stream && self.encoding.version() == Version::V4 => TransportFault::InvalidContent,
            Post::Idle if too_large => TransportFault::PayloadTooLarge,
            Post::Idle => {
                exchanges.post = Post::Reading(Reading { reply, pace, octet_stream });
                return;
            }
        };
        cx.out.part(reply, Parting::Status(if fault == TransportFault::PayloadTooLarge { 413 } else { 400 }));
        let cut = fault == TransportFault::PostOverlap;
        self.shut(cx, fault, if cut { Farewell::CutPost } else { Farewell::Close });
    }

    /// How the body of the POST `ticket` is to be decoded, if it is waited for.
    pub(in super::super) fn awaits_body(&self, ticket: Ticket) -> Option<Encoding> {
        let reading = self.state.reading()?;
        (reading.reply.ticket() == ticket).then(|| reading.encoding(self.encoding))
    }

    /// So many bytes of the body of the POST `ticket` have come.
    pub(in super::super) fn body_progress(&mut self, cx: &mut Cx<'_, R>, ticket: Ticket, received: u64) {
        if let Some(reading) = self.state.reading_mut().filter(|reading| reading.reply.ticket() == ticket) {
            reading.pace.progress(cx.now, received, cx.config.body_pace());
        }
    }

    /// The body of a POST.
    pub(in super::super) fn body(&mut self, cx: &mut Cx<'_, R>, ticket: Ticket, upload: Upload) {
        let Some((reply, early)) = self.take_reading(ticket) else { return };
        let Upload { messages, heartbeat, end } = upload;
        if !messages.is_empty() {
            cx.out.event(self.key, Event::Messages(messages));
        }
        if heartbeat && let Some(heart) = self.state.heart() {
            heart.beat(cx.now, cx.config.heartbeat());
        }
        match end {
            None => {
                match self.state.exchanges() {
                    Some(exchanges) => exchanges.post = Post::Accepted { reply },
                    None => cx.out.part(reply, Parting::Accepted),
                }
                self.receive_early(cx, early);
            }
            Some(UploadEnd::Close) => {
                cx.out.part(reply, Parting::Accepted);
                self.shut(cx, CloseReason::TransportClose, Farewell::Noop);
            }
            Some(UploadEnd::HeartbeatDirection) => {
                cx.out.refuse(reply, BadRequest::Payload, false);
                self.shut(cx, TransportFault::HeartbeatDirection, Farewell::Close);
            }
            Some(UploadEnd::Fault(error)) => {
                cx.out.refuse(reply, BadRequest::Payload, false);
                self.shut(cx, CloseReason::ParseError(error), Farewell::Close);
            }
            Some(UploadEnd::TooLarge) => {
                cx.out.part(reply, Parting::Status(413));
                self.shut(cx, TransportFault::PayloadTooLarge, Farewell::Close);
            }
        }
    }
}
