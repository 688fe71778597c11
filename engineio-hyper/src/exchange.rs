//! One HTTP exchange, from its head to its answer.

use crate::{
    admission::{BoxError, Denial, HandshakeRequest},
    body::Reply,
    finish::{Answering, Exchange},
    guard::ExchangeGuard,
    handshake::Handshake,
    host::{Host, Turns},
    observe,
    receive::Receiving,
    respond::{hang_up, head, preflight, take},
    responder::{Responder, Settled},
    serve::Upgrading,
    session::{Seed, Session},
    upload,
};
use engineio_proto::{
    BadRequest, Encoding, Opening, Pending, Refusal, Request, Response, Route, Sid, Ticket, Upload, Verdict,
};
use http::{Method, header, request::Parts};
use http_body::Body;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::sync::oneshot;

/// How often a session id may turn out to be taken. With 120 bits of entropy once is hard to believe.
const SID_TRIES: usize = 4;

/// Begins to answer a request. Dropping the future gives the request up, which the core then learns at once.
///
/// The core has a session's request when this returns: a future that is dropped before it is polled is a peer that has
/// gone away, too. Of `parts` it takes what is to be kept.
pub(crate) fn run<B>(host: Arc<Host>, parts: &mut Parts, body: B) -> Answering
where
    B: Body<Data: Send> + Send + 'static,
{
    if !host.hooks.gate.serves_host_of(parts) {
        let refusal = Refusal::Forbidden(Some("Host not allowed".into()));
        return refuse(host, parts, body, None, refusal);
    }
    if host.hooks.cors.is_none() {
        return begin(host, parts, body);
    }
    if parts.method == Method::OPTIONS {
        upload::discard(&host, &parts.headers, body);
        let headers = host.hooks.cors.as_ref().map(|cors| cors.preflight(&parts.headers));
        return Answering::now(preflight(headers.unwrap_or_default()));
    }
    let origin = parts.headers.get(header::ORIGIN).cloned();
    let answering = begin(host.clone(), parts, body);
    Answering::later(async move {
        let mut answer = answering.await;
        if let Some(cors) = &host.hooks.cors {
            cors.apply(origin.as_ref(), answer.headers_mut());
        }
        answer
    })
}

/// Deals with a request as far as that can be done at once. Each kind of exchange then has a future of its own, as one
/// for all would be as large as that of a handshake, and what waits in great numbers are polls.
fn begin<B>(host: Arc<Host>, parts: &mut Parts, body: B) -> Answering
where
    B: Body<Data: Send> + Send + 'static,
{
    let upgrading = Upgrading::take(&mut parts.extensions);
    let handshake = match Handshake::find(parts, host.hooks.websocket_compression) {
        Ok(handshake) => handshake.zip(upgrading).map(Box::new),
        Err(malformed) => return Answering::now(malformed.response(parts.version)),
    };
    let route = if host.hooks.gate.permits(parts) {
        host.router.route(&head(parts, handshake.is_some(), body.size_hint().exact()))
    } else {
        Err(Refusal::Forbidden(Some("Origin not allowed".into())))
    };
    match route {
        Ok(Route::Session(request)) => {
            let (sid, is_post) = (request.sid(), request.is_post());
            let entry = enter(&host, request);
            let exchange = |host, parts: &mut Parts| Exchange::new(host, parts, Some(sid), handshake);
            match entry {
                Entry::Posted(Posted { entered, encoding, session }) => {
                    let receiving = Receiving::new(host.clone(), sid, entered, encoding, session, body);
                    Answering::later(exchange(host, parts).post(receiving))
                }
                Entry::Settled(settled) => {
                    if is_post {
                        upload::discard(&host, &parts.headers, body);
                    } else {
                        upload::drain(&host, body);
                    }
                    exchange(host, parts).finish(settled, None)
                }
                Entry::Waiting(entered) if body.is_end_stream() => {
                    Answering::later(exchange(host, parts).wait(entered))
                }
                Entry::Waiting(entered) => Answering::later(exchange(host, parts).other(entered, body)),
            }
        }
        Ok(Route::Open(opening)) => {
            let (remote_addr, version) = ((host.remote_addr)(&parts.extensions), parts.version);
            let seed = Seed::new(take(parts), remote_addr);
            let head = Some(seed.handshake.clone());
            let exchange = Exchange { host, head, version, remote_addr, sid: None, opens: true, handshake };
            Answering::later(exchange.open(opening, seed, body))
        }
        Err(refusal) => refuse(host, parts, body, handshake, refusal),
    }
}

/// Answers a request that belongs to no session and opens none.
fn refuse<B>(
    host: Arc<Host>,
    parts: &mut Parts,
    body: B,
    handshake: Option<Box<(Handshake, Upgrading)>>,
    refusal: Refusal,
) -> Answering
where
    B: Body<Data: Send> + Send + 'static,
{
    upload::discard(&host, &parts.headers, body);
    let response = Response::refusal(refusal, handshake.is_some());
    Exchange::new(host, parts, None, handshake).respond(response, None, None)
}

/// What became of a request that was handed to its session.
enum Entry {
    /// It was answered.
    Settled(Settled),
    /// It is a POST, and the core waits for its body.
    Posted(Posted),
    /// It waits for its answer.
    Waiting(Entered),
}

/// An exchange that the core has. Until it is settled, dropping this gives it up.
pub(crate) struct Entered {
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

/// Hands a request to its session.
fn enter(host: &Arc<Host>, request: Request) -> Entry {
    let (responder, answer) = Responder::new();
    let shard = host.shard_of(request.sid());
    let (ticket, wanted, settled) = host.enter_for_answer(shard, Turns::Here, |shard, now| {
        let ticket = shard.server.request(now, request, responder);
        let encoding = shard.server.awaits_body(ticket);
        let session = encoding.and(ticket.session()).and_then(|key| shard.session(key)).cloned();
        (ticket, encoding.map(|encoding| (encoding, session)))
    });
    if let Some(settled) = settled {
        return Entry::Settled(settled);
    }
    let entered = Entered::new(host, shard, ticket, answer);
    match wanted {
        Some((encoding, session)) => Entry::Posted(Posted { entered, encoding, session }),
        None => Entry::Waiting(entered),
    }
}

impl Exchange {
    async fn open<B>(mut self, opening: Opening, seed: Seed, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let settling = async {
            match self.admit(opening, seed).await {
                Ok((sid, mut entered)) => (entered.settled().await, Some(sid), None),
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
    async fn post<B>(self, receiving: Receiving<B>) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        match receiving.settle().await {
            Some(settled) => self.finish(settled, None).await,
            // The peer gave up.
            None => hang_up(),
        }
    }

    /// Waits for the answer to a request without a body.
    async fn wait(self, mut entered: Entered) -> http::Response<Reply> {
        let settled = entered.settled().await;
        self.finish(settled, None).await
    }

    async fn other<B>(self, mut entered: Entered, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        match upload::answer(&self.host, body, entered.settled()).await {
            Some(settled) => self.finish(settled, None).await,
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

    /// Hands over the body of a POST. Returns the answer if it is there at once, as mostly.
    pub(crate) fn upload(&mut self, host: &Arc<Host>, upload: Upload, turns: Turns) -> Option<Settled> {
        let ticket = self.ticket;
        let (_, (), settled) = host.enter_for_answer(self.shard, turns, |shard, now| {
            shard.server.body(now, ticket, upload);
            (ticket, ())
        });
        if settled.is_some() {
            self.guard.disarm();
        }
        settled
    }

    /// So many bytes of the body of a POST have arrived.
    pub(crate) fn progress(&self, host: &Arc<Host>, received: u64) {
        let ticket = self.ticket;
        host.enter(self.shard, Turns::Elsewhere, |shard, now| shard.server.body_progress(now, ticket, received));
    }

    /// Waits for the answer.
    async fn settled(&mut self) -> Settled {
        poll_fn(|cx| self.poll_settled(cx)).await
    }

    /// As [`settled`](Self::settled).
    pub(crate) fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<Settled> {
        let settled = ready!(Pin::new(&mut self.answer).poll(cx)).unwrap_or(Settled::HangUp);
        self.guard.disarm();
        Poll::Ready(settled)
    }
}

fn generate_sid() -> Option<Sid> {
    let mut entropy = [0; 15];
    getrandom::fill(&mut entropy).ok()?;
    Some(Sid::from_entropy(entropy))
}
