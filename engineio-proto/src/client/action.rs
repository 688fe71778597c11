//! What the core asks of a client's host, and what its application is to learn.

use super::call::{Call, Dial};
use super::fault::UpgradeFault;
use crate::{Batch, CallId, ClientWsKey, CloseReason, Handshake, Messages, SendId, SessionId, Unsent};
use alloc::string::String;

/// What must happen now.
///
/// Exhaustive on purpose: a host that does not know one of them cannot be right.
#[derive(Debug)]
pub enum ClientAction {
    /// Make a GET. At most one is outstanding.
    Get {
        /// To be settled with the response, or with a failure.
        call: Call,
        /// Path and query.
        target: String,
    },
    /// Make a POST. At most one is outstanding.
    Post {
        /// To be settled with the response, or with a failure.
        call: Call,
        /// Path and query.
        target: String,
        /// What to send; encode it outside any lock.
        body: Batch,
    },
    /// Open a WebSocket.
    Connect {
        /// To be settled when it is open, or with a failure.
        call: Call<Dial>,
        /// Path and query.
        target: String,
    },
    /// Nobody waits for this call any more: close its connection, and drop the call or settle it, which does
    /// nothing. Closing the connection of a GET is also how a server learns that its session is over.
    Abandon(CallId),
    /// This WebSocket has frames to send: call [`Client::poll_frame`](crate::Client::poll_frame) until it has
    /// none. It is not said again before that.
    FramesReady(ClientWsKey),
    /// This WebSocket is to be ended: write the frames that were taken, then a Close frame, then close it. The
    /// core has forgotten it.
    CloseWs(ClientWsKey),
    /// The message of this name, and all before it, were accepted: the POST that carried it was answered with
    /// 200, or its frame was handed to the transport.
    Sent(SendId),
    /// There is room again after a [`SendError::Full`](crate::SendError::Full).
    Writable,
    /// The session has ended with these messages in its queue.
    Unsent(Unsent),
    /// Something for the application.
    Event(ClientEvent),
}

/// What the application is to learn about its session: one [`Open`](Self::Open) first, unless it never opens, one
/// [`Close`](Self::Close) last, the others between.
///
/// Exhaustive on purpose: a host that does not know one of them cannot be right.
#[derive(Clone, Debug)]
pub enum ClientEvent {
    /// The session is open.
    Open(Handshake<SessionId>),
    /// Messages arrived.
    Messages(Messages),
    /// The session is now on WebSocket.
    Upgrade,
    /// The session could not be brought to WebSocket and goes on polling.
    UpgradeFailed(UpgradeFault),
    /// The session is over, or could not be opened.
    Close(CloseReason),
}

#[cfg(feature = "model")]
crate::model::canonical!(
    enum ClientEvent {
        Open(handshake),
        Messages(messages),
        Upgrade,
        UpgradeFailed(fault),
        Close(reason),
    }
);
