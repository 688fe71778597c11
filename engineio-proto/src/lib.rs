//! Engine.IO as a pure state machine.
#![no_std]
#![forbid(unsafe_code)]
// Nothing that a peer sends may reach a panic, and nothing may need the standard library.
#![cfg_attr(
    not(test),
    warn(
        clippy::alloc_instead_of_core,
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::std_instead_of_alloc,
        clippy::std_instead_of_core,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;

mod base64;
mod close;
mod encoding;
mod frame;
mod handshake;
mod heartbeat;
mod ids;
mod outbox;
mod packet;
mod payload;
mod query;
mod refusal;
mod reply;
mod response;
mod server;
mod sid;
mod text;
mod time;
mod transport;

pub use close::{CloseReason, TransportFault, WsFault};
pub use encoding::{Encoding, Version};
pub use frame::{Frame, Opcode, OutFrame};
pub use handshake::{Handshake, HandshakeError, Upgrades};
pub use ids::{SendId, SessionKey, Ticket, WsKey};
pub use packet::{Message, Packet, PacketError};
pub use payload::{Batch, Messages, Upload, UploadEnd};
pub use query::{Eio, Query};
pub use refusal::{BadRequest, Refusal};
pub use reply::{Answer, Verdict};
pub use response::Response;
pub use server::{
    Action, Admitted, CloseCode, Collision, Config, ConfigBuilder, ConfigError, Delivery, Event, Opened, Opening,
    Pending, Request, RequestHead, Route, Router, SendError, Server, WsEnd,
};
pub use sid::{InvalidSid, Sid};
pub use text::Text;
pub use time::Instant;
pub use transport::Transport;
