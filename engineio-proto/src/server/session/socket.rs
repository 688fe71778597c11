//! A session's WebSocket: what is to be sent over it and what was.

use super::super::outlet::{Fact, Outlet};
use crate::heartbeat::Heart;
use crate::outbox::Outbox;
use crate::packet::PROBE;
use crate::{Encoding, Handshake, OutFrame, Packet, SendId, WsKey};
use alloc::collections::VecDeque;

/// The state of a session that is on WebSocket. It has no place for an HTTP exchange.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Socket {
    pub(super) heart: Heart,
    pub(super) wire: Wire,
    /// The handshake, as long as it was not sent.
    pub(super) hello: Option<Handshake>,
}

/// The sending side of one WebSocket. Whoever has it may send frames; no other state can.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Wire {
    pub(super) ws: WsKey,
    encoding: Encoding,
    /// The answer to the probe, as long as it was not sent.
    pub(super) probe_due: bool,
    /// The host was told that there are frames and has not taken the last one yet.
    announced: bool,
    /// How many frames the host has taken, and how many of them it has handed to the transport.
    taken: u64,
    written: u64,
    /// The names of taken messages, with the number of the frame that each went into.
    tracked: VecDeque<(u64, SendId)>,
}

impl Wire {
    pub(super) const fn new(ws: WsKey, encoding: Encoding) -> Self {
        Self { ws, encoding, probe_due: false, announced: false, taken: 0, written: 0, tracked: VecDeque::new() }
    }

    pub(super) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Says once that there are frames, if there are.
    pub(super) fn announce(&mut self, frames: bool) -> Option<WsKey> {
        (frames && !core::mem::replace(&mut self.announced, frames)).then_some(self.ws)
    }

    /// The host has asked and there was nothing: the next frame is announced again.
    pub(super) const fn dry(&mut self) {
        self.announced = false;
    }

    pub(super) fn probe(&mut self) -> Option<OutFrame> {
        core::mem::take(&mut self.probe_due).then(|| self.take(Packet::Pong(PROBE), None))
    }

    pub(super) fn take(&mut self, packet: Packet, tracked: Option<SendId>) -> OutFrame {
        self.taken = self.taken.saturating_add(1);
        if let Some(id) = tracked {
            self.tracked.push_back((self.taken, id));
        }
        self.encoding.encode_frame(packet)
    }

    /// `frames` more frames were handed to the transport: the names of the messages among them.
    pub(super) fn wrote<R>(&mut self, frames: u64, out: &mut Outlet<R>) {
        self.written = self.written.saturating_add(frames).min(self.taken);
        while let Some(&(frame, id)) = self.tracked.front().filter(|(frame, _)| *frame <= self.written) {
            debug_assert!(frame <= self.taken);
            out.facts.push_back(Fact::Sent(self.ws.session(), id));
            self.tracked.pop_front();
        }
    }

    /// Whether all frames that were taken were handed to the transport.
    pub(super) const fn settled(&self) -> bool {
        self.written == self.taken
    }
}

impl Socket {
    pub(super) const fn new(heart: Heart, ws: WsKey, encoding: Encoding, hello: Option<Handshake>) -> Self {
        Self { heart, wire: Wire::new(ws, encoding), hello }
    }

    /// Whether there is a frame to send; `parcel` tells whether there is a message that may go.
    pub(super) const fn has_frames(&self, parcel: bool) -> bool {
        let Self { heart, wire, hello } = self;
        wire.probe_due || hello.is_some() || heart.ping_due() || parcel
    }

    /// The next frame. Messages are `held` while a poll's answer with earlier ones is on its way.
    pub(super) fn next_frame(&mut self, outbox: &mut Outbox, held: bool) -> Option<OutFrame> {
        if let Some(frame) = self.wire.probe() {
            return Some(frame);
        }
        if let Some(handshake) = self.hello.take() {
            return Some(self.wire.take(Packet::Open(handshake.encode()), None));
        }
        if self.heart.take_ping() {
            return Some(self.wire.take(Packet::Ping(Packet::EMPTY), None));
        }
        let next = if held { None } else { outbox.pop() };
        let Some((message, tracked)) = next else {
            self.wire.dry();
            return None;
        };
        Some(self.wire.take(Packet::Message(message), tracked))
    }
}
