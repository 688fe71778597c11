//! The states of a session. Each owns only what is legal in it, deadlines too: leaving a state cancels its own.
//!
//! ```text
//!              open                    upgrade             probe, then `5`
//!  Opening ───────────▶ Polling ◀────────────────▶ Probing ───────────────▶ WebSocket
//!     │                    │      failed, late         │                        ▲ │
//!     │                    │      or lost              │                        │ │
//!     └────────────────────┼───────────────────────────┼────────────────────────┘ │
//!                    close │                     close │                    close │
//!                          ▼                           ▼                          ▼
//!                       Closing ─────────────────▶ Closed ◀── a fault, silence, the peer
//! ```

use super::super::action::CloseCode;
use super::exchanges::Exchanges;
use super::socket::{Socket, Wire};
use crate::heartbeat::Heart;
use crate::http::Reply;
use crate::{Encoding, Handshake, Instant, Packet, Ticket};
use alloc::collections::VecDeque;
use core::time::Duration;

/// How long, during a probe, a GET that has nothing to carry is parked after the first (the reference's own
/// interval).
pub(super) const NOOP_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum State<R> {
    Opening(Opening<R>),
    Polling(Polling<R>),
    Probing(Polling<R>, Probe<R>),
    WebSocket(Socket),
    Closing(Closing<R>),
    Closed,
}

/// The handshake's own request waits for its answer.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Opening<R> {
    pub(super) reply: Reply<R>,
    pub(super) heart: Heart,
    pub(super) handshake: Handshake,
    pub(super) onto: Onto,
}

/// The transport that a session begins on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Onto {
    Polling,
    WebSocket(Encoding),
}

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Polling<R> {
    pub(super) heart: Heart,
    pub(super) exchanges: Exchanges<R>,
}

/// A WebSocket that wants to take over from polling.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Probe<R> {
    /// Its request waits for its 101.
    Offered { reply: Reply<R>, wire: Wire, give_up: Instant },
    /// It is open.
    Open { wire: Wire, phase: Phase, give_up: Instant },
    /// Its `5` has come, but the body of a POST that was sent before is still on its way. The bound on that body
    /// is the bound on this state.
    Switching { wire: Wire, early: Early },
}

/// How far the probe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was heard yet.
    Silent,
    /// `2probe` was heard. Polls are now to end soon, as the peer waits for that before it sends `5`.
    Heard(Release),
}

/// When a parked GET that has nothing to carry is answered with a noop packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// As soon as there is one.
    Owed,
    /// One was: the next is parked for a while, lest a peer that has not read its `3probe` yet spins. Nothing is owed
    /// in a session that is closing either, where each poll is answered with what is left.
    Spent,
    /// When its time has come.
    At(Instant),
}

/// What arrived on a WebSocket that has to wait for a POST.
#[derive(Debug, Default)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Early {
    pub(super) packets: VecDeque<Packet>,
    pub(super) bytes: usize,
}

/// The application has closed the session; what is queued still leaves.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Closing<R> {
    Polling(LastPolls<R>),
    /// The WebSocket that was tried out at the time may still take over: what is left goes where the peer turns to.
    Probing(LastPolls<R>, Probe<R>, CloseCode),
    /// The handshake's own WebSocket request waits for its 101.
    Offered {
        reply: Reply<R>,
        handshake: Handshake,
        encoding: Encoding,
        code: CloseCode,
        give_up: Instant,
    },
    WebSocket {
        socket: Socket,
        code: CloseCode,
        give_up: Instant,
    },
}

/// What a session that closes over polling has left.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct LastPolls<R> {
    pub(super) exchanges: Exchanges<R>,
    pub(super) stage: Stage,
    pub(super) give_up: Instant,
}

/// How far a close over polling is.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// The handshake itself was not answered yet.
    Hello(Handshake),
    /// The GET that was parked when the session was closed gets `1`.
    Parked,
    /// The next GET gets `6` and `1`.
    Later,
    /// The close packet is on its way. Whatever was tried out besides has ended with it.
    Said(Ticket),
}

impl<R> State<R> {
    pub(super) fn deadline(&self) -> Option<Instant> {
        let earlier = |a: Instant, b: Option<Instant>| Some(b.map_or(a, |b| a.min(b)));
        match self {
            Self::Opening(Opening { heart, .. }) => Some(heart.deadline()),
            Self::Polling(polling) => Some(polling.deadline()),
            Self::Probing(polling, probe) => earlier(polling.deadline(), probe.deadline()),
            Self::WebSocket(socket) => Some(socket.heart.deadline()),
            Self::Closing(Closing::Polling(last)) => Some(last.deadline()),
            Self::Closing(Closing::Probing(last, probe, _)) => earlier(last.deadline(), probe.deadline()),
            Self::Closing(Closing::Offered { give_up, .. } | Closing::WebSocket { give_up, .. }) => Some(*give_up),
            Self::Closed => None,
        }
    }

    /// The exchanges of the states that have some.
    pub(super) const fn exchanges(&mut self) -> Option<&mut Exchanges<R>> {
        match self {
            Self::Polling(polling) | Self::Probing(polling, _) => Some(&mut polling.exchanges),
            Self::Closing(Closing::Polling(last) | Closing::Probing(last, ..)) => Some(&mut last.exchanges),
            Self::Opening(_) | Self::WebSocket(_) | Self::Closing(_) | Self::Closed => None,
        }
    }

    pub(super) const fn is_closing(&self) -> bool {
        matches!(self, Self::Closing(_))
    }

    /// The WebSocket that is tried out, in the states that have one.
    pub(super) const fn probe(&mut self) -> Option<&mut Probe<R>> {
        match self {
            Self::Probing(_, probe) | Self::Closing(Closing::Probing(_, probe, _)) => Some(probe),
            Self::Opening(_) | Self::Polling(_) | Self::WebSocket(_) | Self::Closing(_) | Self::Closed => None,
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

    /// The state with this WebSocket tried out, if polls go on in it.
    pub(super) fn with_probe(self, probe: Probe<R>, code: CloseCode) -> Self {
        match self {
            Self::Polling(polling) => Self::Probing(polling, probe),
            Self::Closing(Closing::Polling(last)) => Self::Closing(Closing::Probing(last, probe, code)),
            other => other,
        }
    }

    /// The heartbeat of the states that have one. A session that is closing has a deadline of its own.
    pub(super) const fn heart(&mut self) -> Option<&mut Heart> {
        match self {
            Self::Opening(Opening { heart, .. }) => Some(heart),
            Self::Polling(polling) | Self::Probing(polling, _) => Some(&mut polling.heart),
            Self::WebSocket(socket) => Some(&mut socket.heart),
            Self::Closing(_) | Self::Closed => None,
        }
    }
}

impl<R> Polling<R> {
    fn deadline(&self) -> Instant {
        let heart = self.heart.deadline();
        self.exchanges.deadline().map_or(heart, |body| heart.min(body))
    }
}

impl<R> LastPolls<R> {
    pub(super) const fn new(exchanges: Exchanges<R>, give_up: Instant) -> Self {
        let stage = if exchanges.get.is_some() { Stage::Parked } else { Stage::Later };
        Self { exchanges, stage, give_up }
    }

    /// Whether the answer `ticket` carries the close packet.
    pub(super) fn is_said_by(&self, ticket: Ticket) -> bool {
        matches!(self.stage, Stage::Said(said) if said == ticket)
    }

    fn deadline(&self) -> Instant {
        self.exchanges.deadline().map_or(self.give_up, |body| self.give_up.min(body))
    }
}

impl<R> Probe<R> {
    pub(super) const fn ws(&self) -> crate::WsKey {
        match self {
            Self::Offered { wire, .. } | Self::Open { wire, .. } | Self::Switching { wire, .. } => wire.ws,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Open { phase: Phase::Heard(Release::At(at)), give_up, .. } => Some(*at.min(give_up)),
            Self::Offered { give_up, .. } | Self::Open { give_up, .. } => Some(*give_up),
            Self::Switching { .. } => None,
        }
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(
    enum State<R> {
        Opening(opening),
        Polling(polling),
        Probing(polling, probe),
        WebSocket(socket),
        Closing(closing),
        Closed,
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Opening<R> { reply, heart, handshake, onto });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Onto {
        Polling,
        WebSocket(encoding),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Polling<R> { heart, exchanges });
#[cfg(feature = "model")]
crate::model::canonical!(enum Probe<R> {
    Offered { reply, wire, give_up },
    Open { wire, phase, give_up },
    Switching { wire, early },
});
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Phase {
        Silent,
        Heard(release),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Release {
        Owed,
        Spent,
        At(at),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Early { packets, bytes });
#[cfg(feature = "model")]
crate::model::canonical!(enum Closing<R> {
    Polling(last),
    Probing(last, probe, code),
    Offered { reply, handshake, encoding, code, give_up },
    WebSocket { socket, code, give_up },
});
#[cfg(feature = "model")]
crate::model::canonical!(struct LastPolls<R> { exchanges, stage, give_up });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Stage {
        Hello(handshake),
        Parked,
        Later,
        Said(ticket),
    }
);
