//! How a session ends: at once, in an orderly way, or because the peer gave up an exchange.

use super::super::action::{CloseCode, Event};
use super::super::outlet::{Fact, Parting};
use super::exchanges::{Aborted, Farewell};
use super::socket::Socket;
use super::state::{Closing, Fresh, LastPolls, Onto, Opening, Polling, Probe, State};
use super::{Cx, Session};
use crate::{CloseReason, Refusal, Ticket, TransportFault, WsFault, WsKey};
use core::mem;

impl<R> Session<R> {
    /// Ends the session now. Whoever waits in it is told; what is queued is dropped.
    pub(super) fn shut(&mut self, cx: &mut Cx<'_, R>, reason: impl Into<CloseReason>, farewell: Farewell) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening(Opening { reply, heart: _, handshake: _, onto }) => {
                cx.out.refuse(reply, Refusal::Overloaded, matches!(onto, Onto::WebSocket(_)));
            }
            State::Fresh(Fresh { heart: _, first_request_by: _ }) => {}
            State::Polling(Polling { heart: _, exchanges }) => exchanges.end(self.encoding, farewell, cx.out),
            State::Probing(Polling { heart: _, exchanges }, probe) => {
                exchanges.end(self.encoding, farewell, cx.out);
                probe.end(CloseCode::None, cx);
            }
            State::Switching(switching) => switching.end(farewell, CloseCode::None, cx),
            State::WebSocket(Socket { heart: _, wire, hello: _, initial: _ }) => {
                cx.out.close_ws(wire.ws, CloseCode::None)
            }
            State::Closing(closing) => match closing {
                Closing::Polling(LastPolls { heart: _, exchanges, stage: _, give_up: _ }) => {
                    exchanges.end(self.encoding, farewell, cx.out);
                }
                Closing::Probing(LastPolls { heart: _, exchanges, stage: _, give_up: _ }, probe, code) => {
                    exchanges.end(self.encoding, farewell, cx.out);
                    probe.end(code, cx);
                }
                Closing::Opening { opening: Opening { reply, heart: _, handshake: _, onto }, code: _, give_up: _ } => {
                    let how = match onto {
                        Onto::Polling { first_request_by: _ } => Parting::Close(self.encoding),
                        Onto::WebSocket(_) => Parting::UpgradeThenClose,
                    };
                    cx.out.part(reply, how);
                }
                Closing::Fresh { fresh: Fresh { heart: _, first_request_by: _ }, give_up: _ } => {}
                Closing::Switching { switching, code, give_up: _ } => switching.end(farewell, code, cx),
                Closing::WebSocket { socket: Socket { heart: _, wire, hello: _, initial: _ }, code, give_up: _ } => {
                    cx.out.close_ws(wire.ws, code);
                }
            },
            State::Closed => return,
        }
        self.is_over(cx, reason);
    }

    /// Says that the session is over, and what was left in it.
    fn is_over(&mut self, cx: &mut Cx<'_, R>, reason: impl Into<CloseReason>) {
        self.flight = None;
        if let Some(unsent) = self.outbox.take_unsent() {
            cx.out.facts.push_back(Fact::Unsent(self.key, unsent));
        }
        cx.out.event(self.key, Event::Close(reason.into()));
    }

    /// Ends the session because the application wants it gone.
    pub(in super::super) fn discard(&mut self, cx: &mut Cx<'_, R>) {
        self.shut(cx, CloseReason::ForcedClose, Farewell::Close);
    }

    /// The application closes the session: what is queued still leaves, within the close timeout.
    pub(in super::super) fn close(&mut self, cx: &mut Cx<'_, R>, code: CloseCode) {
        let give_up = cx.now.after(cx.config.close_timeout());
        self.state = match mem::replace(&mut self.state, State::Closed) {
            State::Opening(opening) => State::Closing(Closing::Opening { opening, code, give_up }),
            State::Fresh(fresh) => State::Closing(Closing::Fresh { fresh, give_up }),
            State::Polling(Polling { heart, exchanges }) => {
                State::Closing(Closing::Polling(LastPolls::new(heart, exchanges, give_up)))
            }
            State::Probing(Polling { heart, exchanges }, probe) => {
                let last = LastPolls::new(heart, exchanges, give_up);
                State::Closing(Closing::Probing(last, probe.in_closing(), code))
            }
            State::Switching(switching) => State::Closing(Closing::Switching { switching, code, give_up }),
            State::WebSocket(socket) => State::Closing(Closing::WebSocket { socket, code, give_up }),
            already @ (State::Closing(_) | State::Closed) => already,
        };
    }

    /// The peer gave up an exchange, or its answer did not reach it. Gives the handle back if it is still here.
    pub(in super::super) fn abort(&mut self, cx: &mut Cx<'_, R>, ticket: Ticket) -> Option<R> {
        if self.flight.as_ref().is_some_and(|flight| flight.ticket == ticket) {
            self.shut(cx, TransportFault::Undelivered, Farewell::Close);
            return None;
        }
        match self.state.exchanges().map(|exchanges| exchanges.abort(ticket)) {
            Some(Aborted::Get(handle)) => {
                self.shut(cx, TransportFault::GetAborted, Farewell::Close);
                return Some(handle);
            }
            Some(Aborted::Post(handle)) => {
                self.shut(cx, TransportFault::PostAborted, Farewell::Close);
                return handle;
            }
            Some(Aborted::Nothing) | None => {}
        }
        if let Some((reply, _early)) = self.take_reading(ticket) {
            self.shut(cx, TransportFault::PostAborted, Farewell::Close);
            return Some(reply.aborted());
        }
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening(Opening { reply, heart: _, handshake: _, onto: _ })
            | State::Closing(Closing::Opening {
                opening: Opening { reply, heart: _, handshake: _, onto: _ },
                code: _,
                give_up: _,
            }) if reply.ticket() == ticket => {
                self.is_over(cx, TransportFault::HandshakeAborted);
                Some(reply.aborted())
            }
            State::Probing(polling, Probe::Offered { reply, wire: _, give_up: _ }) if reply.ticket() == ticket => {
                self.state = State::Polling(polling);
                Some(reply.aborted())
            }
            State::Closing(Closing::Probing(last, Probe::Offered { reply, wire: _, give_up: _ }, _))
                if reply.ticket() == ticket =>
            {
                self.state = State::Closing(Closing::Polling(last));
                Some(reply.aborted())
            }
            State::Closing(Closing::Polling(last)) if last.is_said_by(ticket) => {
                self.state = State::Closing(Closing::Polling(last));
                self.shut(cx, CloseReason::ForcedClose, Farewell::Close);
                None
            }
            other => {
                self.state = other;
                // After its 101 an upgrade's exchange is its WebSocket.
                let ws = WsKey { session: self.key, exchange: ticket.exchange };
                self.ws_closed(cx, ws, super::WsEnd::Failed(WsFault::Connection));
                None
            }
        }
    }
}
