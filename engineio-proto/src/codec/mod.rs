//! Packets and how they are written: as WebSocket messages, as payloads, as JSONP; and the handshake's JSON.

mod base64;
mod encoding;
mod frame;
mod handshake;
mod jsonp;
mod message;
mod outgoing;
mod packet;
mod packet_error;
mod payload;
mod text;
pub(crate) mod urlencoded;
mod version;

pub use encoding::Encoding;
pub use frame::{Frame, Opcode, OutFrame};
pub use handshake::{Handshake, HandshakeError, Upgrades};
pub use jsonp::{InvalidJsonp, Jsonp};
pub use message::Message;
pub use outgoing::Outgoing;
pub(crate) use packet::PROBE;
pub use packet::Packet;
pub use packet_error::PacketError;
pub use payload::{Batch, Download, DownloadEnd, Messages, Upload, UploadEnd};
pub(crate) use payload::{Room, separates};
pub use text::Text;
pub use version::Version;
