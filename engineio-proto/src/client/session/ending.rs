//! How a session ends: in an orderly way, or at once.

use super::super::action::ClientEvent;
use super::Session;
use super::state::{Attempt, Closing, Opening, Probe, Socket, Stage, State};
use crate::CloseReason;
use core::mem;

impl Session {
    /// Ends the session now. What is outstanding is let go of; what is queued is dropped.
    pub(in super::super) fn shut(&mut self, reason: impl Into<CloseReason>) {
        self.ended_on = self.transport();
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening(Opening { attempt, tries: _, give_up: _ })
            | State::Closing(Closing::Opening(Opening { attempt, tries: _, give_up: _ })) => {
                attempt.let_go(&mut self.out);
            }
            State::Polling(polling) | State::Closing(Closing::Polling { polling, stage: _, give_up: _ }) => {
                polling.let_go(&mut self.out);
            }
            State::Probing(polling, probe) => {
                polling.let_go(&mut self.out);
                probe.let_go(&mut self.out);
            }
            State::WebSocket(Socket { pulse: _, wire })
            | State::Closing(Closing::WebSocket { socket: Socket { pulse: _, wire }, give_up: _ }) => {
                self.out.close_ws(wire.ws);
            }
            State::Closed => return,
        }
        self.out.unsent(self.outbox.take_unsent());
        self.out.event(ClientEvent::Close(reason.into()));
    }

    /// The application closes the session: what is queued still leaves and the server is told, within the close
    /// timeout.
    pub(in super::super) fn close(&mut self) {
        let give_up = self.now.after(self.config.close_timeout());
        self.state = match mem::replace(&mut self.state, State::Closed) {
            State::Opening(Opening { attempt, tries, give_up: attempt_ends }) => {
                // Only a GET that is outstanding may make a session that nobody else would end.
                let nothing_to_say = self.outbox.is_empty() && !matches!(attempt, Attempt::Get(_));
                let give_up = give_up.min(attempt_ends);
                let opening = Opening { attempt, tries, give_up };
                if nothing_to_say {
                    self.state = State::Opening(opening);
                    return self.shut(CloseReason::ForcedClose);
                }
                State::Closing(Closing::Opening(opening))
            }
            State::Polling(polling) => State::Closing(Closing::Polling { polling, stage: Stage::Flushing, give_up }),
            State::Probing(polling, Probe::Leaving { wire }) => {
                let socket = Socket { pulse: polling.pulse, wire };
                State::Closing(Closing::WebSocket { socket, give_up })
            }
            State::Probing(polling, probe) => {
                probe.let_go(&mut self.out);
                State::Closing(Closing::Polling { polling, stage: Stage::Flushing, give_up })
            }
            State::WebSocket(socket) => State::Closing(Closing::WebSocket { socket, give_up }),
            already @ (State::Closing(_) | State::Closed) => already,
        };
    }
}
