//! What several states have: deadlines, a heartbeat, exchanges, a WebSocket.

use super::super::action::CloseCode;
use super::exchanges::{Exchanges, Post, Reading};
use super::socket::Socket;
use super::state::{Closing, Fresh, LastPolls, Onto, Opening, Phase, Polling, Probe, Release, Stage, State, Switching};
use crate::session::heartbeat::Heart;
use crate::{Instant, Ticket, WsKey};

impl<R> State<R> {
    pub(super) fn deadline(&self) -> Option<Instant> {
        Some(match self {
            Self::Opening(opening) => opening.deadline(),
            Self::Fresh(fresh) => fresh.deadline(),
            Self::Polling(polling) => polling.deadline(),
            Self::Probing(polling, probe) => polling.deadline().min(probe.deadline()),
            Self::Switching(switching) => switching.deadline(),
            Self::WebSocket(socket) => socket.heart.deadline(),
            Self::Closing(closing) => closing.deadline(),
            Self::Closed => return None,
        })
    }

    /// The exchanges of the states that have some.
    pub(super) const fn exchanges(&mut self) -> Option<&mut Exchanges<R>> {
        match self {
            Self::Polling(polling) | Self::Probing(polling, _) => Some(&mut polling.exchanges),
            Self::Closing(Closing::Polling(last) | Closing::Probing(last, ..)) => Some(&mut last.exchanges),
            Self::Opening(_)
            | Self::Fresh(_)
            | Self::Switching(_)
            | Self::WebSocket(_)
            | Self::Closing(_)
            | Self::Closed => None,
        }
    }

    /// The POST whose body is on its way.
    pub(super) const fn reading(&self) -> Option<&Reading<R>> {
        let exchanges = match self {
            Self::Switching(switching) | Self::Closing(Closing::Switching { switching, .. }) => {
                return Some(&switching.post);
            }
            Self::Polling(Polling { exchanges, .. })
            | Self::Probing(Polling { exchanges, .. }, _)
            | Self::Closing(
                Closing::Polling(LastPolls { exchanges, .. }) | Closing::Probing(LastPolls { exchanges, .. }, ..),
            ) => exchanges,
            Self::Opening(_) | Self::Fresh(_) | Self::WebSocket(_) | Self::Closing(_) | Self::Closed => return None,
        };
        match &exchanges.post {
            Post::Reading(reading) => Some(reading),
            Post::Idle | Post::Accepted { .. } | Post::Answering(_) => None,
        }
    }

    /// As [`reading`](Self::reading).
    pub(super) const fn reading_mut(&mut self) -> Option<&mut Reading<R>> {
        match self {
            Self::Switching(switching) | Self::Closing(Closing::Switching { switching, .. }) => {
                Some(&mut switching.post)
            }
            other => match other.exchanges() {
                Some(exchanges) => exchanges.reading(),
                None => None,
            },
        }
    }

    /// The WebSocket that the session is on.
    pub(super) const fn socket(&mut self) -> Option<&mut Socket> {
        match self {
            Self::Switching(Switching { socket, .. })
            | Self::WebSocket(socket)
            | Self::Closing(
                Closing::Switching { switching: Switching { socket, .. }, .. } | Closing::WebSocket { socket, .. },
            ) => Some(socket),
            Self::Opening(_)
            | Self::Fresh(_)
            | Self::Polling(_)
            | Self::Probing(..)
            | Self::Closing(_)
            | Self::Closed => None,
        }
    }

    /// The WebSocket that the session is on, and what waits there for the body of a POST.
    pub(super) const fn switching(&mut self) -> Option<&mut Switching<R>> {
        match self {
            Self::Switching(switching) | Self::Closing(Closing::Switching { switching, .. }) => Some(switching),
            _ => None,
        }
    }

    pub(super) const fn is_closing(&self) -> bool {
        matches!(self, Self::Closing(_))
    }

    /// The WebSocket that is tried out, in the states that have one.
    pub(super) const fn probe(&mut self) -> Option<&mut Probe<R>> {
        match self {
            Self::Probing(_, probe) | Self::Closing(Closing::Probing(_, probe, _)) => Some(probe),
            Self::Opening(_)
            | Self::Fresh(_)
            | Self::Polling(_)
            | Self::Switching(_)
            | Self::WebSocket(_)
            | Self::Closing(_)
            | Self::Closed => None,
        }
    }

    /// The state without the WebSocket that is tried out, and that one, with the code that it is to be closed with.
    pub(super) fn without_probe(self) -> (Self, Option<(Probe<R>, CloseCode)>) {
        match self {
            Self::Probing(polling, probe) => (Self::Polling(polling), Some((probe, CloseCode::None))),
            Self::Closing(Closing::Probing(last, probe, code)) => {
                (Self::Closing(Closing::Polling(last)), Some((probe, code)))
            }
            other => (other, None),
        }
    }

    /// The heartbeat.
    pub(super) const fn heart(&mut self) -> Option<&mut Heart> {
        match self {
            Self::Opening(opening) | Self::Closing(Closing::Opening { opening, .. }) => Some(&mut opening.heart),
            Self::Fresh(fresh) | Self::Closing(Closing::Fresh { fresh, .. }) => Some(&mut fresh.heart),
            Self::Polling(polling) | Self::Probing(polling, _) => Some(&mut polling.heart),
            Self::Closing(Closing::Polling(last) | Closing::Probing(last, ..)) => Some(&mut last.heart),
            Self::Switching(Switching { socket, .. })
            | Self::WebSocket(socket)
            | Self::Closing(
                Closing::Switching { switching: Switching { socket, .. }, .. } | Closing::WebSocket { socket, .. },
            ) => Some(&mut socket.heart),
            Self::Closed => None,
        }
    }

    /// By when the peer has to make its first request after the handshake, as long as it has made none.
    pub(super) const fn first_request_by(&self) -> Option<Instant> {
        match self {
            Self::Opening(opening) | Self::Closing(Closing::Opening { opening, .. }) => opening.first_request_by(),
            Self::Fresh(fresh) | Self::Closing(Closing::Fresh { fresh, .. }) => Some(fresh.first_request_by),
            _ => None,
        }
    }

    /// When a session that is closing is given up.
    pub(super) const fn give_up(&self) -> Option<Instant> {
        match self {
            Self::Closing(closing) => Some(closing.give_up()),
            _ => None,
        }
    }

    /// The peer has made a request after its handshake.
    pub(super) fn visited(self) -> Self {
        match self {
            Self::Fresh(Fresh { heart, first_request_by: _ }) => {
                Self::Polling(Polling { heart, exchanges: Exchanges::none() })
            }
            Self::Closing(Closing::Fresh { fresh: Fresh { heart, first_request_by: _ }, give_up }) => {
                Self::Closing(Closing::Polling(LastPolls::new(heart, Exchanges::none(), give_up)))
            }
            other => other,
        }
    }
}

impl<R> Opening<R> {
    const fn first_request_by(&self) -> Option<Instant> {
        match self.onto {
            Onto::Polling { first_request_by } => Some(first_request_by),
            // A peer that begins on WebSocket may say nothing before its first pong.
            Onto::WebSocket(_) => None,
        }
    }

    fn deadline(&self) -> Instant {
        let heart = self.heart.deadline();
        self.first_request_by().map_or(heart, |by| heart.min(by))
    }
}

impl Fresh {
    fn deadline(&self) -> Instant {
        self.heart.deadline().min(self.first_request_by)
    }
}

impl<R> Polling<R> {
    fn deadline(&self) -> Instant {
        let heart = self.heart.deadline();
        self.exchanges.deadline().map_or(heart, |body| heart.min(body))
    }
}

impl<R> Switching<R> {
    fn deadline(&self) -> Instant {
        self.socket.heart.deadline().min(self.post.pace.deadline())
    }
}

impl<R> Closing<R> {
    fn deadline(&self) -> Instant {
        let rest = match self {
            Self::Opening { opening, .. } => opening.deadline(),
            Self::Fresh { fresh, .. } => fresh.deadline(),
            Self::Polling(last) => last.deadline(),
            Self::Probing(last, probe, _) => last.deadline().min(probe.deadline()),
            Self::Switching { switching, .. } => switching.deadline(),
            Self::WebSocket { socket, .. } => socket.heart.deadline(),
        };
        rest.min(self.give_up())
    }

    const fn give_up(&self) -> Instant {
        match self {
            Self::Polling(LastPolls { give_up, .. })
            | Self::Probing(LastPolls { give_up, .. }, ..)
            | Self::Opening { give_up, .. }
            | Self::Fresh { give_up, .. }
            | Self::Switching { give_up, .. }
            | Self::WebSocket { give_up, .. } => *give_up,
        }
    }
}

impl<R> LastPolls<R> {
    pub(super) const fn new(heart: Heart, exchanges: Exchanges<R>, give_up: Instant) -> Self {
        let stage = if exchanges.get.is_some() { Stage::Parked } else { Stage::Later };
        Self { heart, exchanges, stage, give_up }
    }

    /// Whether the answer `ticket` carries the close packet.
    pub(super) fn is_said_by(&self, ticket: Ticket) -> bool {
        matches!(self.stage, Stage::Said(said) if said == ticket)
    }

    fn deadline(&self) -> Instant {
        let heart = self.heart.deadline();
        self.exchanges.deadline().map_or(heart, |body| heart.min(body))
    }
}

impl<R> Probe<R> {
    pub(super) const fn ws(&self) -> WsKey {
        match self {
            Self::Offered { wire, .. } | Self::Open { wire, .. } => wire.ws,
        }
    }

    fn deadline(&self) -> Instant {
        match self {
            Self::Open { phase: Phase::Heard(Release::At(at)), give_up, .. } => *at.min(give_up),
            Self::Offered { give_up, .. } | Self::Open { give_up, .. } => *give_up,
        }
    }
}
