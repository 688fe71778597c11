//! The states of a session. Each owns only what is legal in it, deadlines too: leaving a state cancels its own.
//!
//! ```text
//!           answered        request          upgrade             probe, then `5`
//!  Opening ─────────▶ Fresh ───────▶ Polling ◀───────▶ Probing ──────────────────▶ WebSocket
//!     │                                  failed, late     │                           ▲  ▲
//!     │                                  or lost          │ a POST is being read      │  │
//!     │                                                   └───────────▶ Switching ────┘  │
//!     └──────────────────────────────────────────────────────────────────────────────────┘
//!                                                                   begins on WebSocket
//!  each of these ──▶ Closing ──▶ Closed ◀── a fault, silence, the peer
//! ```

use super::super::action::CloseCode;
use super::exchanges::{Exchanges, Reading};
use super::socket::{Socket, Wire};
use crate::http::Reply;
use crate::session::heartbeat::Heart;
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
    Fresh(Fresh),
    Polling(Polling<R>),
    Probing(Polling<R>, Probe<R>),
    Switching(Switching<R>),
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
    Polling { first_request_by: Instant },
    WebSocket(Encoding),
}

/// On polling. The peer has made no request since its handshake, and has to make one soon: a handshake costs its peer
/// next to nothing, and a session costs memory. There is no exchange yet that could wait.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Fresh {
    pub(super) heart: Heart,
    pub(super) first_request_by: Instant,
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
}

/// The session is on its WebSocket, but the body of a POST that was sent before the `5` is still on its way. What it
/// brings comes before what arrives on the WebSocket; all else goes over the WebSocket already.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Switching<R> {
    pub(super) socket: Socket,
    pub(super) post: Reading<R>,
    pub(super) early: Early,
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

/// The application has closed the session; what is queued still leaves. The heartbeat goes on: a peer that is silent
/// meanwhile ends the session when it would have ended an open one.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) enum Closing<R> {
    /// The handshake's own request waits for its answer.
    Opening {
        opening: Opening<R>,
        code: CloseCode,
        give_up: Instant,
    },
    Fresh {
        fresh: Fresh,
        give_up: Instant,
    },
    Polling(LastPolls<R>),
    /// The WebSocket that was tried out at the time may still take over: what is left goes where the peer turns to.
    Probing(LastPolls<R>, Probe<R>, CloseCode),
    Switching {
        switching: Switching<R>,
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
    pub(super) heart: Heart,
    pub(super) exchanges: Exchanges<R>,
    pub(super) stage: Stage,
    pub(super) give_up: Instant,
}

/// How far a close over polling is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// The GET that was parked when the session was closed gets `1`.
    Parked,
    /// The next GET gets `6` and `1`.
    Later,
    /// The close packet is on its way. Whatever was tried out besides has ended with it.
    Said(Ticket),
}

#[cfg(feature = "model")]
crate::model::canonical!(
    enum State<R> {
        Opening(opening),
        Fresh(fresh),
        Polling(polling),
        Probing(polling, probe),
        Switching(switching),
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
        Polling { first_request_by },
        WebSocket(encoding),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Fresh { heart, first_request_by });
#[cfg(feature = "model")]
crate::model::canonical!(struct Polling<R> { heart, exchanges });
#[cfg(feature = "model")]
crate::model::canonical!(struct Switching<R> { socket, post, early });
#[cfg(feature = "model")]
crate::model::canonical!(enum Probe<R> {
    Offered { reply, wire, give_up },
    Open { wire, phase, give_up },
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
    Opening { opening, code, give_up },
    Fresh { fresh, give_up },
    Polling(last),
    Probing(last, probe, code),
    Switching { switching, code, give_up },
    WebSocket { socket, code, give_up },
});
#[cfg(feature = "model")]
crate::model::canonical!(struct LastPolls<R> { heart, exchanges, stage, give_up });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum Stage {
        Parked,
        Later,
        Said(ticket),
    }
);
