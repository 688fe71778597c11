//! What is made of the core's decision about a request: its answer.

use crate::{
    admission::Refused,
    body::Reply,
    compress::Coding,
    guard::DeliveryGuard,
    handshake::Handshake,
    host::Host,
    inspect::Exchanged,
    observe, pump,
    respond::{hang_up, respond, set_cookie, take},
    responder::Settled,
    runtime::BoxFuture,
    serve::Upgrading,
};
use bytes::Bytes;
use engineio_proto::{Refusal, Response, Sid};
use http::{HeaderValue, StatusCode, Version, header, request::Parts};
use std::{
    error::Error,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// What is left of a request when it goes to the core.
pub(crate) struct Exchange {
    pub(crate) host: Arc<Host>,
    /// Present if there is a hook that may ask for it: what waits for its answer is not to keep it for nothing.
    pub(crate) head: Option<Arc<Parts>>,
    pub(crate) version: Version,
    pub(crate) remote_addr: Option<SocketAddr>,
    /// The session that it names or has opened.
    pub(crate) sid: Option<Sid>,
    /// Whether it asks for a new session.
    pub(crate) opens: bool,
    /// Present if it asks to become a WebSocket and its server can do that.
    pub(crate) handshake: Option<Box<(Handshake, Upgrading)>>,
}

/// The answer to a request: there already, or to come.
pub(crate) struct Answering(Kind);

enum Kind {
    Now(Option<http::Response<Reply>>),
    Later(BoxFuture<http::Response<Reply>>),
}

impl Answering {
    pub(crate) const fn now(answer: http::Response<Reply>) -> Self {
        Self(Kind::Now(Some(answer)))
    }

    pub(crate) fn later(answer: impl Future<Output = http::Response<Reply>> + Send + 'static) -> Self {
        Self(Kind::Later(Box::pin(answer)))
    }
}

impl Future for Answering {
    type Output = http::Response<Reply>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Kind::Now(answer) => Poll::Ready(answer.take().expect("it is not polled after it was given")),
            Kind::Later(answer) => answer.as_mut().poll(cx),
        }
    }
}

impl Exchange {
    pub(crate) fn new(
        host: Arc<Host>,
        parts: &mut Parts,
        sid: Option<Sid>,
        handshake: Option<Box<(Handshake, Upgrading)>>,
    ) -> Self {
        let (version, remote_addr) = (parts.version, (host.remote_addr)(&parts.extensions));
        let head = host.hooks.look_at_requests().then(|| Arc::new(take(parts)));
        Self { host, head, version, remote_addr, sid, opens: false, handshake }
    }

    pub(crate) fn finish(self, settled: Settled, cause: Option<&(dyn Error + Send + Sync + 'static)>) -> Answering {
        let settled = match settled {
            Settled::Respond(response, delivery) => return self.respond(response, delivery, cause),
            settled => settled,
        };
        let handshake = self.handshake.map(|handshake| *handshake);
        Answering::now(match (settled, handshake) {
            (Settled::Upgrade(socket, cookie), Some((handshake, upgrading))) => {
                pump::spawn(socket, upgrading, handshake.deflate());
                let mut answer = handshake.response(Reply::empty());
                set_cookie(answer.headers_mut(), cookie.as_ref());
                if let Some(head) = &self.head {
                    self.host.hooks.dress(self.opens, head, answer.headers_mut());
                }
                answer
            }
            (Settled::UpgradeThenClose, Some((handshake, upgrading))) => {
                pump::spawn_refusal(&self.host, upgrading, handshake.deflate());
                handshake.response(Reply::empty())
            }
            _ => hang_up(),
        })
    }

    pub(crate) fn respond(
        self,
        response: Response,
        delivery: Option<DeliveryGuard>,
        cause: Option<&(dyn Error + Send + Sync + 'static)>,
    ) -> Answering {
        self.host.counters.sent(response.carried().iter());
        self.host.hooks.inspector.note(self.sid, response.carried().iter().map(Exchanged::Answering));
        if let Some(refusal) = response.refused() {
            self.refused(refusal, cause);
        }
        let body = response.encode();
        let compression = self.host.hooks.compression.filter(|_| response.compress());
        match compression.filter(|compression| compression.applies(body.len())) {
            None => Answering::now(self.dressed(&response, body, delivery)),
            Some(compression) => Answering::later(async move {
                let coding = self.head.as_ref().and_then(|head| Coding::accepted(&head.headers));
                // Whoever drops this loses the answer, and the guard of its delivery tells.
                let compressed = match coding {
                    Some(coding) => compression.compress(&self.host, coding, &body).await.map(|body| (coding, body)),
                    None => None,
                };
                let (coding, body) = compressed.map_or((None, body), |(coding, body)| (Some(coding), body));
                let mut answer = self.dressed(&response, body, delivery);
                let headers = answer.headers_mut();
                headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
                headers.extend(coding.map(|coding| (header::CONTENT_ENCODING, coding.name())));
                answer
            }),
        }
    }

    fn refused(&self, refusal: &Refusal, cause: Option<&(dyn Error + Send + Sync + 'static)>) {
        self.host.counters.refused(refusal);
        observe::refused(refusal, self.remote_addr, cause);
        if let (Some(on_refused), Some(head)) = (&self.host.hooks.on_refused, &self.head) {
            on_refused(&Refused { refusal, head, remote_addr: self.remote_addr, cause });
        }
    }

    /// The answer with this body, and with the headers that the application adds.
    fn dressed(&self, response: &Response, body: Bytes, delivery: Option<DeliveryGuard>) -> http::Response<Reply> {
        let mut answer = respond(self.version, response, body, delivery);
        if answer.status() == StatusCode::OK
            && let Some(head) = &self.head
        {
            self.host.hooks.dress(self.opens, head, answer.headers_mut());
        }
        answer
    }
}
