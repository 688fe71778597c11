//! A WebSocket codec that does no I/O: bytes go in and messages come out, messages go in and bytes come out.
//!
//! ```
//! use engineio_ws::{Buf, Incoming, Kind, Role, WebSocket};
//!
//! let mut server = WebSocket::new(Role::Server, 1_000_000);
//! let mut client = WebSocket::new(Role::Client { mask: || [1, 2, 3, 4] }, 1_000_000);
//!
//! client.send(Kind::Text, b"", &"hello".into());
//! let mut read = client.output().chunk();
//! let Ok(Some(Incoming::Message { kind, payload })) = server.next(&mut read) else { panic!() };
//! assert_eq!((kind, &payload[..]), (Kind::Text, &b"hello"[..]));
//! assert!(read.is_empty());
//! ```
//!
//! | what | how |
//! |---|---|
//! | limits | judged by a frame's header, before any of its payload is kept; a claim reserves no memory |
//! | text | found to be UTF-8 as it comes, cut anywhere; what cannot become UTF-8 is refused at once; if it is compressed, when all of it is there |
//! | received | copied once, from what was read to where it is handed out, and unmasked there; the messages of one read share memory, which serves the next read when they are gone |
//! | sent | small frames are gathered in one buffer; a server's payloads of 4 KiB and more are written where they are |
//! | idle | no buffer of more than 1 KiB is kept in either direction |
//! | closing | a Close frame is answered once; the codes that must not be sent are no values of [`CloseCode`] |
//! | compression | permessage-deflate (RFC 7692), with the feature `deflate`, which needs `std`; only what both ends agreed to |

#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod arena;
mod assembly;
mod close;
mod decode;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(not(feature = "deflate"))]
#[path = "no_deflate.rs"]
mod deflate;
mod fault;
mod header;
mod mask;
mod output;
mod socket;
#[cfg(test)]
mod testing;

pub use bytes::{Buf, Bytes};
pub use close::{Close, CloseCode};
#[cfg(feature = "deflate")]
pub use deflate::{ExtensionError, Negotiated, PerMessageDeflate};
pub use fault::Fault;
pub use output::Output;
pub use socket::{Incoming, Kind, Role, WebSocket};
