//! How a session comes to be: transports are tried until one brings a handshake.

use super::super::action::ClientEvent;
use super::super::call::Outcome;
use super::super::pulse::Pulse;
use super::Session;
use super::state::{Attempt, Closing, Opening, Polling, Probe, Socket, Stage, State, Wire};
use crate::{CloseReason, Download, DownloadEnd, Frame, Handshake, Packet, SessionId, Transport, TransportFault};
use core::mem;

impl Session {
    /// The GET for the handshake was answered.
    pub(super) fn greeted(&mut self, outcome: Outcome) {
        let Download { open, messages, heartbeat, end } = match outcome {
            Outcome::Packets(download) => download,
            Outcome::Status { status, code } => return self.attempt_failed(TransportFault::Status { status, code }),
            Outcome::Accepted => return self.attempt_failed(TransportFault::NoHandshake),
        };
        match (open, end) {
            (Some(Ok(handshake)), _) => {
                self.opened(*handshake, None);
                self.receive_payload(messages, heartbeat, end);
            }
            (Some(Err(error)), _) => self.attempt_failed(TransportFault::Handshake(error)),
            (None, Some(DownloadEnd::Fault(error))) => self.attempt_failed(CloseReason::ParseError(error)),
            (None, Some(DownloadEnd::Close | DownloadEnd::Open) | None) => {
                self.attempt_failed(TransportFault::NoHandshake);
            }
        }
    }

    /// The first message on the WebSocket that the session begins on.
    pub(super) fn greeted_by_frame(&mut self, frame: Frame) {
        match self.encoding.decode_frame(frame) {
            Ok(Packet::Open(json)) => match Handshake::decode(&json) {
                Ok(handshake) => {
                    let Some(opening) = self.state.opening() else { return };
                    // The wire goes with the session; what is left here is replaced at once.
                    let taken = mem::replace(&mut opening.attempt, Attempt::Due(Transport::WebSocket));
                    if let Attempt::Greeting(wire) = taken {
                        self.opened(handshake, Some(wire));
                    }
                }
                Err(error) => self.attempt_failed(TransportFault::Handshake(error)),
            },
            Ok(_) => self.attempt_failed(TransportFault::NoHandshake),
            Err(error) => self.attempt_failed(CloseReason::ParseError(error)),
        }
    }

    /// The session exists: on this WebSocket, or else on polling.
    fn opened(&mut self, handshake: Handshake<SessionId>, wire: Option<Wire>) {
        let closing = match &self.state {
            State::Closing(Closing::Opening(opening)) => Some(opening.give_up),
            _ => None,
        };
        self.handshake = Some(handshake.clone());
        self.out.event(ClientEvent::Open(handshake.clone()));
        let pulse = Pulse::start(self.now, &handshake, self.encoding.version());
        self.state = match wire {
            Some(wire) => {
                let socket = Socket { pulse, wire };
                match closing {
                    Some(give_up) => State::Closing(Closing::WebSocket { socket, give_up }),
                    None => State::WebSocket(socket),
                }
            }
            None => {
                // Zero is how the reference's server can be told not to bound it.
                let limit = handshake.max_payload.filter(|limit| *limit > 0);
                let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
                let polling = Polling { pulse, sid: handshake.sid, limit, get: None, post: None };
                let upgrade = self.config.upgrades() && handshake.upgrades.contains(Transport::WebSocket);
                match closing {
                    Some(give_up) => State::Closing(Closing::Polling { polling, stage: Stage::Flushing, give_up }),
                    None if upgrade => {
                        let give_up = self.now.after(self.config.upgrade_timeout());
                        State::Probing(polling, Probe::Due { give_up })
                    }
                    None => State::Polling(polling),
                }
            }
        };
    }

    /// This attempt has failed: the next transport is tried, or the session never opens.
    pub(super) fn attempt_failed(&mut self, reason: impl Into<CloseReason>) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening(Opening { attempt, mut tries, give_up }) => match tries.next(&self.config) {
                Some(transport) => {
                    attempt.let_go(&mut self.out);
                    let give_up = self.now.after(self.config.open_timeout());
                    self.state = State::Opening(Opening { attempt: Attempt::Due(transport), tries, give_up });
                }
                None => {
                    self.state = State::Opening(Opening { attempt, tries, give_up });
                    self.shut(reason);
                }
            },
            State::Closing(Closing::Opening(opening)) => {
                self.state = State::Closing(Closing::Opening(opening));
                // The application has given up on it before, unless it wanted something to arrive.
                if self.outbox.is_empty() { self.shut(CloseReason::ForcedClose) } else { self.shut(reason) }
            }
            other => self.state = other,
        }
    }
}
