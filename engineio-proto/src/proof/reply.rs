//! What does not compile, about things that are private to this crate: each block takes in the very file that the
//! crate is made of.
//!
//! The right to answer an exchange is used once:
//!
//! ```
//! # use engineio_proto::{Response, Text, Ticket, WsKey};
//! # #[allow(dead_code)]
//! #[path = "../http/reply.rs"]
//! mod reply;
//!
//! fn answer(reply: reply::Reply<String>, ws: WsKey) {
//!     let handle = reply.aborted();
//! }
//! # fn main() {}
//! ```
//!
//! Answering after an abort does not compile:
//!
//! ```compile_fail,E0382
//! # use engineio_proto::{Response, Text, Ticket, WsKey};
//! # #[allow(dead_code)]
//! #[path = "../http/reply.rs"]
//! mod reply;
//!
//! fn answer(reply: reply::Reply<String>, ws: WsKey) {
//!     let handle = reply.aborted();
//!     let answer = reply.upgrade(ws, None);
//! }
//! # fn main() {}
//! ```
//!
//! Nor does upgrading after hanging up, which is what the reference server once did:
//!
//! ```compile_fail,E0382
//! # use engineio_proto::{Response, Text, Ticket, WsKey};
//! # #[allow(dead_code)]
//! #[path = "../http/reply.rs"]
//! mod reply;
//!
//! fn answer(reply: reply::Reply<String>, ws: WsKey) {
//!     let closed = reply.hang_up();
//!     let answer = reply.upgrade(ws, None);
//! }
//! # fn main() {}
//! ```
//!
//! ```
//! # use engineio_proto::{Response, Text, Ticket, WsKey};
//! # #[allow(dead_code)]
//! #[path = "../http/reply.rs"]
//! mod reply;
//!
//! fn answer(reply: reply::Reply<String>, ws: WsKey) {
//!     let closed = reply.hang_up();
//! }
//! # fn main() {}
//! ```
