//! The load generator's command line.

use core::{error::Error, fmt::Display, net::SocketAddr, str::FromStr, time::Duration};
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What to do.
    pub work: Work,
    /// Where the server listens.
    pub addr: SocketAddr,
    /// The server's process, whose CPU time and memory are looked at.
    pub pid: u32,
    /// The size of a message, in bytes.
    pub size: usize,
    /// Whether messages are binary.
    pub binary: bool,
    /// How many messages of a session are under way at once: on polling, how many are in a payload.
    pub in_flight: usize,
    /// Whether a poll waits when the messages are posted, on a connection of its own.
    pub parked: bool,
    /// Whether the server's heartbeat begins with a ping at once.
    pub pinged: bool,
    /// How many sessions are busy at once.
    pub connections: usize,
    /// How many idle WebSocket sessions are there besides.
    pub idle: usize,
    /// For how long to measure.
    pub duration: Duration,
    /// For how long to work before that.
    pub warm_up: Duration,
}

/// Kinds of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Echoes over WebSocket.
    Websocket,
    /// Echoes over polling: POST and GET.
    Polling,
    /// Sessions that are opened on polling, and closed.
    OpenPolling,
    /// Sessions that are opened on WebSocket, and closed.
    OpenWebsocket,
    /// Sessions that are opened on polling, upgraded and closed.
    Upgrade,
    /// One session's message to all sessions, each on WebSocket.
    Broadcast,
    /// Sessions on WebSocket that do nothing.
    IdleWebsocket,
    /// Sessions on polling that do nothing but wait for an answer.
    IdlePolling,
}

/// A command line that makes no sense. Its [`Display`] is for the one who typed it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidOption(#[from] lexopt::Error);

impl Options {
    /// How to use the command line.
    pub const HELP: &str = "\
load WORK --addr ADDR --pid PID [options]

Works: websocket polling open-polling open-websocket upgrade broadcast idle-websocket idle-polling

Options:
  --addr ADDR      where the server listens [127.0.0.1:3000]
  --pid PID        the server's process [0: none]
  --size BYTES     the size of a message [32]
  --binary         messages are binary
  --in-flight N    messages of a session under way at once; on polling, in a payload [1]
  --parked         a poll waits, on a connection of its own, when the messages are posted
  --pinged         the server's heartbeat begins with a ping at once
  --connections N  busy sessions [100]
  --idle N         idle WebSocket sessions besides [0]
  --seconds S      how long to measure [3]
  --warm-up S      how long to work before [0.5]";

    /// Reads a command line without the program's name.
    ///
    /// # Errors
    /// If an option is unknown, or has no value or a wrong one.
    pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, InvalidOption> {
        let mut options = Self {
            work: Work::Websocket,
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            pid: 0,
            size: 32,
            binary: false,
            in_flight: 1,
            parked: false,
            pinged: false,
            connections: 100,
            idle: 0,
            duration: Duration::from_secs(3),
            warm_up: Duration::from_millis(500),
        };
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(work) => options.work = work.parse()?,
                Arg::Long("addr") => options.addr = value(&mut parser)?,
                Arg::Long("pid") => options.pid = value(&mut parser)?,
                Arg::Long("size") => options.size = value(&mut parser)?,
                Arg::Long("binary") => options.binary = true,
                Arg::Long("in-flight") => options.in_flight = value(&mut parser)?,
                Arg::Long("parked") => options.parked = true,
                Arg::Long("pinged") => options.pinged = true,
                Arg::Long("connections") => options.connections = value(&mut parser)?,
                Arg::Long("idle") => options.idle = value(&mut parser)?,
                Arg::Long("seconds") => options.duration = Duration::from_secs_f64(value(&mut parser)?),
                Arg::Long("warm-up") => options.warm_up = Duration::from_secs_f64(value(&mut parser)?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    /// A message of the size that is asked for.
    pub(super) fn message(&self) -> Vec<u8> {
        b"abcdefghijklmnopqrstuvwxyz012345".iter().copied().cycle().take(self.size).collect()
    }
}

impl FromStr for Work {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "websocket" => Self::Websocket,
            "polling" => Self::Polling,
            "open-polling" => Self::OpenPolling,
            "open-websocket" => Self::OpenWebsocket,
            "upgrade" => Self::Upgrade,
            "broadcast" => Self::Broadcast,
            "idle-websocket" => Self::IdleWebsocket,
            "idle-polling" => Self::IdlePolling,
            _ => return Err("no such work".to_owned()),
        })
    }
}

fn value<T: FromStr<Err: Display + Into<Box<dyn Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
