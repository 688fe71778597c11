//! The driver: the one task of a client's session.

use super::{
    connector::Connector,
    inspect::Note,
    plan::{Failure, Plan},
    pump::{Progress, Pump, refuse},
    session::{ClientSession, Rest},
    slot::Slot,
    upgrade::{Dialed, dial},
};
use crate::{lane::Wait, runtime::BoxFuture, waiters::Place};
use engineio_proto::{Call, CallFault, ClientAction, ClientEvent, Dial, Instant, WsEnd, WsFault};
use http::Method;
use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// After so many rounds others get their turn.
const ROUNDS: usize = 32;

/// The task of a client's session. It makes the calls that the core asks for, each on a connection that is its own,
/// and works all these connections itself. It ends with the session.
pub(super) struct Driver<C> {
    plan: Arc<Plan<C>>,
    session: Arc<ClientSession>,
    gets: Slot,
    posts: Slot,
    /// A GET that waits for the application to take what earlier ones brought.
    held: Option<(Call, String)>,
    websocket: WebSocket,
    inbox: Place,
    alarm: Option<(Instant, BoxFuture)>,
}

enum WebSocket {
    None,
    Dialing { call: Call<Dial>, dial: BoxFuture<Result<Dialed, Failure>> },
    Open(Box<Pump>),
}

impl<C: Connector> Driver<C> {
    pub(super) const fn new(plan: Arc<Plan<C>>, session: Arc<ClientSession>) -> Self {
        Self {
            plan,
            session,
            gets: Slot::new(Method::GET),
            posts: Slot::new(Method::POST),
            held: None,
            websocket: WebSocket::None,
            inbox: Place::NONE,
            alarm: None,
        }
    }

    fn obey(&mut self, order: ClientAction) {
        let Self { plan, session, .. } = self;
        match order {
            ClientAction::Get { call, target } => self.held = Some((call, target)),
            ClientAction::Post { call, target, body } => self.posts.begin(plan, session, call, &target, Some(&body)),
            ClientAction::Connect { call, target } => {
                plan.inspector.note(Note::Dialing { target: &target });
                self.websocket = WebSocket::Dialing { call, dial: Box::pin(dial(plan.clone(), target)) };
            }
            ClientAction::Abandon(id) => {
                self.held.take_if(|(call, _)| call.id() == id);
                self.gets.abandon(id);
                self.posts.abandon(id);
                if matches!(&self.websocket, WebSocket::Dialing { call, .. } if call.id() == id) {
                    self.websocket = WebSocket::None;
                }
            }
            ClientAction::FramesReady(key) => {
                if let WebSocket::Open(pump) = &mut self.websocket
                    && pump.key() == key
                {
                    pump.frames_ready();
                }
            }
            ClientAction::CloseWs(key) => {
                let ending = session.ending();
                match mem::replace(&mut self.websocket, WebSocket::None) {
                    WebSocket::Open(pump) if pump.key() == key => pump.close(session, plan.close_timeout, ending),
                    other => self.websocket = other,
                }
            }
            ClientAction::Event(ClientEvent::Upgrade) => {
                // The core polls no more, and nothing is outstanding.
                self.gets.close_idle();
                self.posts.close_idle();
                plan.websocket(true);
                plan.inspector.note(Note::Upgraded);
            }
            ClientAction::Event(ClientEvent::UpgradeFailed(fault)) => {
                plan.websocket(false);
                plan.inspector.note(Note::UpgradeFailed(fault));
            }
            // Dealt with where they were collected.
            ClientAction::Event(_) | ClientAction::Sent(_) | ClientAction::Writable | ClientAction::Unsent(_) => {}
        }
    }

    /// Does what can be done. Returns whether that was anything.
    fn work(&mut self, cx: &mut Context<'_>) -> bool {
        let orders = self.session.orders();
        let mut busy = !orders.is_empty();
        orders.into_iter().for_each(|order| self.obey(order));
        let held_back = self.session.lane.poll_inbox(&mut self.inbox, cx).is_pending();
        let Self { plan, session, .. } = self;
        if !held_back && let Some((call, target)) = self.held.take() {
            self.gets.begin(plan, session, call, &target, None);
        }
        busy |= self.gets.poll(plan, session, cx);
        busy |= self.posts.poll(plan, session, cx);
        busy | self.work_websocket(held_back, cx)
    }

    fn work_websocket(&mut self, held_back: bool, cx: &mut Context<'_>) -> bool {
        let Self { plan, session, .. } = self;
        match &mut self.websocket {
            WebSocket::None => false,
            WebSocket::Dialing { dial, .. } => {
                let Poll::Ready(result) = dial.as_mut().poll(cx) else { return false };
                let WebSocket::Dialing { call, .. } = mem::replace(&mut self.websocket, WebSocket::None) else {
                    return false;
                };
                match result {
                    Ok(dialed) => {
                        plan.inspector.note(Note::Connected);
                        let wire = dialed.wire(plan.max_response);
                        let io = dialed.io;
                        match session.enter(|client, now| client.connected(now, call)) {
                            Some(key) => self.websocket = WebSocket::Open(Box::new(Pump::new(io, wire, key))),
                            None => refuse(session, plan.close_timeout, io, wire),
                        }
                    }
                    Err(Failure { fault, source }) => {
                        plan.websocket(false);
                        session.note_cause(source);
                        session.enter(|client, now| client.failed(now, call, fault));
                    }
                }
                true
            }
            WebSocket::Open(pump) => match pump.poll(session, &plan.inspector, held_back, cx) {
                Progress::None => false,
                Progress::Some => true,
                Progress::End { reachable } => {
                    if let WebSocket::Open(pump) = mem::replace(&mut self.websocket, WebSocket::None)
                        && reachable
                    {
                        pump.linger(session, plan.close_timeout);
                    }
                    true
                }
            },
        }
    }

    /// Whether it is time to let time pass. An alarm that is set too early is left: it only rings once for nothing.
    fn rings(&mut self, due: Instant, cx: &mut Context<'_>) -> bool {
        let alarm = match &mut self.alarm {
            Some((until, sleep)) if *until <= due => sleep,
            alarm => &mut alarm.insert((due, self.session.timed.sleep_until(due))).1,
        };
        let rings = alarm.as_mut().poll(cx).is_ready();
        if rings {
            self.alarm = None;
        }
        rings
    }
}

impl<C: Connector> Future for Driver<C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        for _ in 0..ROUNDS {
            if this.work(cx) {
                continue;
            }
            match this.session.park(cx.waker().clone()) {
                Rest::None => {}
                Rest::End => return Poll::Ready(()),
                Rest::Until(deadline) => {
                    let due = [deadline, this.gets.idle_until(), this.posts.idle_until()].into_iter().flatten().min();
                    if !due.is_some_and(|due| this.rings(due, cx)) {
                        return Poll::Pending;
                    }
                    let now = this.session.timed.now();
                    this.gets.expire(now);
                    this.posts.expire(now);
                    // Before the core acts on it: whoever waits for the session reads the cause as soon as it has ended.
                    if deadline.is_some_and(|deadline| deadline <= now)
                        && let Some(cause) = this.plan.unconnected()
                    {
                        this.session.note_cause(Some(cause));
                    }
                    this.session.enter(|client, now| client.timeout(now));
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A runtime that shuts down drops its tasks. What this one has begun then comes to nothing, and the session ends.
impl<C> Drop for Driver<C> {
    fn drop(&mut self) {
        let held = self.held.take().map(|(call, _)| call);
        let calls = [held, self.gets.take(), self.posts.take()];
        let (dialed, open) = match mem::replace(&mut self.websocket, WebSocket::None) {
            WebSocket::None => (None, None),
            WebSocket::Dialing { call, dial: _ } => (Some(call), None),
            WebSocket::Open(pump) => (None, Some(pump.key())),
        };
        self.session.enter(|client, now| {
            for call in calls.into_iter().flatten() {
                client.failed(now, call, CallFault::Connection);
            }
            if let Some(call) = dialed {
                client.failed(now, call, CallFault::Connection);
            }
            if let Some(key) = open {
                client.ws_closed(now, key, WsEnd::Failed(WsFault::Connection));
            }
            client.discard(now);
        });
        for order in self.session.orders() {
            if matches!(order, ClientAction::CloseWs(_)) {
                drop(self.session.ending());
            }
        }
        self.session.lane.leave(Wait::Inbox, &mut self.inbox);
    }
}
