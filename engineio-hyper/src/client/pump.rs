//! Between a client's WebSocket and its core.

use super::{
    inspect::{Inspector, Note},
    session::{ClientSession, Ending},
};
use crate::{
    closing,
    duplex::{Duplex, Input},
    wire::Wire,
};
use engineio_proto::{ClientWsKey, CloseCode, Frame, OutFrame, WsEnd, WsFault};
use hyper::upgrade::Upgraded;
use std::{mem, sync::Arc, task::Context, time::Duration};

/// Frames are taken from the core while less than this waits to be written, so that what is beyond stays in the
/// session's queue, which is bounded.
const WRITE: usize = 64 * 1024;

/// A WebSocket that the core knows.
pub(super) struct Pump {
    duplex: Duplex<Upgraded>,
    key: ClientWsKey,
    /// Read, and not yet given to the core.
    arrived: Vec<Frame>,
    /// Taken from the core, and not yet encoded.
    taken: Vec<OutFrame>,
    /// How many frames are in the output and not yet reported as written.
    unreported: u64,
    /// The core has frames.
    ready: bool,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is nothing to do until the task is woken.
    None,
    /// Something happened; there may be more.
    Some,
    /// It has ended, and the core knows. `reachable` says whether the server may still be told something.
    End { reachable: bool },
}

impl Pump {
    pub(super) const fn new(io: Upgraded, wire: Wire, key: ClientWsKey) -> Self {
        Self { duplex: Duplex::new(io, wire), key, arrived: Vec::new(), taken: Vec::new(), unreported: 0, ready: false }
    }

    pub(super) const fn key(&self) -> ClientWsKey {
        self.key
    }

    /// The core has frames for it.
    pub(super) const fn frames_ready(&mut self) {
        self.ready = true;
    }

    /// Writes, reads, and visits the core if there is a reason to.
    pub(super) fn poll(
        &mut self,
        session: &ClientSession,
        inspector: &Inspector,
        held_back: bool,
        cx: &mut Context<'_>,
    ) -> Progress {
        if self.duplex.write(cx).is_err() {
            return self.end(session, WsEnd::Failed(WsFault::Connection), false);
        }
        let input = self.duplex.read(held_back, &mut self.arrived, cx);
        for frame in &self.arrived {
            inspector.note(Note::Received(frame));
        }
        match input {
            Input::None => self.visit(session, inspector),
            Input::Some => {
                self.visit(session, inspector);
                Progress::Some
            }
            Input::End { end, reachable } => self.end(session, end, reachable),
        }
    }

    /// Gives the core what arrived, tells it what was written, and takes what is to be written next.
    fn visit(&mut self, session: &ClientSession, inspector: &Inspector) -> Progress {
        let drained = self.duplex.is_drained();
        let written = if drained { mem::take(&mut self.unreported) } else { 0 };
        if self.arrived.is_empty() && written == 0 && !(self.ready && drained) {
            return Progress::None;
        }
        let Self { duplex, key, arrived, taken, unreported, ready } = self;
        let mut size = 0;
        session.enter(|client, now| {
            for frame in arrived.drain(..) {
                client.frame(now, *key, frame);
            }
            if written > 0 {
                client.wrote(now, *key, written);
            }
            while *ready && drained && size < WRITE {
                match client.poll_frame(*key) {
                    Some(frame) => {
                        size += frame.len();
                        taken.push(frame);
                    }
                    None => *ready = false,
                }
            }
        });
        for frame in &*taken {
            inspector.note(Note::Sending(frame));
        }
        *unreported += taken.len() as u64;
        duplex.wire.push_all(taken, size);
        Progress::Some
    }

    /// Gives the core the last that arrived, and tells it how the socket ended.
    fn end(&mut self, session: &ClientSession, end: WsEnd, reachable: bool) -> Progress {
        let Self { key, arrived, .. } = self;
        session.enter(|client, now| {
            for frame in arrived.drain(..) {
                client.frame(now, *key, frame);
            }
            client.ws_closed(now, *key, end);
        });
        Progress::End { reachable }
    }

    /// The core wants it to be closed.
    pub(super) fn close(mut self, session: &Arc<ClientSession>, close_timeout: Duration, ending: Ending) {
        // A connection that has not taken what was written before may never take the Close frame.
        let ending = Some(ending).filter(|_| self.duplex.is_drained());
        self.duplex.wire.close(CloseCode::None);
        let Duplex { io, wire, .. } = self.duplex;
        linger(session, close_timeout, io, wire, ending);
    }

    /// Writes what is left, and closes the connection, in the background.
    pub(super) fn linger(self, session: &Arc<ClientSession>, close_timeout: Duration) {
        let Duplex { io, wire, .. } = self.duplex;
        linger(session, close_timeout, io, wire, None);
    }
}

/// Ends a WebSocket that nobody wants.
pub(super) fn refuse(session: &Arc<ClientSession>, close_timeout: Duration, io: Upgraded, mut wire: Wire) {
    wire.close(CloseCode::None);
    linger(session, close_timeout, io, wire, None);
}

fn linger(session: &Arc<ClientSession>, close_timeout: Duration, io: Upgraded, wire: Wire, ending: Option<Ending>) {
    let task = {
        let session = session.clone();
        async move {
            closing::linger(|duration| session.timed.sleep(duration), close_timeout, closing::LINGER, io, wire, ending)
                .await
        }
    };
    session.timed.spawn_boxed(Box::pin(task));
}
