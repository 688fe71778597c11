//! A session's WebSocket: what is to be sent over it and what was.

use crate::codec::PROBE;
use crate::session::heartbeat::Heart;
use crate::session::outbox::Outbox;
use crate::session::wire;
use crate::{Config, Encoding, Handshake, Message, OutFrame, Packet, WsKey};

/// The sending side of a session's WebSocket.
pub(super) type Wire = wire::Wire<WsKey>;

/// The state of a session that is on WebSocket. It has no place for an HTTP exchange.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Socket {
    pub(super) heart: Heart,
    pub(super) wire: Wire,
    /// The handshake, as long as it was not sent.
    pub(super) hello: Option<Handshake>,
    /// The message that the session begins with, as long as it was not sent.
    pub(super) initial: Option<Message>,
}

impl Socket {
    /// The WebSocket that a session begins on.
    pub(super) fn first(heart: Heart, ws: WsKey, encoding: Encoding, handshake: Handshake, config: &Config) -> Self {
        let initial = config.initial_packet().cloned();
        Self { heart, wire: Wire::new(ws, encoding), hello: Some(handshake), initial }
    }

    /// The WebSocket that a session goes over to.
    pub(super) const fn upgraded(heart: Heart, wire: Wire) -> Self {
        Self { heart, wire, hello: None, initial: None }
    }

    /// Whether there is a frame to send; `parcel` tells whether there is a message that may go.
    pub(super) const fn has_frames(&self, parcel: bool) -> bool {
        let Self { heart, wire, hello, initial } = self;
        wire.probe_due || hello.is_some() || initial.is_some() || heart.is_due() || parcel
    }

    /// Hands out frames until there is none, or until `take` says that it wants no more. Returns whether there is none.
    /// Messages are `held` while a poll's answer with earlier ones is on its way.
    pub(super) fn take_frames(
        &mut self,
        outbox: &mut Outbox,
        held: bool,
        mut take: impl FnMut(OutFrame) -> bool,
    ) -> bool {
        while let Some(frame) = self.next_own() {
            if !take(frame) {
                return false;
            }
        }
        while !held && let Some((message, tracked)) = outbox.pop() {
            if !take(self.wire.take_message(message, tracked)) {
                return false;
            }
        }
        self.wire.dry();
        true
    }

    /// The next frame of what the protocol itself has to say.
    fn next_own(&mut self) -> Option<OutFrame> {
        if let Some(frame) = self.wire.probe(|| Packet::Pong(PROBE)) {
            return Some(frame);
        }
        if let Some(handshake) = self.hello.take() {
            return Some(self.wire.take(Packet::Open(handshake.encode())));
        }
        if let Some(message) = self.initial.take() {
            return Some(self.wire.take(Packet::Message(message)));
        }
        self.heart.take_due().map(|packet| self.wire.take(packet))
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Socket { heart, wire, hello, initial });
