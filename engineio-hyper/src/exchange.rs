//! One HTTP exchange, from its head to its answer.

use crate::{
    admission::{BoxError, Denial, HandshakeRequest},
    body::Reply,
    finish::Exchange,
    guard::ExchangeGuard,
    handshake::{Handshake, Malformed},
    host::{Host, Turns},
    inspect::Exchanged,
    lane::Wait,
    observe,
    respond::{hang_up, head, preflight},
    responder::{Responder, Settled},
    runtime::BoxFuture,
    session::{Seed, Session},
    upload::{self, Read},
};
use engineio_proto::{BadRequest, Encoding, Opening, Pending, Refusal, Request, Response, Route, Sid, Ticket, Verdict};
use http::{Method, header, request::Parts};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use std::{
    future::{poll_fn, ready},
    sync::Arc,
};
use tokio::sync::oneshot::{self, error::TryRecvError};

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
    /// Its session has it, and there is no body or nobody wants it.
    Settling {
        exchange: Exchange,
        entered: Entered,
    },
    /// Its session has it, and it is no POST but has a body.
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
        let handshake = match Handshake::find(&parts, host.hooks.websocket_compression) {
            Ok(handshake) => handshake.zip(on_upgrade).map(Box::new),
            Err(malformed) => return Self::Malformed(malformed),
        };
        let route = if host.hooks.gate.permits(&parts) {
            host.router.route(&head(&parts, handshake.is_some(), body.size_hint().exact()))
        } else {
            Err(Refusal::Forbidden(Some("Origin not allowed".into())))
        };
        match route {
            Ok(Route::Session(request)) => {
                let (sid, is_post) = (request.sid(), request.is_post());
                let (entered, encoding, session) = enter(&host, request);
                let exchange = |host, parts| Exchange::new(host, parts, Some(sid), handshake);
                match encoding {
                    Some(encoding) => {
                        let posted = Posted { entered, encoding, session };
                        Self::Post { exchange: exchange(host, parts), posted, body }
                    }
                    None if is_post => {
                        upload::discard(&host, &parts.headers, body);
                        Self::Settling { exchange: exchange(host, parts), entered }
                    }
                    None if body.is_end_stream() => Self::Settling { exchange: exchange(host, parts), entered },
                    None => Self::Entered { exchange: exchange(host, parts), entered, body },
                }
            }
            Ok(Route::Open(opening)) => {
                let (remote_addr, version) = ((host.remote_addr)(&parts.extensions), parts.version);
                let seed = Seed::new(parts, remote_addr);
                let head = Some(seed.handshake.clone());
                let exchange = Exchange { host, head, version, remote_addr, sid: None, opens: true, handshake };
                Self::Open { exchange, opening, seed, body }
            }
            Err(refusal) => {
                upload::discard(&host, &parts.headers, body);
                Self::Refused { exchange: Exchange::new(host, parts, None, handshake), refusal }
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
            Self::Entered { exchange, entered, body } => Box::pin(exchange.other(entered, body)),
            Self::Settling { exchange, entered } => match entered.settled_at_once() {
                Ok(settled) => exchange.finish(settled, None).boxed(),
                Err(entered) => Box::pin(async move {
                    let settled = entered.settled().await;
                    exchange.finish(settled, None).get().await
                }),
            },
            Self::Refused { exchange, refusal } => {
                let response = Response::refusal(refusal, exchange.handshake.is_some());
                exchange.respond(response, None, None).boxed()
            }
        }
    }
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

/// Hands a request to its session, and finds out how to decode its body, if that is wanted.
fn enter(host: &Arc<Host>, request: Request) -> (Entered, Option<Encoding>, Option<Arc<Session>>) {
    let (responder, answer) = Responder::new();
    let shard = host.shard_of(request.sid());
    let (ticket, encoding, session) = host.enter(shard, Turns::Here, |shard, now| {
        let ticket = shard.server.request(now, request, responder);
        let encoding = shard.server.awaits_body(ticket);
        let session = encoding.and(ticket.session()).and_then(|key| shard.session(key)).cloned();
        (ticket, encoding, session)
    });
    (Entered::new(host, shard, ticket, answer), encoding, session)
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
                self.finish(settled, cause.as_deref()).get().await
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
                Ok((sid, Entered::new(&self.host, shard, ticket, answer)))
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
                return self.finish(settled, None).get().await;
            }
            // The peer gave up. The guard tells.
            Read::Truncated => return hang_up(),
        };
        let ticket = entered.ticket;
        self.host.enter(entered.shard, Turns::Here, |shard, now| shard.server.body(now, ticket, upload));
        let settled = match entered.settled_at_once() {
            Ok(settled) => settled,
            Err(entered) => entered.settled().await,
        };
        // An application that is behind holds its peer back: until this answer is written, the core takes no
        // other POST.
        if let (Settled::Respond(_, Some(_)), Some(session)) = (&settled, session) {
            let mut visit = session.lane.visit(Wait::Inbox);
            poll_fn(|cx| session.lane.poll_inbox(&mut visit.place, cx)).await;
        }
        self.finish(settled, None).get().await
    }

    async fn other<B>(self, entered: Entered, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        match upload::answer(&self.host, body, entered.settled()).await {
            Some(settled) => self.finish(settled, None).get().await,
            // The peer gave up. The guard tells.
            None => hang_up(),
        }
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
    fn new(host: &Arc<Host>, shard: usize, ticket: Ticket, answer: oneshot::Receiver<Settled>) -> Self {
        Self { ticket, shard, guard: ExchangeGuard::new(host.clone(), shard, ticket), answer }
    }

    /// The answer, if it is there: a poll often finds something to fetch.
    fn settled_at_once(mut self) -> Result<Settled, Self> {
        let settled = match self.answer.try_recv() {
            Ok(settled) => settled,
            Err(TryRecvError::Closed) => Settled::HangUp,
            Err(TryRecvError::Empty) => return Err(self),
        };
        self.guard.disarm();
        Ok(settled)
    }

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
