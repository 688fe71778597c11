//! One HTTP exchange, from its head to its answer.

use crate::{
    admission::{BoxError, Denial, HandshakeRequest, Refused},
    body::Reply,
    compress::Coding,
    guard::{DeliveryGuard, ExchangeGuard},
    handshake::{Handshake, Malformed},
    host::{Host, Turns},
    inspect::Exchanged,
    lane::Wait,
    observe, pump,
    respond::{hang_up, head, preflight, respond, set_cookie},
    responder::{Responder, Settled},
    runtime::BoxFuture,
    session::{Seed, Session},
    upload::{self, Read},
};
use bytes::Bytes;
use engineio_proto::{BadRequest, Encoding, Opening, Pending, Refusal, Request, Response, Route, Sid, Ticket, Verdict};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use std::{
    error::Error,
    future::{poll_fn, ready},
    sync::Arc,
};
use tokio::sync::oneshot;

/// How often a session id may turn out to be taken. With 120 bits of entropy once is hard to believe.
const SID_TRIES: usize = 4;

/// Begins to answer a request. Dropping the future gives the request up, which the core then learns at once.
///
/// The core has a session's request when this returns: a future that is dropped before it is polled is a peer that has
/// gone away, too.
pub(crate) fn run<B>(host: Arc<Host>, parts: Parts, body: B) -> BoxFuture<http::Response<Reply>>
where
    B: Body<Data: Send> + Send + 'static,
{
    if host.hooks.cors.is_none() {
        return Begun::new(host, parts, body).answer();
    }
    if parts.method == Method::OPTIONS {
        upload::discard(&host, &parts.headers, body);
        let headers = host.hooks.cors.as_ref().map(|cors| cors.preflight(&parts.headers));
        return Box::pin(ready(preflight(headers.unwrap_or_default())));
    }
    let origin = parts.headers.get(header::ORIGIN).cloned();
    let begun = Begun::new(host.clone(), parts, body);
    Box::pin(async move {
        let mut answer = begun.answer().await;
        if let Some(cors) = &host.hooks.cors {
            cors.apply(origin.as_ref(), answer.headers_mut());
        }
        answer
    })
}

/// A request, as far as it can be dealt with at once.
enum Begun<B> {
    /// It broke the rules of WebSocket.
    Malformed(Malformed),
    /// It asks for a session.
    Open {
        exchange: Exchange,
        opening: Opening,
        seed: Seed,
        body: B,
    },
    /// It is a POST, and its session waits for its body.
    Post {
        exchange: Exchange,
        posted: Posted,
        body: B,
    },
    /// It is a POST, and its session does not want its body.
    Settling {
        exchange: Exchange,
        entered: Entered,
    },
    /// It is none, and its session has it.
    Entered {
        exchange: Exchange,
        entered: Entered,
        body: B,
    },
    Refused {
        exchange: Exchange,
        refusal: Refusal,
    },
}

impl<B> Begun<B>
where
    B: Body<Data: Send> + Send + 'static,
{
    fn new(host: Arc<Host>, mut parts: Parts, body: B) -> Self {
        // Taken out, as what keeps the head must not keep the connection.
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let handshake = match Handshake::find(&parts) {
            Ok(handshake) => handshake.zip(on_upgrade),
            Err(malformed) => return Self::Malformed(malformed),
        };
        let route = if host.hooks.gate.permits(&parts) {
            host.router.route(&head(&parts, handshake.is_some()))
        } else {
            Err(Refusal::Forbidden(Some("Origin not allowed".into())))
        };
        match route {
            Ok(Route::Session(request)) => {
                let sid = Some(request.sid());
                let exchange = Exchange { host, head: Arc::new(parts), sid, opens: false, handshake };
                let is_post = request.is_post();
                let (entered, encoding, session) = exchange.enter(request);
                match encoding {
                    Some(encoding) => Self::Post { exchange, posted: Posted { entered, encoding, session }, body },
                    None if is_post => {
                        upload::discard(&exchange.host, &exchange.head.headers, body);
                        Self::Settling { exchange, entered }
                    }
                    None => Self::Entered { exchange, entered, body },
                }
            }
            Ok(Route::Open(opening)) => {
                let remote_addr = (host.remote_addr)(&parts.extensions);
                let seed = Seed::new(parts, remote_addr);
                let exchange = Exchange { host, head: seed.handshake.clone(), sid: None, opens: true, handshake };
                Self::Open { exchange, opening, seed, body }
            }
            Err(refusal) => {
                upload::discard(&host, &parts.headers, body);
                let exchange = Exchange { host, head: Arc::new(parts), sid: None, opens: false, handshake };
                Self::Refused { exchange, refusal }
            }
        }
    }

    /// The answer, to come. Each kind of exchange has a future of its own, as one for all would be as large as that of
    /// a handshake, and what waits in great numbers are polls.
    fn answer(self) -> BoxFuture<http::Response<Reply>> {
        match self {
            Self::Malformed(malformed) => Box::pin(ready(malformed.response())),
            Self::Open { exchange, opening, seed, body } => Box::pin(exchange.open(opening, seed, body)),
            Self::Post { exchange, posted, body } => Box::pin(exchange.post(posted, body)),
            Self::Entered { mut exchange, entered, body } => {
                exchange.forget_request();
                Box::pin(exchange.other(entered, body))
            }
            Self::Settling { exchange, entered } => Box::pin(async move {
                let settled = entered.settled().await;
                exchange.finish(settled, None).await
            }),
            Self::Refused { exchange, refusal } => Box::pin(async move {
                let response = Response::refusal(refusal, exchange.handshake.is_some());
                exchange.respond(&response, None, None).await
            }),
        }
    }
}

/// What is left of a request when it goes to the core.
struct Exchange {
    host: Arc<Host>,
    head: Arc<Parts>,
    /// The session that it names or has opened.
    sid: Option<Sid>,
    /// Whether it asks for a new session.
    opens: bool,
    /// Present if it asks to become a WebSocket and its server can do that.
    handshake: Option<(Handshake, OnUpgrade)>,
}

/// An exchange that the core has. Until it is settled, dropping this gives it up.
struct Entered {
    ticket: Ticket,
    shard: usize,
    guard: ExchangeGuard,
    answer: oneshot::Receiver<Settled>,
}

/// A POST that the core waits for the body of.
struct Posted {
    entered: Entered,
    encoding: Encoding,
    session: Option<Arc<Session>>,
}

/// A handshake that was refused, and what went wrong if the application could not decide.
struct Denied {
    settled: Settled,
    cause: Option<BoxError>,
}

/// Why a session could not be opened.
enum Vain {
    Taken(Pending<Responder>),
    ShuttingDown(Pending<Responder>),
}

impl Exchange {
    async fn open<B>(mut self, opening: Opening, seed: Seed, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let settling = async {
            match self.admit(opening, seed).await {
                Ok((sid, entered)) => (entered.settled().await, Some(sid), None),
                Err(Denied { settled, cause }) => (settled, None, cause),
            }
        };
        match upload::answer(&self.host, body, settling).await {
            Some((settled, sid, cause)) => {
                self.sid = sid;
                self.finish(settled, cause.as_deref()).await
            }
            // The peer gave up. If there is a session, its guard tells.
            None => hang_up(),
        }
    }

    /// Opens a session, if there may be another and the application agrees.
    async fn admit(&self, opening: Opening, seed: Seed) -> Result<(Sid, Entered), Denied> {
        let (responder, answer) = Responder::new();
        let pending = opening.pending(responder);
        let Some(permit) = self.host.permit() else { return Err(Denied::new(pending, Refusal::Overloaded)) };
        let request = HandshakeRequest::new(seed.clone(), pending.transport(), pending.version());
        let admitted = match self.host.hooks.admission.decide(&self.host, request).await {
            Ok(Some(sid)) => self.enrol(pending, &seed, sid),
            Ok(None) => self.enrol_at_random(pending, &seed),
            Err(denial) => return Err(Denied::new(pending, denial)),
        };
        match admitted {
            Ok((sid, shard, ticket)) => {
                permit.spend();
                Ok((sid, self.entered(shard, ticket, answer)))
            }
            Err(Vain::Taken(pending)) => Err(Denied::new(pending, Refusal::from(BadRequest::IdGeneration))),
            Err(Vain::ShuttingDown(pending)) => Err(Denied::new(pending, Refusal::Overloaded)),
        }
    }

    fn enrol_at_random(&self, mut pending: Pending<Responder>, seed: &Seed) -> Result<(Sid, usize, Ticket), Vain> {
        for _ in 0..SID_TRIES {
            let Some(sid) = generate_sid() else { break };
            match self.enrol(pending, seed, sid) {
                Err(Vain::Taken(again)) => pending = again,
                enrolled => return enrolled,
            }
        }
        Err(Vain::Taken(pending))
    }

    fn enrol(&self, pending: Pending<Responder>, seed: &Seed, sid: Sid) -> Result<(Sid, usize, Ticket), Vain> {
        let transport = pending.transport();
        let number = self.host.shard_of(sid);
        let span = observe::session(sid, transport, seed.remote_addr);
        self.host.enter(number, Turns::Here, |shard, now| {
            // The permit may be from before, as the application takes its time to decide.
            if self.host.shutdown.has_begun() {
                return Err(Vain::ShuttingDown(pending));
            }
            let opened = shard.server.open(now, pending.accept(sid));
            let ticket = opened.map_err(|collision| Vain::Taken(collision.into_pending()))?;
            if let Some(key) = ticket.session() {
                shard.enrol(Arc::new(Session::new(self.host.clone(), key, sid, transport, seed.clone(), span)));
            }
            Ok((sid, number, ticket))
        })
    }

    /// Lets go of what a poll that waits should not keep, unless somebody may ask for it. It consists of slices of what
    /// was read from the connection, which could not be used for the next request.
    fn forget_request(&mut self) {
        if !self.host.hooks.look_at_requests()
            && let Some(head) = Arc::get_mut(&mut self.head)
        {
            head.headers = HeaderMap::new();
            head.uri = Uri::default();
        }
    }

    /// The core knows a POST before its body is read, and may answer it before it is there.
    async fn post<B>(self, posted: Posted, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let Posted { mut entered, encoding, session } = posted;
        let inspect = |payload: &_| self.host.hooks.inspector.note(self.sid, [Exchanged::Posted(payload)]);
        let upload = match upload::read(&self.host, body, encoding, &mut entered.answer, inspect).await {
            Read::Uploaded(upload) => upload,
            Read::Settled(settled) => {
                entered.guard.disarm();
                return self.finish(settled, None).await;
            }
            // The peer gave up. The guard tells.
            Read::Truncated => return hang_up(),
        };
        let ticket = entered.ticket;
        self.host.enter(entered.shard, Turns::Here, |shard, now| shard.server.body(now, ticket, upload));
        let settled = entered.settled().await;
        // An application that is behind holds its peer back: until this answer is written, the core takes no
        // other POST.
        if let (Settled::Respond(_, Some(_)), Some(session)) = (&settled, session) {
            let mut visit = session.lane.visit(Wait::Inbox);
            poll_fn(|cx| session.lane.poll_inbox(&mut visit.place, cx)).await;
        }
        self.finish(settled, None).await
    }

    async fn other<B>(self, entered: Entered, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        match upload::answer(&self.host, body, entered.settled()).await {
            Some(settled) => self.finish(settled, None).await,
            // The peer gave up. The guard tells.
            None => hang_up(),
        }
    }

    /// Hands the request to its session, and finds out how to decode its body, if that is wanted.
    fn enter(&self, request: Request) -> (Entered, Option<Encoding>, Option<Arc<Session>>) {
        let (responder, answer) = Responder::new();
        let shard = self.host.shard_of(request.sid());
        let (ticket, encoding, session) = self.host.enter(shard, Turns::Here, |shard, now| {
            let ticket = shard.server.request(now, request, responder);
            let session = ticket.session().and_then(|key| shard.session(key)).cloned();
            (ticket, shard.server.awaits_body(ticket), session)
        });
        (self.entered(shard, ticket, answer), encoding, session)
    }

    fn entered(&self, shard: usize, ticket: Ticket, answer: oneshot::Receiver<Settled>) -> Entered {
        Entered { ticket, shard, guard: ExchangeGuard::new(self.host.clone(), shard, ticket), answer }
    }

    async fn finish(
        self,
        settled: Settled,
        cause: Option<&(dyn Error + Send + Sync + 'static)>,
    ) -> http::Response<Reply> {
        let settled = match settled {
            Settled::Respond(response, delivery) => return self.respond(&response, delivery, cause).await,
            settled => settled,
        };
        match (settled, self.handshake) {
            (Settled::Upgrade(socket, cookie), Some((handshake, on_upgrade))) => {
                pump::spawn(socket, on_upgrade);
                let mut answer = handshake.response(Reply::empty());
                set_cookie(answer.headers_mut(), cookie.as_ref());
                self.host.hooks.dress(self.opens, &self.head, answer.headers_mut());
                answer
            }
            (Settled::UpgradeThenClose, Some((handshake, on_upgrade))) => {
                pump::spawn_refusal(&self.host, on_upgrade);
                handshake.response(Reply::empty())
            }
            _ => hang_up(),
        }
    }

    async fn respond(
        &self,
        response: &Response,
        delivery: Option<DeliveryGuard>,
        cause: Option<&(dyn Error + Send + Sync + 'static)>,
    ) -> http::Response<Reply> {
        self.host.counters.sent(response.carried().iter());
        self.host.hooks.inspector.note(self.sid, response.carried().iter().map(Exchanged::Answering));
        if let Some(refusal) = response.refused() {
            let remote_addr = (self.host.remote_addr)(&self.head.extensions);
            let refused = Refused { refusal, head: &self.head, remote_addr, cause };
            self.host.counters.refused(refusal);
            observe::refused(&refused);
            if let Some(on_refused) = &self.host.hooks.on_refused {
                on_refused(&refused);
            }
        }
        let Encoded { body, coding, varies } = self.encode(response).await;
        let mut answer = respond(self.head.version, response, body, delivery);
        if varies {
            answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if let Some(coding) = coding {
            answer.headers_mut().insert(header::CONTENT_ENCODING, coding.name());
        }
        if answer.status() == StatusCode::OK {
            self.host.hooks.dress(self.opens, &self.head, answer.headers_mut());
        }
        answer
    }
}

/// The body of an answer.
struct Encoded {
    body: Bytes,
    coding: Option<Coding>,
    /// Another request would have got another coding.
    varies: bool,
}

impl Exchange {
    /// Encodes the body of an answer. Whoever drops this loses the answer, and the guard of its delivery tells.
    async fn encode(&self, response: &Response) -> Encoded {
        let body = response.encode();
        let compression = self.host.hooks.compression.filter(|_| response.compress());
        let Some(compression) = compression.filter(|compression| compression.applies(body.len())) else {
            return Encoded { body, coding: None, varies: false };
        };
        if let Some(coding) = Coding::accepted(&self.head.headers)
            && let Some(body) = compression.compress(&self.host, coding, &body).await
        {
            return Encoded { body, coding: Some(coding), varies: true };
        }
        Encoded { body, coding: None, varies: true }
    }
}

impl Denied {
    fn new(pending: Pending<Responder>, denial: impl Into<Denial>) -> Self {
        let Denial { refusal, cause } = denial.into();
        let settled = match pending.refuse(refusal).into_parts() {
            (_, Verdict::Respond(response)) => Settled::Respond(response, None),
            _ => Settled::HangUp,
        };
        Self { settled, cause }
    }
}

impl Entered {
    /// Waits for the answer.
    async fn settled(self) -> Settled {
        let Self { guard, answer, .. } = self;
        let settled = answer.await.unwrap_or(Settled::HangUp);
        guard.disarm();
        settled
    }
}

fn generate_sid() -> Option<Sid> {
    let mut entropy = [0; 15];
    getrandom::fill(&mut entropy).ok()?;
    Some(Sid::from_entropy(entropy))
}
