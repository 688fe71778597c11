//! One HTTP exchange, from its head to its answer.

use crate::{
    body::Reply,
    guard::ExchangeGuard,
    handshake::Handshake,
    host::{Host, Turns},
    lane::Wait,
    pump,
    respond::{hang_up, head, respond},
    responder::{Responder, Settled},
    session::{Seed, Session},
    upload::{self, Read},
};
use engineio_proto::{
    BadRequest, Collision, Encoding, Opening, Pending, Refusal, Request, Response, Route, Sid, Ticket, Verdict,
};
use http::{HeaderMap, Version, request::Parts};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use std::{future::poll_fn, sync::Arc};
use tokio::sync::oneshot;

/// How often a session id may turn out to be taken. With 120 bits of entropy once is hard to believe.
const SID_TRIES: usize = 4;

/// Answers a request. Dropping the future gives the request up, which the core then learns at once.
pub(crate) async fn run<B>(host: Arc<Host>, mut parts: Parts, body: B) -> http::Response<Reply>
where
    B: Body<Data: Send> + Send + 'static,
{
    // Taken out, as what keeps the head must not keep the connection.
    let on_upgrade = parts.extensions.remove::<OnUpgrade>();
    let handshake = match Handshake::find(&parts) {
        Ok(handshake) => handshake.zip(on_upgrade),
        Err(malformed) => return malformed.response(),
    };
    let route = host.router.route(&head(&parts, handshake.is_some()));
    let exchange = Exchange { host, version: parts.version, handshake };
    match route {
        Ok(Route::Session(request)) if request.is_post() => exchange.post(request, &parts.headers, body).await,
        Ok(Route::Session(request)) => exchange.other(request, body).await,
        Ok(Route::Open(opening)) => exchange.open(opening, parts, body).await,
        Err(refusal) => {
            upload::discard(&exchange.host, &parts.headers, body);
            exchange.respond(&Response::refusal(refusal, exchange.handshake.is_some()))
        }
    }
}

/// What is left of a request when it goes to the core.
struct Exchange {
    host: Arc<Host>,
    version: Version,
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

impl Exchange {
    async fn open<B>(self, opening: Opening, parts: Parts, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let (responder, answer) = Responder::new();
        match self.admit(opening.pending(responder), parts) {
            Ok((shard, ticket)) => {
                let entered = self.entered(shard, ticket, answer);
                self.answer(entered, body).await
            }
            Err((pending, refusal)) => match pending.refuse(refusal).into_parts() {
                (_, Verdict::Respond(response)) => self.respond(&response),
                _ => hang_up(),
            },
        }
    }

    /// Opens a session, if there may be another.
    fn admit(
        &self,
        mut pending: Pending<Responder>,
        parts: Parts,
    ) -> Result<(usize, Ticket), (Pending<Responder>, Refusal)> {
        let Some(permit) = self.host.permit() else { return Err((pending, Refusal::Overloaded)) };
        let remote_addr = (self.host.remote_addr)(&parts.extensions);
        let mut seed = Some(Seed::new(parts, remote_addr));
        for _ in 0..SID_TRIES {
            let Some(sid) = generate_sid() else { break };
            let transport = pending.transport();
            let shard = self.host.shard_of(sid);
            let opened = self.host.enter(shard, Turns::Here, |shard, now| {
                let ticket = shard.server.open(now, pending.accept(sid))?;
                if let Some((key, seed)) = ticket.session().zip(seed.take()) {
                    shard.enrol(Arc::new(Session::new(self.host.clone(), key, sid, transport, seed)));
                }
                Ok(ticket)
            });
            match opened {
                Ok(ticket) => {
                    permit.spend();
                    return Ok((shard, ticket));
                }
                Err(collision) => pending = Collision::into_pending(collision),
            }
        }
        Err((pending, BadRequest::IdGeneration.into()))
    }

    /// The core knows a POST before its body is read, and may answer it before it is there.
    async fn post<B>(self, request: Request, headers: &HeaderMap, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let (mut entered, encoding, session) = self.enter(request);
        let Some(encoding) = encoding else {
            upload::discard(&self.host, headers, body);
            let settled = entered.settled().await;
            return self.finish(settled);
        };
        let upload = match upload::read(&self.host, body, encoding, &mut entered.answer).await {
            Read::Uploaded(upload) => upload,
            Read::Settled(settled) => {
                entered.guard.disarm();
                return self.finish(settled);
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
        self.finish(settled)
    }

    async fn other<B>(self, request: Request, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let (entered, ..) = self.enter(request);
        self.answer(entered, body).await
    }

    /// Waits for the answer to a request that has no use for a body.
    async fn answer<B>(self, mut entered: Entered, body: B) -> http::Response<Reply>
    where
        B: Body<Data: Send> + Send + 'static,
    {
        match upload::answer(&self.host, body, &mut entered.answer).await {
            Some(settled) => {
                entered.guard.disarm();
                self.finish(settled)
            }
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

    fn finish(self, settled: Settled) -> http::Response<Reply> {
        match (settled, self.handshake) {
            (Settled::Respond(response, delivery), _) => respond(self.version, &response, delivery),
            (Settled::Upgrade(socket), Some((handshake, on_upgrade))) => {
                pump::spawn(socket, on_upgrade);
                handshake.response(Reply::empty())
            }
            (Settled::UpgradeThenClose, Some((handshake, on_upgrade))) => {
                pump::spawn_refusal(&self.host, on_upgrade);
                handshake.response(Reply::empty())
            }
            (Settled::Upgrade(_) | Settled::UpgradeThenClose, None) | (Settled::HangUp, _) => hang_up(),
        }
    }

    fn respond(&self, response: &Response) -> http::Response<Reply> {
        respond(self.version, response, None)
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
