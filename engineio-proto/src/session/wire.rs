//! What is sent over one WebSocket, and what was: the same for both roles.

use crate::{Encoding, OutFrame, Outgoing, Packet, SendId};
use alloc::collections::VecDeque;

/// The sending side of one WebSocket. Whoever has it may send frames; no other state can.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(crate) struct Wire<K> {
    pub(crate) ws: K,
    encoding: Encoding,
    /// This side's part of the probe, as long as it is wanted and was not sent.
    pub(crate) probe_due: bool,
    /// The host was told that there are frames and has not taken the last one yet.
    announced: bool,
    /// How many frames the host has taken, and how many of them it has handed to the transport.
    taken: u64,
    written: u64,
    /// The names of taken messages, with the number of the frame that each went into.
    tracked: VecDeque<(u64, SendId)>,
}

impl<K: Copy> Wire<K> {
    pub(crate) const fn new(ws: K, encoding: Encoding) -> Self {
        Self { ws, encoding, probe_due: false, announced: false, taken: 0, written: 0, tracked: VecDeque::new() }
    }

    pub(crate) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many frames the host has taken.
    pub(crate) const fn taken(&self) -> u64 {
        self.taken
    }

    /// Says once that there are frames, if there are.
    pub(crate) fn announce(&mut self, frames: bool) -> Option<K> {
        (frames && !core::mem::replace(&mut self.announced, frames)).then_some(self.ws)
    }

    /// The host has asked and there was nothing: the next frame is announced again.
    pub(crate) const fn dry(&mut self) {
        self.announced = false;
    }

    /// The probe's packet, if it is due.
    #[inline]
    pub(crate) fn probe(&mut self, packet: impl FnOnce() -> Packet) -> Option<OutFrame> {
        if !self.probe_due {
            return None;
        }
        self.probe_due = false;
        Some(self.take(packet()))
    }

    /// What the protocol has to say.
    pub(crate) fn take(&mut self, packet: Packet) -> OutFrame {
        self.taken = self.taken.saturating_add(1);
        self.encoding.encode_frame(packet)
    }

    #[inline]
    pub(crate) fn take_message(&mut self, message: Outgoing, tracked: Option<SendId>) -> OutFrame {
        self.taken = self.taken.saturating_add(1);
        if let Some(id) = tracked {
            self.tracked.push_back((self.taken, id));
        }
        self.encoding.encode_outgoing(message)
    }

    /// `frames` more frames were handed to the transport: tells the names of the messages among them.
    pub(crate) fn wrote(&mut self, frames: u64, mut sent: impl FnMut(SendId)) {
        self.written = self.written.saturating_add(frames).min(self.taken);
        while let Some(&(frame, id)) = self.tracked.front().filter(|(frame, _)| *frame <= self.written) {
            debug_assert!(frame <= self.taken);
            sent(id);
            self.tracked.pop_front();
        }
    }

    /// Whether all frames that were taken were handed to the transport.
    pub(crate) const fn settled(&self) -> bool {
        self.written == self.taken
    }
}

#[cfg(feature = "model")]
impl<K: crate::model::Canonical> crate::model::Canonical for Wire<K> {
    /// How many frames there were does not matter, only how many of them are not written yet.
    fn write(&self, to: &mut crate::model::Fingerprint) {
        let Self { ws, encoding, probe_due, announced, taken, written, tracked } = self;
        ws.write(to);
        encoding.write(to);
        probe_due.write(to);
        announced.write(to);
        taken.saturating_sub(*written).write(to);
        to.number(tracked.len() as u64);
        for (frame, id) in tracked {
            frame.saturating_sub(*written).write(to);
            id.write(to);
        }
    }
}
