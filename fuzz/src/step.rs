//! What can happen to a server: the steps that traces consist of.

use arbitrary::Arbitrary;
use std::fmt;

/// One step: an input of a peer, of the application or of time, or the host doing (or not yet doing) its part.
///
/// Sessions, exchanges and sockets are named by ordinals among those that are there, taken modulo their number; a
/// step for something that is not there does nothing. So any sequence of steps is a legal run. Of sessions, zero is
/// the most recent one; of exchanges and sockets, 255 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Arbitrary)]
pub enum Step {
    /// A handshake that begins on polling.
    OpenPolling,
    /// A handshake that begins on WebSocket.
    OpenWebSocket,
    /// A handshake of protocol 3, over polling or WebSocket, by a peer that takes binary or does not.
    Open3 {
        /// Over WebSocket.
        websocket: bool,
        /// It does not take binary.
        base64: bool,
    },
    /// A poll of the session.
    Get(u8),
    /// The head of a POST to the session.
    Post(u8, Head),
    /// The body of the exchange, if it is a POST; misplaced if it is not.
    Body(u8, Body),
    /// Some of the exchange's body arrives, so many times eight bytes, if it is a POST.
    Progress(u8, u8),
    /// A request to become the session's WebSocket.
    Upgrade(u8),
    /// A request to the session that no client of the protocol makes.
    Strange(u8, Strange),
    /// The exchange's connection is gone.
    Abort(u8),
    /// A message on the socket.
    Frame(u8, Kind),
    /// The socket is gone.
    WsEnd(u8, End),
    /// The host reports that the exchange's answer was handed to the transport.
    Written(u8),
    /// The host reports that the exchange's answer is lost.
    Lost(u8),
    /// The host takes so many frames of the socket (zero: all).
    Pull(u8, u8),
    /// The host reports that so many of the taken frames were handed to the transport (zero: all).
    Wrote(u8, u8),
    /// The application sends a message of so many bytes to the session.
    Send(u8, u8),
    /// As `Send`, and wants to know when it left.
    SendTracked(u8, u8),
    /// The application sends so many messages that belong together (zero to seven) to the session.
    SendMany(u8, u8),
    /// The application closes the session.
    Close(u8),
    /// The application discards the session.
    Discard(u8),
    /// The application closes all sessions.
    CloseAll,
    /// Time passes until the next deadline.
    Deadline,
    /// Time passes until the next deadline, and the host does not say so before the next input.
    Late,
    /// So many tens of milliseconds pass, whatever is due meanwhile.
    Wait(u8),
    /// The host's clock steps back, and it says that time has passed.
    Back,
    /// The host asks once what is to be done.
    Poll,
    /// The host does all that is to be done, but takes no frames.
    Drain,
    /// The host uses names that are no longer anybody's.
    Stale(u8),
}

/// A request that is refused whatever the state of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Arbitrary)]
pub enum Strange {
    /// A GET with another protocol version.
    Version,
    /// A plain GET that says it were a WebSocket.
    Plain,
    /// An upgrade that says it were a poll.
    Upgrade,
    /// A PUT.
    Put,
}

/// What the head of a POST says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Arbitrary)]
pub enum Head {
    /// Nothing that matters.
    Plain,
    /// That the body is `application/octet-stream`.
    OctetStream,
    /// That the body is longer than a payload may be.
    TooLong,
}

/// The body of a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Arbitrary)]
pub enum Body {
    /// A noop packet.
    Noop,
    /// A message.
    Message,
    /// A text message, the peer's part in the heartbeat, and a binary message.
    Several,
    /// The peer's part in the heartbeat: a pong, or a ping in protocol 3.
    Pong,
    /// A message, a close packet, and a message that no longer counts.
    Close,
    /// The server's part in the heartbeat.
    Ping,
    /// A message, and then something that is no packet.
    Garbage,
    /// Nothing at all.
    Empty,
    /// More than the host read.
    TooLarge,
}

/// A WebSocket message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Arbitrary)]
pub enum Kind {
    /// `2probe`
    Probe,
    /// `5`
    Upgrade,
    /// A text message.
    Text,
    /// A binary message.
    Binary,
    /// `3`, or `2` in protocol 3: the peer's part in the heartbeat.
    Pong,
    /// The server's part in the heartbeat.
    Ping,
    /// `1`
    Close,
    /// `6`
    Noop,
    /// An unknown type.
    Garbage,
    /// An empty text frame.
    Empty,
    /// A binary message in text, with something that is not base64.
    BadBase64,
}

/// How a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Arbitrary)]
pub enum End {
    /// The peer closed it.
    Closed,
    /// Its codec found the peer at fault.
    Fault,
    /// The host gives up the exchange that it began as.
    Aborted,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
