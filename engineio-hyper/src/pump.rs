//! The pump: one task for each WebSocket, between its connection and its core.

use crate::{
    closing,
    duplex::{Duplex, Input},
    guard::WsGuard,
    host::{Host, Turns},
    lane::Wait,
    serve::Upgrading,
    session::Session,
    shard::Signal,
    shutdown::Connection,
    waiters::Place,
    wire::Wire,
};
use engineio_proto::{CloseCode, Frame, Instant, OutFrame, WsEnd, WsFault};
use engineio_ws::Negotiated;
use hyper::rt::{Read, Write};
use std::{
    cell::Cell,
    future::poll_fn,
    mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// Frames are taken from the core once all before them are written, and hardly more than this at a time, so that what is
/// beyond stays in the session's queue, which is bounded.
const WRITE: usize = 64 * 1024;

/// For how many frames a thread keeps memory.
const KEEP: usize = 1024;

/// After so many rounds, each with a read, others get their turn: after 256 KiB at most.
const ROUNDS: usize = 4;

/// Pumps for a WebSocket of a session.
pub(crate) fn spawn(guard: WsGuard, upgrading: Upgrading, deflate: Option<Negotiated>) {
    let host = guard.host.clone();
    let task = {
        let host = host.clone();
        let connection = Connection::new(&host);
        async move {
            let _connection = connection;
            // If this fails or never comes, the guard tells.
            let Ok((io, _held)) = upgrading.finish().await else { return };
            let mut pump = Pump::new(guard, io, deflate);
            if poll_fn(|cx| pump.poll(cx)).await {
                let Duplex { io, wire, .. } = pump.duplex;
                // In memory of its own, as all that the task has until then should not be so large.
                Box::pin(linger(&host, io, wire)).await;
            }
        }
    };
    host.runtime.spawn_boxed(Box::pin(task));
}

/// Ends a WebSocket that belongs to no session.
pub(crate) fn spawn_refusal(host: &Arc<Host>, upgrading: Upgrading, deflate: Option<Negotiated>) {
    let task = {
        let host = host.clone();
        let connection = Connection::new(&host);
        async move {
            let _connection = connection;
            if let Ok((io, _held)) = upgrading.finish().await {
                let mut wire = Wire::server(host.config.max_payload()).deflating(deflate);
                wire.close(CloseCode::None);
                linger(&host, io, wire).await;
            }
        }
    };
    host.runtime.spawn_boxed(Box::pin(task));
}

async fn linger<Io: Read + Write + Unpin>(host: &Host, io: Io, wire: Wire) {
    closing::linger(|duration| host.sleep(duration), host.config.close_timeout(), host.linger, io, wire, ()).await;
}

struct Pump<Io> {
    duplex: Duplex<Io>,
    guard: WsGuard,
    inbox: Option<Inbox>,
    /// How many frames are in the output and not yet reported as written.
    unreported: u64,
    /// For the core, should it have none to wake this task by.
    waker: Option<Waker>,
    /// When something arrived last.
    now: Instant,
}

/// The place where the pump waits for the application.
struct Inbox {
    session: Arc<Session>,
    place: Place,
}

/// What a call of [`Pump::poll`] knows.
struct Round<'s> {
    scratch: &'s mut Scratch,
    /// There is nothing to be read, and the task is woken when there is.
    waiting: bool,
    /// The core wakes the task when it has something to say.
    heard: bool,
    /// The core had no more frames.
    dry: bool,
}

/// What is empty between two calls of [`Pump::poll`]. What is kept is memory, one for all pumps of a thread.
#[derive(Default)]
struct Scratch {
    /// Read, and not yet given to the core.
    arrived: Vec<Frame>,
    /// Taken from the core, and not yet encoded.
    taken: Vec<OutFrame>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl<Io: Read + Write + Unpin> Pump<Io> {
    fn new(guard: WsGuard, io: Io, deflate: Option<Negotiated>) -> Self {
        let session = guard.host.lock(guard.shard).session(guard.key.session()).cloned();
        let wire = Wire::server(guard.host.config.max_payload()).deflating(deflate);
        Self {
            duplex: Duplex::new(io, wire),
            inbox: session.map(|session| Inbox { session, place: Place::NONE }),
            now: guard.host.now(),
            guard,
            unreported: 0,
            waker: None,
        }
    }

    /// Works until the socket is over for the core. Returns whether its peer can still be told something.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        // Cloned here, as a waker is foreign code, which is not to run under the core's lock.
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
        }
        // A pump that is polled from within this one's calls finds none, and makes its own.
        let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
        let polled = self.rounds(&mut Round::new(&mut scratch), cx);
        scratch.shrink();
        let _ = SCRATCH.try_with(|kept| kept.set(scratch));
        polled
    }

    fn rounds(&mut self, round: &mut Round<'_>, cx: &mut Context<'_>) -> Poll<bool> {
        for _ in 0..ROUNDS {
            if self.duplex.write(cx).is_err() {
                self.end(round, WsEnd::Failed(WsFault::Connection));
                return Poll::Ready(false);
            }
            // Before a read, which may leave a pong to be written: whoever pings always would not hear from the core.
            let drained = self.duplex.is_drained();
            if !round.waiting {
                let held_back = self.inbox.as_mut().is_some_and(|inbox| inbox.poll(cx).is_pending());
                match self.duplex.read(held_back, &mut round.scratch.arrived, cx) {
                    Input::None => round.waiting = true,
                    // A peer that sends without end, and never a whole message, does not keep the core from being heard.
                    Input::Some if round.scratch.arrived.is_empty() && round.heard => continue,
                    Input::Some => self.now = self.guard.host.now(),
                    Input::End { end, reachable } => {
                        self.end(round, end);
                        return Poll::Ready(reachable);
                    }
                }
            }
            if !round.scratch.arrived.is_empty() {
                self.deliver(round);
            } else if round.heard && (round.dry || !drained) {
                if drained && self.unreported > 0 {
                    self.report();
                }
                return Poll::Pending;
            }
            // Before more is read, or a peer that is fast enough would fill the session's queue with what is sent to it.
            if let Some(code) = self.visit(round, drained) {
                self.duplex.wire.close(code);
                return Poll::Ready(true);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Gives the core what arrived, and a handler its messages. What it sends is for the visit that follows.
    fn deliver(&mut self, round: &mut Round<'_>) {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let (now, arrived) = (self.now, &mut round.scratch.arrived);
        host.enter_untimed(shard, Turns::Meanwhile, |shard| shard.server.frames(now, key, arrived.drain(..)));
        round.dry = false;
    }

    /// Tells the core what was written, and takes what is to be written next, if all that was is `drained`. Returns a code
    /// if the core wants the socket to be closed.
    fn visit(&mut self, round: &mut Round<'_>, drained: bool) -> Option<CloseCode> {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let taken = &mut round.scratch.taken;
        let written = if drained { mem::take(&mut self.unreported) } else { 0 };
        let take = drained && !round.dry;
        let (spare, now) = (&mut self.waker, self.now);
        let mut size = 0;
        let (close, dry, old) = host.enter_untimed(shard, Turns::Here, |shard| {
            if written > 0 {
                shard.server.wrote(now, key, written);
            }
            let dry = take
                && shard.server.poll_frames(
                    key,
                    // Not inlined, each frame is copied on its way, and read back while that write is under way.
                    #[inline(always)]
                    |frame| {
                        size += frame.len();
                        taken.push(frame);
                        size < WRITE
                    },
                );
            match shard.sockets.get_mut(&key) {
                // The frames that it still had are to be written first.
                Some(Signal { close: None, waker, .. }) => (None, dry, register(waker, spare)),
                Some(Signal { close, .. }) => {
                    let code = *close;
                    (code, dry, shard.sockets.remove(&key).and_then(|signal| signal.waker))
                }
                None => (Some(CloseCode::None), dry, None),
            }
        });
        drop(old);
        self.guard.ended = close.is_some();
        round.heard = true;
        round.dry |= dry;
        host.counters.sent(taken.iter().map(OutFrame::packet));
        self.unreported += taken.len() as u64;
        self.duplex.wire.push_all(taken, size);
        close
    }

    /// Tells the core what was written.
    fn report(&mut self) {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let (now, written) = (self.now, mem::take(&mut self.unreported));
        // Should it have something to say, it wakes this task.
        host.enter_untimed(shard, Turns::Here, |shard| shard.server.wrote(now, key, written));
    }

    /// Gives the core the last that arrived, and tells it how the socket ended.
    fn end(&mut self, round: &mut Round<'_>, end: WsEnd) {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let arrived = &mut round.scratch.arrived;
        let signal = host.enter(shard, Turns::Here, |shard, now| {
            shard.server.frames(now, key, arrived.drain(..));
            shard.server.ws_closed(now, key, end);
            shard.sockets.remove(&key)
        });
        drop(signal);
        self.guard.ended = true;
    }
}

/// Sees to it that the core has our waker. Gives back one that is to be dropped outside of its lock.
fn register(registered: &mut Option<Waker>, spare: &mut Option<Waker>) -> Option<Waker> {
    match (&registered, &spare) {
        (Some(old), Some(new)) if old.will_wake(new) => None,
        (_, None) => None,
        (_, Some(_)) => mem::replace(registered, spare.take()),
    }
}

impl<'s> Round<'s> {
    const fn new(scratch: &'s mut Scratch) -> Self {
        Self { scratch, waiting: false, heard: false, dry: false }
    }
}

impl Scratch {
    /// Keeps no more memory than is common.
    fn shrink(&mut self) {
        debug_assert!(self.arrived.is_empty() && self.taken.is_empty(), "all went where it belongs");
        if self.arrived.capacity() > KEEP {
            self.arrived = Vec::new();
        }
        if self.taken.capacity() > KEEP {
            self.taken = Vec::new();
        }
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
