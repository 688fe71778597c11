//! The pump: one task for each WebSocket, between its connection and its core.

use crate::{
    closing,
    duplex::{Duplex, Input},
    guard::WsGuard,
    host::{Host, Turns},
    lane::Wait,
    session::Session,
    shutdown::Connection,
    waiters::Place,
    wire::Wire,
};
use engineio_proto::{CloseCode, OutFrame, WsEnd, WsFault};
use hyper::{
    rt::{Read, Write},
    upgrade::OnUpgrade,
};
use std::{
    future::poll_fn,
    mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// Frames are taken from the core while less than this waits to be written, so that what is beyond stays in
/// the session's queue, which is bounded.
const WRITE: usize = 64 * 1024;

/// After so many rounds others get their turn.
const ROUNDS: usize = 32;

/// Pumps for a WebSocket of a session.
pub(crate) fn spawn(guard: WsGuard, on_upgrade: OnUpgrade) {
    let host = guard.host.clone();
    let task = {
        let host = host.clone();
        let connection = Connection::new(&host);
        async move {
            let _connection = connection;
            // If this fails or never comes, the guard tells.
            let Ok(io) = on_upgrade.await else { return };
            let mut pump = Pump::new(guard, io);
            let reachable = poll_fn(|cx| pump.poll(cx)).await;
            let Duplex { io, wire, .. } = pump.duplex;
            if reachable {
                linger(&host, io, wire).await;
            }
        }
    };
    host.runtime.spawn_boxed(Box::pin(task));
}

/// Ends a WebSocket that belongs to no session.
pub(crate) fn spawn_refusal(host: &Arc<Host>, on_upgrade: OnUpgrade) {
    let task = {
        let host = host.clone();
        let connection = Connection::new(&host);
        async move {
            let _connection = connection;
            if let Ok(io) = on_upgrade.await {
                let mut wire = Wire::server(host.config.max_payload());
                wire.close(CloseCode::None);
                linger(&host, io, wire).await;
            }
        }
    };
    host.runtime.spawn_boxed(Box::pin(task));
}

async fn linger<Io: Read + Write + Unpin>(host: &Host, io: Io, wire: Wire) {
    closing::linger(|duration| host.sleep(duration), host.config.close_timeout(), io, wire).await;
}

struct Pump<Io> {
    duplex: Duplex<Io>,
    guard: WsGuard,
    inbox: Option<Inbox>,
    /// Taken from the core, and not yet encoded.
    taken: Vec<OutFrame>,
    /// How many frames are in the output and not yet reported as written.
    unreported: u64,
}

/// The place where the pump waits for the application.
struct Inbox {
    session: Arc<Session>,
    place: Place,
}

/// What came of a visit to the core.
enum Visit {
    /// There is nothing to do until the waker is woken.
    Parked,
    Busy,
    /// The core wants the socket to be closed.
    Close(CloseCode),
}

impl<Io: Read + Write + Unpin> Pump<Io> {
    fn new(guard: WsGuard, io: Io) -> Self {
        let session = guard.host.lock(guard.shard).session(guard.key.session()).cloned();
        Self {
            duplex: Duplex::new(io, Wire::server(guard.host.config.max_payload())),
            inbox: session.map(|session| Inbox { session, place: Place::NONE }),
            guard,
            taken: Vec::new(),
            unreported: 0,
        }
    }

    /// Works until the socket is over for the core. Returns whether its peer can still be told something.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        for _ in 0..ROUNDS {
            if self.duplex.write(cx).is_err() {
                self.end(WsEnd::Failed(WsFault::Connection));
                return Poll::Ready(false);
            }
            let held_back = self.inbox.as_mut().is_some_and(|inbox| inbox.poll(cx).is_pending());
            let visit = match self.duplex.read(held_back, cx) {
                Input::None => self.visit(Some(cx.waker().clone())),
                Input::Some if self.duplex.arrived.is_empty() => continue,
                Input::Some => self.visit(None),
                Input::End { end, reachable } => {
                    self.end(end);
                    return Poll::Ready(reachable);
                }
            };
            match visit {
                Visit::Parked => return Poll::Pending,
                Visit::Busy => {}
                Visit::Close(code) => {
                    self.duplex.wire.close(code);
                    return Poll::Ready(true);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Gives the core what arrived, tells it what was written, and takes what is to be written next.
    fn visit(&mut self, waker: Option<Waker>) -> Visit {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let empty = self.duplex.is_drained();
        let written = if empty { mem::take(&mut self.unreported) } else { 0 };
        let (arrived, taken) = (&mut self.duplex.arrived, &mut self.taken);
        // With a waker this may be the last visit for a while.
        let turns = if waker.is_some() { Turns::Here } else { Turns::Meanwhile };
        let (visit, old) = host.enter(shard, turns, |shard, now| {
            for frame in arrived.drain(..) {
                shard.server.frame(now, key, frame);
            }
            if written > 0 {
                shard.server.wrote(now, key, written);
            }
            let mut size = 0;
            while empty
                && size < WRITE
                && let Some(frame) = shard.server.poll_frame(key)
            {
                size += frame.len();
                taken.push(frame);
            }
            let Some(signal) = shard.sockets.get_mut(&key) else { return (Visit::Close(CloseCode::None), None) };
            match (signal.close, waker) {
                (Some(code), _) => {
                    let old = shard.sockets.remove(&key).and_then(|signal| signal.waker);
                    (Visit::Close(code), old)
                }
                (None, Some(waker)) if taken.is_empty() => (Visit::Parked, signal.waker.replace(waker)),
                (None, _) => (Visit::Busy, None),
            }
        });
        drop(old);
        if turns == Turns::Meanwhile && !matches!(visit, Visit::Busy) {
            host.enter(shard, Turns::Elsewhere, |_, _| ());
        }
        self.guard.ended = matches!(visit, Visit::Close(_));
        host.counters.sent(self.taken.iter().map(OutFrame::packet));
        for frame in self.taken.drain(..) {
            self.duplex.push(frame);
            self.unreported += 1;
        }
        visit
    }

    /// Gives the core the last that arrived, and tells it how the socket ended.
    fn end(&mut self, end: WsEnd) {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let arrived = &mut self.duplex.arrived;
        let signal = host.enter(shard, Turns::Here, |shard, now| {
            for frame in arrived.drain(..) {
                shard.server.frame(now, key, frame);
            }
            shard.server.ws_closed(now, key, end);
            shard.sockets.remove(&key)
        });
        drop(signal);
        self.guard.ended = true;
    }
}

impl Inbox {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.session.lane.poll_inbox(&mut self.place, cx)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.session.lane.leave(Wait::Inbox, &mut self.place);
    }
}
