//! The pump: one task for each WebSocket, between its connection and its core.

use crate::{
    closing,
    guard::WsGuard,
    host::{Host, Turns},
    lane::Wait,
    session::Session,
    waiters::Place,
    wire::{Incoming, Wire},
};
use engineio_proto::{CloseCode, Frame, OutFrame, WsEnd, WsFault};
use hyper::{
    rt::{Read, ReadBuf, Write},
    upgrade::OnUpgrade,
};
use std::{
    future::poll_fn,
    io,
    mem::{self, MaybeUninit},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// How much is read at once: on the stack, so that an idle connection keeps none of it.
const READ: usize = 16 * 1024;

/// Frames are taken from the core while less than this waits to be written, so that what is beyond stays in
/// the session's queue, which is bounded.
const WRITE: usize = 64 * 1024;

/// A peer that pings and does not read the pongs is not read from any more.
const REPLIES: usize = 16 * 1024;

/// After so many rounds others get their turn.
const ROUNDS: usize = 32;

/// Pumps for a WebSocket of a session.
pub(crate) fn spawn(guard: WsGuard, on_upgrade: OnUpgrade) {
    let host = guard.host.clone();
    let task = {
        let host = host.clone();
        async move {
            // If this fails or never comes, the guard tells.
            let Ok(io) = on_upgrade.await else { return };
            let mut pump = Pump::new(guard, io);
            let reachable = poll_fn(|cx| pump.poll(cx)).await;
            let Pump { io, wire, .. } = pump;
            if reachable {
                closing::linger(&host, io, wire).await;
            }
        }
    };
    host.runtime.spawn_boxed(Box::pin(task));
}

/// Ends a WebSocket that belongs to no session.
pub(crate) fn spawn_refusal(host: &Arc<Host>, on_upgrade: OnUpgrade) {
    let task = {
        let host = host.clone();
        async move {
            if let Ok(io) = on_upgrade.await {
                let mut wire = Wire::server(host.config.max_payload());
                wire.close(CloseCode::None);
                closing::linger(&host, io, wire).await;
            }
        }
    };
    host.runtime.spawn_boxed(Box::pin(task));
}

struct Pump<Io> {
    io: Io,
    wire: Wire,
    guard: WsGuard,
    inbox: Option<Inbox>,
    /// Read, and not yet given to the core.
    arrived: Vec<Frame>,
    /// Taken from the core, and not yet encoded.
    taken: Vec<OutFrame>,
    /// How many frames are in the output and not yet reported as written.
    unreported: u64,
    flushed: bool,
}

/// The place where the pump waits for the application.
struct Inbox {
    session: Arc<Session>,
    place: Place,
}

/// What came of reading.
enum Input {
    /// Nothing, for now.
    None,
    /// Something. There may be more.
    Some,
    /// Nothing more will come. `reachable` says whether the peer may still be told something.
    End { end: WsEnd, reachable: bool },
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
            io,
            wire: Wire::server(guard.host.config.max_payload()),
            inbox: session.map(|session| Inbox { session, place: Place::NONE }),
            guard,
            arrived: Vec::new(),
            taken: Vec::new(),
            unreported: 0,
            flushed: true,
        }
    }

    /// Works until the socket is over for the core. Returns whether its peer can still be told something.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        for _ in 0..ROUNDS {
            if self.write(cx).is_err() {
                self.end(WsEnd::Failed(WsFault::Connection));
                return Poll::Ready(false);
            }
            let visit = match self.read(cx) {
                Input::None => self.visit(Some(cx.waker().clone())),
                Input::Some if self.arrived.is_empty() => continue,
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
                    self.wire.close(code);
                    return Poll::Ready(true);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.wire.output().is_empty() {
            match Pin::new(&mut self.io).poll_write(cx, self.wire.output()) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(written) => self.wire.written(written?),
                Poll::Pending => return Ok(()),
            }
            self.flushed = false;
        }
        if !self.flushed
            && let Poll::Ready(flushed) = Pin::new(&mut self.io).poll_flush(cx)
        {
            flushed?;
            self.flushed = true;
        }
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Input {
        let held_back =
            self.wire.replies() >= REPLIES || self.inbox.as_mut().is_some_and(|inbox| inbox.poll(cx).is_pending());
        if held_back {
            return Input::None;
        }
        let mut buffer = [const { MaybeUninit::uninit() }; READ];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        match Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()) {
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
            Poll::Ready(_) => return Input::End { end: WsEnd::Failed(WsFault::Connection), reachable: false },
            Poll::Pending => return Input::None,
        }
        let mut input = buffer.filled();
        loop {
            match self.wire.next(&mut input) {
                Ok(Some(Incoming::Message(frame))) => self.arrived.push(frame),
                Ok(Some(Incoming::Close)) => return Input::End { end: WsEnd::Closed, reachable: true },
                Ok(None) => return Input::Some,
                Err(fault) => {
                    self.wire.fail(fault);
                    return Input::End { end: WsEnd::Failed(fault), reachable: true };
                }
            }
        }
    }

    /// Gives the core what arrived, tells it what was written, and takes what is to be written next.
    fn visit(&mut self, waker: Option<Waker>) -> Visit {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let empty = self.wire.output().is_empty() && self.flushed;
        let written = if empty { mem::take(&mut self.unreported) } else { 0 };
        let (arrived, taken) = (&mut self.arrived, &mut self.taken);
        let (visit, old) = host.enter(shard, Turns::Here, |shard, now| {
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
        self.guard.ended = matches!(visit, Visit::Close(_));
        for frame in self.taken.drain(..) {
            self.wire.push(&frame);
            self.unreported += 1;
        }
        visit
    }

    /// Gives the core the last that arrived, and tells it how the socket ended.
    fn end(&mut self, end: WsEnd) {
        let WsGuard { ref host, shard, key, .. } = self.guard;
        let arrived = &mut self.arrived;
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
