//! What arrives on the WebSocket that the session is on.

use super::super::action::ClientEvent;
use super::Session;
use crate::{CloseReason, Frame, Packet, TransportFault, Version};

impl Session {
    /// One whole message.
    pub(super) fn socket_frame(&mut self, frame: Frame) {
        match self.encoding.decode_frame(frame) {
            Ok(packet) => self.receive(packet),
            Err(error) => self.shut(CloseReason::ParseError(error)),
        }
    }

    /// A packet.
    pub(super) fn receive(&mut self, packet: Packet) {
        match packet {
            Packet::Message(message) => self.out.event(ClientEvent::Messages(message.into())),
            Packet::Ping(_) | Packet::Pong(_) => {
                let now = self.now;
                // The other one means nothing from a server, and the reference ignores it.
                let beats = matches!(packet, Packet::Ping(_)) == (self.encoding.version() == Version::V4);
                if let Some(pulse) = self.state.pulse().filter(|_| beats) {
                    pulse.beat(now);
                }
            }
            Packet::Close => self.shut(CloseReason::TransportClose),
            Packet::Open(_) => self.shut(TransportFault::SecondHandshake),
            Packet::Upgrade | Packet::Noop => {}
        }
    }
}
