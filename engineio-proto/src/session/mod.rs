//! What the sessions of both roles are made of: the queue, the heartbeat, the pace of a body, the sending side of a
//! WebSocket, and why they end.

mod call_fault;
mod close;
pub(crate) mod heartbeat;
pub(crate) mod host;
pub(crate) mod outbox;
pub(crate) mod pace;
pub(crate) mod wire;

pub use call_fault::CallFault;
pub use close::{CloseReason, TransportFault, WsFault};
pub use host::{SendError, WsEnd};
pub use outbox::Unsent;
