//! Engine.IO as a pure state machine.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod close;
mod ids;
mod packet;
mod refusal;
mod sid;
mod text;
mod time;

pub use close::{CloseReason, TransportFault, WsFault};
pub use ids::{SendId, SessionKey, Ticket, WsKey};
pub use packet::{Message, Packet, PacketError};
pub use refusal::{BadRequest, Refusal};
pub use sid::{InvalidSid, Sid};
pub use text::Text;
pub use time::Instant;
