//! The states of a client's session. Each owns only what is legal in it, deadlines too: leaving a state cancels its
//! own.
//!
//! ```text
//!            handshake                  2probe, 3probe           polls drained, `5`
//!  Opening ────────────▶ Polling ◀────────────────────▶ Probing ───────────────▶ WebSocket
//!   │  │  │                 │     failed, late or lost     │                      ▲ │
//!   │  │  └─────────────────┼──────────────────────────────┼──────────────────────┘ │
//!   │  └────────────────────┼──────────────────────────────┼───┐                    │
//!   │ close           close │                        close │   │ no transport opens │ close
//!   ▼                       ▼                              ▼   ▼                    ▼
//!   └──────────────────▶ Closing ─────────────────────▶ Closed ◀── a fault, silence, the server
//! ```

use super::super::config::ClientConfig;
use super::super::outlet::Outlet;
use super::super::pulse::Pulse;
use crate::session::wire;
use crate::{CallId, ClientWsKey, Instant, SendId, SessionId, Transport};
use alloc::vec::Vec;

/// The sending side of a client's WebSocket.
pub(super) type Wire = wire::Wire<ClientWsKey>;

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum State {
    Opening(Opening),
    Polling(Polling),
    Probing(Polling, Probe),
    WebSocket(Socket),
    Closing(Closing),
    Closed,
}

/// The session does not exist yet.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Opening {
    pub(super) attempt: Attempt,
    pub(super) tries: Tries,
    /// When this attempt has failed.
    pub(super) give_up: Instant,
}

/// How far an attempt to open the session is.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Attempt {
    /// Nothing was asked of the host yet.
    Due(Transport),
    /// The GET for the handshake is outstanding.
    Get(CallId),
    /// The WebSocket is not open yet.
    Dial(CallId),
    /// The WebSocket is open; the handshake has not come.
    Greeting(Wire),
}

/// Which transports are left to be tried.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Tries {
    /// WebSocket goes first because it worked the last time; only then does the configured order count.
    remembered: bool,
    index: usize,
}

#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Polling {
    pub(super) pulse: Pulse,
    pub(super) sid: SessionId,
    /// The longest body of a POST that the server takes, in bytes.
    pub(super) limit: usize,
    /// The GET that is outstanding.
    pub(super) get: Option<CallId>,
    pub(super) post: Option<Posting>,
}

/// The POST that is outstanding.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Posting {
    pub(super) call: CallId,
    /// The messages in it whose senders want to know.
    pub(super) tracked: Vec<SendId>,
    pub(super) give_up: Instant,
}

/// A WebSocket that is to take over from polling.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Probe {
    /// Nothing was asked of the host yet.
    Due { give_up: Instant },
    /// It is not open yet.
    Dialing { call: CallId, give_up: Instant },
    /// It is open and gets `2probe`.
    Asking { wire: Wire, give_up: Instant },
    /// `3probe` came. What is outstanding over polling is waited for and nothing new is begun; then `5` is due.
    Draining { wire: Wire, give_up: Instant },
    /// The host has taken `5` but not written it yet. Nothing else may be taken before it has: as long as this
    /// socket carries no message, the session can go back to polling and lose nothing.
    Leaving { wire: Wire },
}

/// The session is on WebSocket. There is no place for an HTTP exchange.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Socket {
    pub(super) pulse: Pulse,
    pub(super) wire: Wire,
}

/// The application has closed the session; what is queued still leaves, and the server is told.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Closing {
    /// The server may have made a session already, so its id is waited for.
    Opening(Opening),
    Polling {
        polling: Polling,
        stage: Stage,
        give_up: Instant,
    },
    WebSocket {
        socket: Socket,
        give_up: Instant,
    },
}

/// How far a close over polling is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Messages are left to be sent.
    Flushing,
    /// The POST that is outstanding holds the close packet.
    Said,
}

impl State {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Opening(opening) | Self::Closing(Closing::Opening(opening)) => Some(opening.give_up),
            Self::Polling(polling) => Some(polling.deadline()),
            Self::Probing(polling, probe) => {
                let polling = polling.deadline();
                Some(probe.give_up().map_or(polling, |give_up| give_up.min(polling)))
            }
            Self::WebSocket(socket) => Some(socket.pulse.deadline()),
            Self::Closing(Closing::Polling { polling, stage: _, give_up }) => {
                Some(polling.post.as_ref().map_or(*give_up, |post| post.give_up.min(*give_up)))
            }
            Self::Closing(Closing::WebSocket { socket: _, give_up }) => Some(*give_up),
            Self::Closed => None,
        }
    }

    /// The attempt of the states that have one.
    pub(super) const fn opening(&mut self) -> Option<&mut Opening> {
        match self {
            Self::Opening(opening) | Self::Closing(Closing::Opening(opening)) => Some(opening),
            Self::Polling(_) | Self::Probing(..) | Self::WebSocket(_) | Self::Closing(_) | Self::Closed => None,
        }
    }

    /// The exchanges of the states that have some.
    pub(super) const fn polling(&mut self) -> Option<&mut Polling> {
        match self {
            Self::Polling(polling) | Self::Probing(polling, _) | Self::Closing(Closing::Polling { polling, .. }) => {
                Some(polling)
            }
            Self::Opening(_) | Self::WebSocket(_) | Self::Closing(_) | Self::Closed => None,
        }
    }

    /// The socket of the states that have taken messages over to one.
    pub(super) const fn socket(&mut self) -> Option<&mut Socket> {
        match self {
            Self::WebSocket(socket) | Self::Closing(Closing::WebSocket { socket, .. }) => Some(socket),
            Self::Opening(_) | Self::Polling(_) | Self::Probing(..) | Self::Closing(_) | Self::Closed => None,
        }
    }

    pub(super) const fn pulse(&mut self) -> Option<&mut Pulse> {
        match self {
            Self::Polling(polling) | Self::Probing(polling, _) | Self::Closing(Closing::Polling { polling, .. }) => {
                Some(&mut polling.pulse)
            }
            Self::WebSocket(socket) | Self::Closing(Closing::WebSocket { socket, .. }) => Some(&mut socket.pulse),
            Self::Opening(_) | Self::Closing(_) | Self::Closed => None,
        }
    }

    /// Lets time pass for the heartbeat, except in a session that is closing: that has a deadline of its own.
    pub(super) fn tick(&mut self, now: Instant) {
        match self {
            Self::Polling(polling) | Self::Probing(polling, _) => polling.pulse.tick(now),
            Self::WebSocket(socket) => socket.pulse.tick(now),
            Self::Opening(_) | Self::Closing(_) | Self::Closed => {}
        }
    }

    /// Whether the server has been silent for too long. A session that is closing has a deadline of its own.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        match self {
            Self::Polling(polling) | Self::Probing(polling, _) => polling.pulse.is_silent(now),
            Self::WebSocket(socket) => socket.pulse.is_silent(now),
            Self::Opening(_) | Self::Closing(_) | Self::Closed => false,
        }
    }
}

impl Tries {
    /// The transport to begin on. `remembered` tells whether WebSocket has worked with this server before.
    pub(super) fn first(config: &ClientConfig, remembered: bool) -> (Self, Transport) {
        let first = config.transports().first().copied().unwrap_or(Transport::WebSocket);
        let remembered = remembered && config.upgrades() && first != Transport::WebSocket;
        (Self { remembered, index: 0 }, if remembered { Transport::WebSocket } else { first })
    }

    /// The transport to try after one has failed.
    pub(super) fn next(&mut self, config: &ClientConfig) -> Option<Transport> {
        if core::mem::take(&mut self.remembered) {
            return config.transports().first().copied();
        }
        if !config.tries_all_transports() {
            return None;
        }
        self.index = self.index.saturating_add(1);
        config.transports().get(self.index).copied()
    }
}

impl Attempt {
    /// Whether this call is its own.
    pub(super) fn waits_for(&self, id: CallId) -> bool {
        match self {
            Self::Get(call) | Self::Dial(call) => *call == id,
            Self::Due(_) | Self::Greeting(_) => false,
        }
    }

    pub(super) fn let_go(self, out: &mut Outlet) {
        match self {
            Self::Due(_) => {}
            Self::Get(call) | Self::Dial(call) => out.abandon(call),
            Self::Greeting(wire) => out.close_ws(wire.ws),
        }
    }
}

impl Polling {
    fn deadline(&self) -> Instant {
        let pulse = self.pulse.deadline();
        self.post.as_ref().map_or(pulse, |post| post.give_up.min(pulse))
    }

    /// Whether nothing is outstanding.
    pub(super) const fn is_idle(&self) -> bool {
        self.get.is_none() && self.post.is_none()
    }

    pub(super) fn let_go(self, out: &mut Outlet) {
        let Self { pulse: _, sid: _, limit: _, get, post } = self;
        if let Some(get) = get {
            out.abandon(get);
        }
        if let Some(Posting { call, tracked: _, give_up: _ }) = post {
            out.abandon(call);
        }
    }
}

impl Probe {
    /// Once `5` has left, only the heartbeat bounds it.
    pub(super) const fn give_up(&self) -> Option<Instant> {
        match self {
            Self::Due { give_up }
            | Self::Dialing { call: _, give_up }
            | Self::Asking { wire: _, give_up }
            | Self::Draining { wire: _, give_up } => Some(*give_up),
            Self::Leaving { wire: _ } => None,
        }
    }

    pub(super) const fn wire(&mut self) -> Option<&mut Wire> {
        match self {
            Self::Asking { wire, .. } | Self::Draining { wire, .. } | Self::Leaving { wire } => Some(wire),
            Self::Due { .. } | Self::Dialing { .. } => None,
        }
    }

    pub(super) fn let_go(self, out: &mut Outlet) {
        match self {
            Self::Due { give_up: _ } => {}
            Self::Dialing { call, give_up: _ } => out.abandon(call),
            Self::Asking { wire, give_up: _ } | Self::Draining { wire, give_up: _ } | Self::Leaving { wire } => {
                out.close_ws(wire.ws);
            }
        }
    }
}

#[cfg(feature = "model")]
crate::model::canonical!(
    enum State {
        Opening(opening),
        Polling(polling),
        Probing(polling, probe),
        WebSocket(socket),
        Closing(closing),
        Closed,
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Opening { attempt, tries, give_up });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Attempt {
        Due(transport),
        Get(call),
        Dial(call),
        Greeting(wire),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Tries { remembered, index });
#[cfg(feature = "model")]
crate::model::canonical!(struct Polling { pulse, sid, limit, get, post });
#[cfg(feature = "model")]
crate::model::canonical!(struct Posting { call, tracked, give_up });
#[cfg(feature = "model")]
crate::model::canonical!(enum Probe {
    Due { give_up },
    Dialing { call, give_up },
    Asking { wire, give_up },
    Draining { wire, give_up },
    Leaving { wire },
});
#[cfg(feature = "model")]
crate::model::canonical!(struct Socket { pulse, wire });
#[cfg(feature = "model")]
crate::model::canonical!(enum Closing {
    Opening(opening),
    Polling { polling, stage, give_up },
    WebSocket { socket, give_up },
});
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Stage {
        Flushing,
        Said,
    }
);
