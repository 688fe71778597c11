//! The command line of the load generator.

use core::{error::Error, fmt::Display, net::SocketAddr, str::FromStr, time::Duration};
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;

/// The load to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The kind of work.
    pub work: Work,
    /// The address that the server listens on.
    pub addr: SocketAddr,
    /// The id of the server's process, whose CPU time and memory are measured.
    pub pid: u32,
    /// The size of a message in bytes.
    pub size: usize,
    /// Whether messages are binary.
    pub binary: bool,
    /// The number of messages in flight per session; on polling, the number of messages in a payload.
    pub in_flight: usize,
    /// Whether a poll is pending, on a connection of its own, when a payload is posted.
    pub pending_poll: bool,
    /// Whether the server sends a ping at the start of each session.
    pub initial_ping: bool,
    /// The number of busy sessions.
    pub connections: usize,
    /// The number of additional idle WebSocket sessions.
    pub idle: usize,
    /// The duration of the measurement.
    pub duration: Duration,
    /// The duration of the warm-up, which is not measured.
    pub warm_up: Duration,
}

/// The kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Echoes over WebSocket.
    Websocket,
    /// Echoes over polling, by POST and GET.
    Polling,
    /// Opening and closing of polling sessions.
    OpenPolling,
    /// Opening and closing of WebSocket sessions.
    OpenWebsocket,
    /// Opening on polling, upgrade and closing of sessions.
    Upgrade,
    /// Broadcasts of one session's messages to all sessions, on WebSocket.
    Broadcast,
    /// Idle WebSocket sessions.
    IdleWebsocket,
    /// Idle polling sessions with a pending poll.
    IdlePolling,
}

/// An invalid command line. [`Display`] formats a message for the user.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidOption(#[from] lexopt::Error);

impl Options {
    /// The usage message.
    pub const HELP: &str = "\
load WORK --addr ADDR --pid PID [options]

WORK is one of: websocket polling open-polling open-websocket upgrade broadcast idle-websocket idle-polling

Options:
  --addr ADDR      address of the server [default: 127.0.0.1:3000]
  --pid PID        process id of the server; 0 measures no process [default: 0]
  --size BYTES     size of a message [default: 32]
  --binary         send binary messages
  --in-flight N    messages in flight per session; on polling, messages in a payload [default: 1]
  --pending-poll   have a poll pending, on a connection of its own, when a payload is posted
  --initial-ping   expect a ping at the start of each session
  --connections N  busy sessions [default: 100]
  --idle N         additional idle WebSocket sessions [default: 0]
  --seconds S      duration of the measurement in seconds [default: 3]
  --warm-up S      duration of the warm-up in seconds [default: 0.5]";

    /// Parses a command line, without the program's name.
    ///
    /// # Errors
    /// Returns an error if an option is unknown, has no value or an invalid one.
    pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, InvalidOption> {
        let mut options = Self {
            work: Work::Websocket,
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            pid: 0,
            size: 32,
            binary: false,
            in_flight: 1,
            pending_poll: false,
            initial_ping: false,
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
                Arg::Long("pending-poll") => options.pending_poll = true,
                Arg::Long("initial-ping") => options.initial_ping = true,
                Arg::Long("connections") => options.connections = value(&mut parser)?,
                Arg::Long("idle") => options.idle = value(&mut parser)?,
                Arg::Long("seconds") => options.duration = Duration::from_secs_f64(value(&mut parser)?),
                Arg::Long("warm-up") => options.warm_up = Duration::from_secs_f64(value(&mut parser)?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    /// Returns a message of [`size`](Self::size) bytes.
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
            _ => return Err("unknown kind of work".to_owned()),
        })
    }
}

fn value<T: FromStr<Err: Display + Into<Box<dyn Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
