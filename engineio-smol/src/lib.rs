//! Engine.IO servers and clients on smol.
//!
//! An [`Engine`] has sessions. It listens to nothing by itself but is served on a listener by [`serve`], layered around
//! an axum router or another tower service, or handed to hyper. Its sessions are
//! [accepted](engineio_hyper::Engine::accept), each a [`Socket`] for a task of your own, or given to a [`Handler`],
//! which is called back.
//!
//! No tokio runtime is started or needed. hyper, and axum if you use it, need the crate `tokio` for its channels.
//!
//! The other side is a [`Client`], whose session is a [`Socket`] as well.
//!
//! # In axum, as a layer
//!
//! The engine takes the requests to its path and leaves all others to the router.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
//! use axum::{Router, routing::get};
//! use engineio_smol::{Engine, serve};
//!
//! let engine = Engine::builder().build()?;
//! let app: Router = Router::new().route("/", get(async || "hello")).layer(engine.layer());
//!
//! smol::spawn(async move {
//!     while let Some(socket) = engine.accept().await {
//!         smol::spawn(async move {
//!             while let Some(message) = socket.recv().await {
//!                 if socket.send(message).await.is_err() {
//!                     break;
//!                 }
//!             }
//!         })
//!         .detach();
//!     }
//! })
//! .detach();
//! # use tower_service::Service;
//! # for (uri, status) in [("/", 200), ("/engine.io/?EIO=4&transport=polling", 200), ("/engine.io/", 400)] {
//! #     let request = axum::http::Request::get(uri).body(axum::body::Body::empty())?;
//! #     assert_eq!(app.clone().call(request).await?.status(), status, "{uri}");
//! # }
//! # let serving = async || -> std::io::Result<()> {
//! let listener = smol::net::TcpListener::bind("127.0.0.1:3000").await?;
//! serve(listener, app).await;
//! # Ok(())
//! # };
//! # drop(serving);
//! # Ok(()) }) }
//! ```
//!
//! # In axum, under a path of the router's
//!
//! `nest_service` strips the prefix, so what the engine sees is `/`:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
//! use axum::Router;
//! use engineio_smol::Engine;
//!
//! let engine = Engine::builder().path("/").build()?;
//! let app: Router = Router::new().nest_service("/engine.io/", engine.service());
//! # use tower_service::Service;
//! # for (uri, status) in [("/", 404), ("/engine.io/?EIO=4&transport=polling", 200), ("/engine.io/x", 404)] {
//! #     let request = axum::http::Request::get(uri).body(axum::body::Body::empty())?;
//! #     assert_eq!(app.clone().call(request).await?.status(), status, "{uri}");
//! # }
//! # Ok(()) }) }
//! ```
//!
//! # With hyper alone
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
//! use engineio_smol::{Engine, HyperTimer, SmolIo, SmolRuntime};
//! use hyper::server::conn::http1;
//! use smol::net::TcpListener;
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
//!         .timer(HyperTimer::new(SmolRuntime::global()))
//!         // With `half_close(true)`, hyper would not notice that a peer has left.
//!         .serve_connection(SmolIo::new(stream), engine.service())
//!         // Without this there is no WebSocket.
//!         .with_upgrades();
//!     smol::spawn(connection).detach();
//! }
//! # #[expect(unreachable_code)]
//! # Ok::<(), std::io::Error>(())
//! # };
//! # smol::spawn(server).detach();
//! # use smol::io::{AsyncReadExt, AsyncWriteExt};
//! # let mut client = smol::net::TcpStream::connect(addr).await?;
//! # client.write_all(b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n").await?;
//! # let mut answer = [0; 15];
//! # client.read_exact(&mut answer).await?;
//! # assert_eq!(&answer, b"HTTP/1.1 200 OK");
//! # Ok(()) }) }
//! ```
//!
//! # On a listener
//!
//! [`serve`] is that loop, and does the rest of what a server needs. [`Serve::on`](engineio_hyper::Serve::on)
//! names an executor of yours.
//!
//! # Behind a proxy, and coming from another implementation
//!
//! nginx and HAProxy are in [`guide::proxies`], and what differs from engineioxide, npm
//! `engine.io` and `python-engineio` is in [`guide::migration`].
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
mod io;
mod runtime;
mod serve;
mod stream;
mod tcp;

pub use client::{Client, ClientBuilder, Reconnect, SmolConnector};
pub use io::SmolIo;
pub use runtime::{Sleep, SmolRuntime};
pub use serve::{Serve, SmolListener, serve};
pub use stream::SmolStream;
pub use tcp::SmolTcp;

// All of it, as applications name this crate alone; what has the same name here comes before it.
#[doc(inline)]
pub use engineio_hyper::*;

/// An Engine.IO server without a listener, on smol; see [`engineio_hyper::Engine`].
pub type Engine = engineio_hyper::Engine<SmolRuntime>;

/// Collects the settings of an [`Engine`]; see [`engineio_hyper::EngineBuilder`].
pub type EngineBuilder = engineio_hyper::EngineBuilder<SmolRuntime>;
