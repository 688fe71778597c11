//! The command line of the servers.

use core::{net::SocketAddr, str::FromStr};
use lexopt::{Arg, Error, Parser, ValueExt};
use std::{error, ffi::OsString, future::Future, io, time::Duration};
use tokio::runtime;

/// The ping interval: longer than a measurement, so that no ping disturbs it.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(300);

/// The largest message in bytes that each server accepts.
pub(crate) const MAX_PAYLOAD: usize = 4_000_000;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) server: Server,
    pub(crate) addr: SocketAddr,
    pub(crate) threads: usize,
    /// Whether the server broadcasts each message to all sessions instead of echoing it.
    pub(crate) broadcast: bool,
    /// The payload with which a baseline answers polls: the number of messages and the size of each in bytes.
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
peer SERVER [options]

SERVER is one of: tokio tokio-accept smol engineioxide bare-http bare-http-smol bare-websocket bare-websocket-smol

Options:
  --addr ADDR   address to listen on [default: 127.0.0.1 on a free port]
  --threads N   worker threads [default: 1]
  --broadcast   send each message to all sessions instead of echoing it
  --messages N  messages in each answer of bare-http and bare-http-smol to a poll [default: 1]
  --size BYTES  size of these messages [default: 32]";

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

    /// Builds the runtime of a server on tokio. It is the multi-threaded one even for a single worker thread.
    pub(crate) fn runtime(&self) -> io::Result<runtime::Runtime> {
        runtime::Builder::new_multi_thread().worker_threads(self.threads).enable_all().build()
    }

    /// Prints the server's URL. `peers/run` waits for this line.
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
            _ => return Err("unknown server".to_owned()),
        })
    }
}
