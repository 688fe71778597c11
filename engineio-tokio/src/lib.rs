//! Engine.IO servers and clients on tokio.
//!
//! An [`Engine`] has sessions. It listens to nothing by itself but is mounted in an axum router, handed to hyper,
//! or served on a listener by [`serve`]. Its sessions are [accepted](engineio_hyper::Engine::accept), each a
//! [`Socket`] for a task of your own, or given to a [`Handler`], which is called back.
//!
//! The other side is a [`Client`], whose session is a [`Socket`] as well.
//!
//! # In axum, as a layer
//!
//! The engine takes the requests to its path and leaves all others to the router.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use axum::{Router, routing::get};
//! use engineio_tokio::{Engine, serve};
//!
//! let engine = Engine::builder().build()?;
//! let app: Router = Router::new().route("/", get(async || "hello")).layer(engine.layer());
//!
//! tokio::spawn(async move {
//!     while let Some(socket) = engine.accept().await {
//!         tokio::spawn(async move {
//!             while let Some(message) = socket.recv().await {
//!                 if socket.send(message).await.is_err() {
//!                     break;
//!                 }
//!             }
//!         });
//!     }
//! });
//! # use tower_service::Service;
//! # for (uri, status) in [("/", 200), ("/engine.io/?EIO=4&transport=polling", 200), ("/engine.io/", 400)] {
//! #     let request = axum::http::Request::get(uri).body(axum::body::Body::empty())?;
//! #     assert_eq!(app.clone().call(request).await?.status(), status, "{uri}");
//! # }
//! # let serving = async || -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! serve(listener, app).await;
//! # Ok(())
//! # };
//! # drop(serving);
//! # Ok(())
//! # }
//! ```
//!
//! `axum::serve` does as well, but without [`serve`]'s bounds for slow peers, and it tells where a request comes from in
//! another way: see [`remote_addr`](engineio_hyper::EngineBuilder::remote_addr).
//!
//! `axum::serve` can also lose a request that arrives together with the end of its connection: hyper then drops the
//! request before the application has seen it, and no layer can tell. A POST that the engine has seen is delivered if its
//! body has arrived whole, but its response cannot be written and its session ends. [`serve`] loses neither: see
//! [`disconnect_grace`](engineio_hyper::Serve::disconnect_grace).
//!
//! # In axum, under a path of the router's
//!
//! `nest_service` strips the prefix, so what the engine sees is `/`:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use axum::Router;
//! use engineio_tokio::Engine;
//!
//! let engine = Engine::builder().path("/").build()?;
//! let app: Router = Router::new().nest_service("/engine.io/", engine.service());
//! # use tower_service::Service;
//! # for (uri, status) in [("/", 404), ("/engine.io/?EIO=4&transport=polling", 200), ("/engine.io/x", 404)] {
//! #     let request = axum::http::Request::get(uri).body(axum::body::Body::empty())?;
//! #     assert_eq!(app.clone().call(request).await?.status(), status, "{uri}");
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! What works in axum and what answers 404, with fallbacks, nested and merged routers and `NormalizePathLayer`, is in
//! [`mounting`]. nginx and HAProxy are in [`guide::proxies`], and what differs from
//! engineioxide, npm `engine.io` and `python-engineio` is in [`guide::migration`].
//!
//! # With hyper alone
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use engineio_tokio::Engine;
//! use hyper::server::conn::http1;
//! use hyper_util::rt::{TokioIo, TokioTimer};
//! use tokio::net::TcpListener;
//!
//! let engine = Engine::builder().build()?;
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! # let addr = listener.local_addr()?;
//! # let service = engine.service();
//! # let server = async move {
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     let connection = http1::Builder::new()
//!         // Without a timer, hyper waits for ever for a request's head.
//!         .timer(TokioTimer::new())
//!         // With `half_close(true)`, hyper would not notice that a peer has left.
//!         .serve_connection(TokioIo::new(stream), engine.service())
//!         // Without this there is no WebSocket.
//!         .with_upgrades();
//!     tokio::spawn(connection);
//! }
//! # #[expect(unreachable_code)]
//! # Ok::<(), std::io::Error>(())
//! # };
//! # tokio::spawn(server);
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! # let mut client = tokio::net::TcpStream::connect(addr).await?;
//! # client.write_all(b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n").await?;
//! # let mut answer = [0; 15];
//! # client.read_exact(&mut answer).await?;
//! # assert_eq!(&answer, b"HTTP/1.1 200 OK");
//! # Ok(())
//! # }
//! ```
//!
//! # On a listener
//!
//! [`serve`] is that loop, and does the rest of what a server needs.
//!
//! # Crate features
//!
//! - `http2`: [`serve`] speaks HTTP/2 as well, and WebSocket over it (RFC 8441).
//! - `rustls`: TLS for servers (`Serve::tls`) and clients (`https` and `wss`), with ring.
//! - `native-certs`: `ClientTls::platform`, for clients that trust the authorities of the operating system.
//!
//! None is on by default.
#![forbid(unsafe_code)]

mod client;
mod order;
#[doc = include_str!("../docs/mounting.md")]
pub mod mounting {}
mod runtime;
mod serve;
mod stream;

pub use client::{Client, ClientBuilder, Reconnect, TokioConnector};
pub use runtime::TokioRuntime;
pub use serve::{Serve, TokioListener, serve};
pub use stream::TokioStream;

// All of it, as applications name this crate alone; what has the same name here comes before it.
#[doc(inline)]
pub use engineio_hyper::*;

/// An Engine.IO server without a listener, on tokio; see [`engineio_hyper::Engine`].
pub type Engine = engineio_hyper::Engine<TokioRuntime>;

/// Collects the settings of an [`Engine`]; see [`engineio_hyper::EngineBuilder`].
pub type EngineBuilder = engineio_hyper::EngineBuilder<TokioRuntime>;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
