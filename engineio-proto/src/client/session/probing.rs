//! The upgrade: a WebSocket is tried out while polling goes on (protocol: upgrade).

use super::super::action::ClientEvent;
use super::super::fault::UpgradeFault;
use super::Session;
use super::state::{Polling, Probe, Socket, State, Wire};
use crate::codec::PROBE;
use crate::{CallId, CloseReason, Frame, Packet};
use core::mem;

impl Session {
    /// The WebSocket that was asked for is open. Returns whether anybody still wants it.
    pub(super) fn probe_opened(&mut self, id: CallId, mut wire: Wire) -> bool {
        match &mut self.state {
            State::Probing(_, probe) => match probe {
                Probe::Dialing { call, give_up } if *call == id => {
                    wire.probe_due = true;
                    *probe = Probe::Asking { wire, give_up: *give_up };
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// A message on the WebSocket that is tried out.
    pub(super) fn probe_frame(&mut self, frame: Frame) {
        let packet = self.encoding.decode_frame(frame);
        match mem::replace(&mut self.state, State::Closed) {
            State::Probing(polling, Probe::Asking { wire, give_up })
                if !wire.probe_due && packet == Ok(Packet::Pong(PROBE)) =>
            {
                self.state = State::Probing(polling, Probe::Draining { wire, give_up });
            }
            // The server has seen `5`, though the host has not yet said that it was written.
            State::Probing(polling, Probe::Leaving { wire }) => {
                self.state = State::Probing(polling, Probe::Leaving { wire });
                self.switch();
                match packet {
                    Ok(packet) => self.receive(packet),
                    Err(error) => self.shut(CloseReason::ParseError(error)),
                }
            }
            other => {
                self.state = other;
                self.upgrade_failed(UpgradeFault::Answer);
            }
        }
    }

    /// More was written to the WebSocket that is tried out: if that was `5`, polling is over.
    pub(super) fn leave_polling(&mut self) {
        if matches!(&self.state, State::Probing(_, Probe::Leaving { wire }) if wire.settled()) {
            self.switch();
        }
    }

    /// Goes over to WebSocket.
    fn switch(&mut self) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Probing(polling, Probe::Leaving { wire }) => {
                // Both exchanges were waited for before `5` was due.
                let Polling { pulse, sid: _, limit: _, get, post } = polling;
                debug_assert!(get.is_none() && post.is_none());
                self.state = State::WebSocket(Socket { pulse, wire });
                self.out.event(ClientEvent::Upgrade);
            }
            other => self.state = other,
        }
    }

    /// Lets go of the WebSocket that is tried out; the session goes on polling, with all that it has.
    pub(super) fn upgrade_failed(&mut self, fault: UpgradeFault) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Probing(polling, probe) => {
                self.state = State::Polling(polling);
                probe.let_go(&mut self.out);
                self.out.event(ClientEvent::UpgradeFailed(fault));
            }
            other => self.state = other,
        }
    }
}
