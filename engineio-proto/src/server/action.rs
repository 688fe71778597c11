//! What the core asks of its host, and what the host tells it.

use crate::{Answer, CloseReason, Messages, SendId, SessionKey, Sid, Transport, Unsent, Version, WsKey};

/// What must happen now.
///
/// Exhaustive on purpose: a host that does not know one of them cannot be right.
#[derive(Debug)]
pub enum Action<R> {
    /// An exchange is settled.
    Answer(Answer<R>),
    /// This WebSocket has frames to send: call [`Server::poll_frame`](crate::Server::poll_frame) until it has
    /// none. It is not said again before that.
    FramesReady(WsKey),
    /// This WebSocket is to be ended: write the frames that were taken, then a Close frame, then close it. The
    /// core has forgotten it.
    CloseWs(WsKey, CloseCode),
    /// The message of this name, and all before it, were handed to the transport.
    Sent(SessionKey, SendId),
    /// There is room again in a session that had none.
    Writable(SessionKey),
    /// The session has ended with these messages in its queue.
    Unsent(SessionKey, Unsent),
    /// Something for the application.
    Event(SessionKey, Event),
}

/// What the application is to learn about its session: one [`Open`](Self::Open) first, one
/// [`Close`](Self::Close) last, the others between.
///
/// Exhaustive on purpose: a host that does not know one of them cannot be right.
#[derive(Clone, Debug)]
pub enum Event {
    /// The session exists.
    Open(Opened),
    /// Messages arrived.
    Messages(Messages),
    /// The session is now on WebSocket.
    Upgrade,
    /// The session is over.
    Close(CloseReason),
}

/// A new session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// Its id.
    pub sid: Sid,
    /// The transport that it begins on.
    pub transport: Transport,
    /// The version of the protocol that it speaks.
    pub version: Version,
}

/// The status code of a Close frame (RFC 6455, 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseCode {
    /// The frame is empty.
    None,
    /// 1001: the server goes away.
    GoingAway,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was handed to the transport.
    Written,
    /// It can no longer be handed to the transport.
    Lost,
}

#[cfg(feature = "model")]
crate::model::canonical!(
    enum Event {
        Open(opened),
        Messages(messages),
        Upgrade,
        Close(reason),
    }
);
#[cfg(feature = "model")]
crate::model::canonical!(struct Opened { sid, transport, version });
#[cfg(feature = "model")]
crate::model::canonical!(
    enum CloseCode {
        None,
        GoingAway,
    }
);
