//! The body of a POST on its way to the core.

use crate::{
    exchange::Entered,
    host::{Host, Turns},
    inspect::Exchanged,
    lane::Wait,
    responder::Settled,
    session::Session,
    upload::{Collected, Rest},
};
use bytes::{Buf, Bytes};
use engineio_proto::{Encoding, Sid, Upload};
use http_body::Body;
use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

/// A POST whose body the core waits for.
///
/// A server drops this when the connection ends, and the whole body may have arrived by then. So dropping it delivers a
/// body of which all is there, and then gives the exchange up, as its answer goes nowhere.
pub(crate) struct Receiving<B: Body> {
    host: Arc<Host>,
    sid: Sid,
    entered: Entered,
    encoding: Encoding,
    session: Option<Arc<Session>>,
    /// `None` once the core has it, or no longer waits for it.
    unread: Option<Unread<B>>,
}

/// A body that is being read.
struct Unread<B> {
    body: Pin<Box<B>>,
    collected: Collected,
    /// The core is told of progress when so many bytes are there.
    report_at: u64,
}

/// How the reading of a body ended.
enum Arrived {
    Whole,
    TooLarge,
    /// The peer gave up.
    Truncated,
}

impl<B: Body> Receiving<B> {
    pub(crate) fn new(
        host: Arc<Host>,
        sid: Sid,
        entered: Entered,
        encoding: Encoding,
        session: Option<Arc<Session>>,
        body: B,
    ) -> Self {
        let report_at = host.config.body_progress_step();
        let unread = Some(Unread { body: Box::pin(body), collected: Collected::default(), report_at });
        Self { host, sid, entered, encoding, session, unread }
    }

    /// Hands the body to the core. Returns the answer if that is there at once, as mostly.
    fn deliver(&mut self, upload: Upload, turns: Turns) -> Option<Settled> {
        self.entered.upload(&self.host, upload, turns)
    }

    fn decode(&self, payload: Bytes) -> Upload {
        self.host.hooks.inspector.note(Some(self.sid), [Exchanged::Posted(&payload)]);
        self.encoding.decode_payload(payload, self.host.config.max_packets_per_payload())
    }
}

impl<B> Receiving<B>
where
    B: Body<Data: Send> + Send + 'static,
{
    /// Reads the body, unless the core answers before it is there, and returns the answer. `None` if the peer gave up,
    /// which dropping this tells the core.
    pub(crate) async fn settle(mut self) -> Option<Settled> {
        enum Step {
            Arrived(Arrived),
            Settled(Settled),
        }
        let step = poll_fn(|cx| {
            // A body that is there is taken whatever the core says: mostly all of it is there at once.
            if let Some(unread) = &mut self.unread
                && let Poll::Ready(arrived) = unread.poll(&self.host, &self.entered, cx)
            {
                return Poll::Ready(Step::Arrived(arrived));
            }
            self.entered.poll_settled(cx).map(Step::Settled)
        });
        let step = step.await;
        let unread = self.unread.take()?;
        let upload = match step {
            Step::Settled(settled) => {
                Rest::new(&self.host, unread.body).drain(&self.host);
                return Some(settled);
            }
            Step::Arrived(Arrived::Truncated) => return None,
            Step::Arrived(Arrived::TooLarge) => {
                Rest::new(&self.host, unread.body).drain(&self.host);
                Upload::too_large()
            }
            Step::Arrived(Arrived::Whole) => self.decode(unread.collected.into_bytes()),
        };
        let settled = match self.deliver(upload, Turns::Here) {
            Some(settled) => settled,
            None => poll_fn(|cx| self.entered.poll_settled(cx)).await,
        };
        // An application that is behind holds its peer back: until this answer is written, the core takes no other POST.
        if let (Settled::Respond(_, Some(_)), Some(session)) = (&settled, &self.session) {
            let mut visit = session.lane.visit(Wait::Inbox);
            poll_fn(|cx| session.lane.poll_inbox(&mut visit.place, cx)).await;
        }
        Some(settled)
    }
}

impl<B: Body> Drop for Receiving<B> {
    fn drop(&mut self) {
        let Some(mut unread) = self.unread.take() else { return };
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(Arrived::Whole) = unread.poll(&self.host, &self.entered, &mut cx) {
            let upload = self.decode(unread.collected.into_bytes());
            // Its answer cannot be written, and being dropped tells the core so.
            let undeliverable = self.deliver(upload, Turns::Elsewhere);
            drop(undeliverable);
        }
    }
}

impl<B: Body> Unread<B> {
    /// Reads what there is. Tells the core of the progress, as seldom as it allows.
    fn poll(&mut self, host: &Arc<Host>, entered: &Entered, cx: &mut Context<'_>) -> Poll<Arrived> {
        loop {
            let Some(frame) = ready!(self.body.as_mut().poll_frame(cx)) else { return Poll::Ready(Arrived::Whole) };
            let Ok(frame) = frame else { return Poll::Ready(Arrived::Truncated) };
            let Ok(data) = frame.into_data() else { continue };
            if self.collected.len() + data.remaining() > host.config.max_payload() {
                return Poll::Ready(Arrived::TooLarge);
            }
            self.collected.push(data);
            if self.body.is_end_stream() {
                return Poll::Ready(Arrived::Whole);
            }
            let received = self.collected.len() as u64;
            if received >= self.report_at {
                self.report_at = received.saturating_add(host.config.body_progress_step());
                entered.progress(host, received);
            }
        }
    }
}
