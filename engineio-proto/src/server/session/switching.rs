//! The end of an upgrade that has to wait for the body of a POST: what arrives on the WebSocket meanwhile.

use super::super::action::CloseCode;
use super::exchanges::Farewell;
use super::socket::Socket;
use super::state::{Closing, Early, State, Switching};
use super::{Cx, Session};
use crate::http::Reply;
use crate::{CloseReason, Frame, Packet, Ticket, TransportFault, Version};
use core::mem;

impl<R> Session<R> {
    /// A message on the WebSocket, while the body of a POST that was sent before it is on its way. The heartbeat counts
    /// at once; all else waits its turn.
    pub(super) fn early_frame(&mut self, cx: &mut Cx<'_, R>, frame: Frame) {
        let version = self.encoding.version();
        let Some(Switching { socket, post: _, early }) = self.state.switching() else { return };
        match socket.wire.encoding().decode_frame(frame) {
            Ok(Packet::Pong(_)) if version == Version::V4 => socket.heart.beat(cx.now, cx.config.heartbeat()),
            Ok(Packet::Ping(_)) if version == Version::V3 => socket.heart.beat(cx.now, cx.config.heartbeat()),
            Ok(packet) => {
                early.bytes = early.bytes.saturating_add(packet.data().map_or(0, bytes::Bytes::len));
                early.packets.push_back(packet);
                let fits = early.bytes <= cx.config.max_payload() && early.packets.len() <= Early::MAX_PACKETS;
                if !fits {
                    self.shut(cx, TransportFault::UpgradeOverflow, Farewell::Close);
                }
            }
            Err(error) => self.shut(cx, CloseReason::ParseError(error), Farewell::Close),
        }
    }

    /// Takes the POST `ticket` whose body is on its way. If the session waited for it, it is on WebSocket from here on,
    /// and what has arrived there is next.
    pub(super) fn take_reading(&mut self, ticket: Ticket) -> Option<(Reply<R>, Early)> {
        if self.state.reading()?.reply.ticket() != ticket {
            return None;
        }
        match mem::replace(&mut self.state, State::Closed) {
            State::Switching(Switching { socket, post, early }) => {
                self.state = State::WebSocket(socket);
                Some((post.reply, early))
            }
            State::Closing(Closing::Switching { switching: Switching { socket, post, early }, code, give_up }) => {
                self.state = State::Closing(Closing::WebSocket { socket, code, give_up });
                Some((post.reply, early))
            }
            other => {
                self.state = other;
                let reply = self.state.exchanges()?.take_reading(ticket)?;
                Some((reply, Early::default()))
            }
        }
    }

    /// The body that these waited for has come.
    pub(super) fn receive_early(&mut self, cx: &mut Cx<'_, R>, early: Early) {
        let Early { packets, bytes: _ } = early;
        for packet in packets {
            if self.is_closed() {
                break;
            }
            self.receive(cx, packet);
        }
    }
}

impl<R> Switching<R> {
    /// The session is over.
    pub(super) fn end(self, farewell: Farewell, code: CloseCode, cx: &mut Cx<'_, R>) {
        let Self { socket: Socket { heart: _, wire, hello: _, initial: _ }, post, early: _ } = self;
        post.end(farewell, cx.out);
        cx.out.close_ws(wire.ws, code);
    }
}

impl Early {
    /// The most packets that wait for a POST to end. A real client sends none: it waits for the POST itself.
    const MAX_PACKETS: usize = 1000;
}
