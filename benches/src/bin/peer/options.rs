//! The servers' command line.

use core::{net::SocketAddr, str::FromStr};
use lexopt::{Arg, Error, Parser, ValueExt};
use std::{error, ffi::OsString, future::Future, io, time::Duration};
use tokio::runtime;

/// So long that no ping comes in between.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(300);

/// The largest message that each of them takes.
pub(crate) const MAX_PAYLOAD: usize = 4_000_000;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) server: Server,
    pub(crate) addr: SocketAddr,
    pub(crate) threads: usize,
    /// Whether each message goes to all sessions, instead of back.
    pub(crate) broadcast: bool,
    /// What a server that knows no sessions answers to polls: so many messages of so many bytes.
    pub(crate) payload: (usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Tokio,
    TokioAccept,
    Smol,
    Engineioxide,
    BareHttp,
    BareHttpSmol,
    BareWebsocket,
    BareWebsocketSmol,
}

impl Options {
    pub(crate) const HELP: &str = "\
peer SERVER [--addr ADDR] [--threads N] [--broadcast] [--messages N] [--size BYTES]

Servers: tokio tokio-accept smol engineioxide bare-http bare-http-smol bare-websocket bare-websocket-smol";

    pub(crate) fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, Error> {
        let mut options = Self {
            server: Server::Tokio,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            threads: 1,
            broadcast: false,
            payload: (1, 32),
        };
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(server) => options.server = server.parse()?,
                Arg::Long("addr") => options.addr = parser.value()?.parse()?,
                Arg::Long("threads") => options.threads = parser.value()?.parse()?,
                Arg::Long("broadcast") => options.broadcast = true,
                Arg::Long("messages") => options.payload.0 = parser.value()?.parse()?,
                Arg::Long("size") => options.payload.1 = parser.value()?.parse()?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    /// Runs a server on tokio.
    pub(crate) fn block_on(
        &self,
        server: impl Future<Output = Result<(), Box<dyn error::Error>>>,
    ) -> Result<(), Box<dyn error::Error>> {
        self.runtime()?.block_on(server)
    }

    /// All servers on tokio run on its scheduler for many threads, even if it is to have one.
    pub(crate) fn runtime(&self) -> io::Result<runtime::Runtime> {
        runtime::Builder::new_multi_thread().worker_threads(self.threads).enable_all().build()
    }

    /// Says where the server listens. The script waits for it.
    pub(crate) fn announce(addr: SocketAddr) {
        println!("listening on http://{addr}/engine.io/");
    }
}

impl FromStr for Server {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "tokio" => Self::Tokio,
            "tokio-accept" => Self::TokioAccept,
            "smol" => Self::Smol,
            "engineioxide" => Self::Engineioxide,
            "bare-http" => Self::BareHttp,
            "bare-http-smol" => Self::BareHttpSmol,
            "bare-websocket" => Self::BareWebsocket,
            "bare-websocket-smol" => Self::BareWebsocketSmol,
            _ => return Err("no such server".to_owned()),
        })
    }
}
