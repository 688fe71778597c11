//! A place for one exchange at a time, with its connection.

use super::{
    connector::Connector,
    exchange::{Kept, Reply, exchange},
    inspect::Note,
    link::Link,
    plan::{Failure, Plan},
    redirect::Location,
    session::ClientSession,
};
use crate::runtime::BoxFuture;
use bytes::Bytes;
use engineio_proto::{Batch, Call, CallFault, CallId, Instant};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::Full;
use std::{
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

/// A place for one exchange at a time. It keeps its connection for the next one, but not for longer than the server can
/// be trusted to keep it.
pub(super) struct Slot {
    method: Method,
    idle: Option<Idle>,
    flight: Option<Flight>,
}

struct Idle {
    link: Link,
    /// From then on the server may close it.
    until: Instant,
}

/// A call that is on its way.
struct Flight {
    call: Call,
    exchange: BoxFuture<Result<(Reply, Option<Kept>), Failure>>,
}

impl Slot {
    pub(super) const fn new(method: Method) -> Self {
        Self { method, idle: None, flight: None }
    }

    /// Begins an exchange. The core has at most one of a kind outstanding.
    pub(super) fn begin<C: Connector>(
        &mut self,
        plan: &Arc<Plan<C>>,
        session: &ClientSession,
        call: Call,
        target: &str,
        payload: Option<&Batch>,
    ) {
        let body = payload.map(Batch::encode).unwrap_or_default();
        plan.inspector.note(Note::Request { method: &self.method, target, body: &body });
        self.expire(session.timed.now());
        let link = self.idle.take().map(|idle| idle.link);
        let exchange: BoxFuture<_> = match self.request(plan.headers(), target, payload.map(Batch::content_type), body)
        {
            Ok(request) => Box::pin(exchange(plan.clone(), link, request)),
            Err(_) => Box::pin(ready(Err(CallFault::Protocol.into()))),
        };
        self.flight = Some(Flight { call, exchange });
    }

    fn request(
        &self,
        headers: HeaderMap,
        target: &str,
        content_type: Option<&'static str>,
        body: Bytes,
    ) -> http::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(&self.method).uri(target).body(Full::new(body))?;
        *request.headers_mut() = headers;
        if let Some(content_type) = content_type {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(request)
    }

    /// Gives up this call, if it is the one that is on its way.
    pub(super) fn abandon(&mut self, id: CallId) {
        self.flight.take_if(|flight| flight.call.id() == id);
    }

    /// Goes on. Returns whether the core was told something.
    pub(super) fn poll<C>(&mut self, plan: &Plan<C>, session: &ClientSession, cx: &mut Context<'_>) -> bool {
        let Some(flight) = &mut self.flight else {
            if self.idle.as_mut().is_some_and(|idle| idle.link.poll_end(cx).is_ready()) {
                self.idle = None;
            }
            return false;
        };
        let Poll::Ready(result) = flight.exchange.as_mut().poll(cx) else { return false };
        let Some(Flight { call, exchange: _ }) = self.flight.take() else { return false };
        match result {
            Ok((Reply { status, content_type, location, body }, kept)) => {
                plan.inspector.note(Note::Response { method: &self.method, status, body: &body });
                self.idle =
                    kept.map(|Kept { link, idle_time }| Idle { link, until: session.timed.now().after(idle_time) });
                session.note_cause(location.map(Location::into_error));
                let content_type = content_type.as_ref().map(HeaderValue::as_bytes);
                let settlement = call.of_content_type(content_type).decode(status, body);
                session.enter(|client, now| client.response(now, settlement));
            }
            Err(Failure { fault, source }) => {
                session.note_cause(source);
                session.enter(|client, now| client.failed(now, call, fault));
            }
        }
        true
    }

    /// When the idle connection, if there is one, is to be closed.
    pub(super) fn idle_until(&self) -> Option<Instant> {
        self.idle.as_ref().map(|idle| idle.until)
    }

    /// Closes the idle connection if its time is over.
    pub(super) fn expire(&mut self, now: Instant) {
        self.idle.take_if(|idle| idle.until <= now);
    }

    /// Closes the idle connection.
    pub(super) fn close_idle(&mut self) {
        self.idle = None;
    }

    /// The call that is on its way, for one who will not go on.
    pub(super) fn take(&mut self) -> Option<Call> {
        self.flight.take().map(|flight| flight.call)
    }
}
