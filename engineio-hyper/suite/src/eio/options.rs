//! The command line of `eio`.

use core::{num::NonZeroUsize, str::FromStr, time::Duration};
use engineio_hyper::{ClientBuilder, ClientTls, PerMessageDeflate, Runtime, SecureConnector, Transport, Version};
use http::{HeaderName, HeaderValue};
use lexopt::{Arg, Parser, ValueExt};
use std::{error::Error, ffi::OsString, fs, path::PathBuf, process};

const HELP: &str = "\
An Engine.IO client.

eio connect URL   sends the lines that are typed, prints the messages that arrive
  --binary            sends lines as binary messages
  -w, --wait S        how long to stay when there is no more input [0]
  -v, --verbose       shows every packet, and how the upgrade goes, with times

eio bench URL     sends messages to an echo server and measures how long they take to come back
  -c, --clients N     how many sessions [10]
  -d, --duration S    for how long [10]
  -s, --size BYTES    how long each message is [64]

Both:
  --transport NAME    only this one, polling or websocket [polling, then websocket]
  --eio3              speaks protocol 3
  --header NAME:VALUE a header for every request; may be repeated
  --websocket-compression
                      offers to compress messages over WebSocket from 1024 bytes on
  --ca FILE           trusts the certificates in this file, which is PEM, and no others
  --help              prints this";

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Talk to a server.
    Connect(Connect),
    /// Put load on an echo server.
    Bench(Bench),
}

/// Where to connect to, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// The server.
    pub url: String,
    /// The only transport.
    pub transport: Option<Transport>,
    /// Whether to speak protocol 3.
    pub eio3: bool,
    /// For every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether to offer to compress messages over WebSocket.
    pub websocket_compression: bool,
    /// The file of the certificates that are trusted.
    pub ca: Option<PathBuf>,
}

/// How to talk to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// Where to connect to, and how.
    pub common: Common,
    /// Whether lines are sent as binary messages.
    pub binary: bool,
    /// How long to stay when there is no more input.
    pub wait: Duration,
    /// Whether to show packets.
    pub verbose: bool,
}

/// How to put load on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bench {
    /// Where to connect to, and how.
    pub common: Common,
    /// How many sessions.
    pub clients: NonZeroUsize,
    /// For how long.
    pub duration: Duration,
    /// How long each message is, in bytes.
    pub size: usize,
}

/// A command line that makes no sense. Its `Display` is for the one who typed it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidCommand(#[from] lexopt::Error);

impl Default for Bench {
    fn default() -> Self {
        Self {
            common: Common::default(),
            clients: NonZeroUsize::MIN.saturating_add(9),
            duration: Duration::from_secs(10),
            size: 64,
        }
    }
}

impl Command {
    /// Reads this process's command line. Prints the help and exits if that is what it asks for, or if it makes
    /// no sense.
    #[must_use]
    pub fn from_env() -> Self {
        match Self::parse(std::env::args_os().skip(1)) {
            Ok(Some(command)) => command,
            Ok(None) => {
                println!("{HELP}");
                process::exit(0);
            }
            Err(error) => {
                eprintln!("{error}\n\n{HELP}");
                process::exit(2);
            }
        }
    }

    /// Reads a command line without the program's name. `None` asks for help.
    ///
    /// # Errors
    /// If the command is unknown or incomplete, or an option is unknown, or has no value or a wrong one.
    pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Option<Self>, InvalidCommand> {
        let (mut connect, mut bench, mut common) = (Connect::default(), Bench::default(), Common::default());
        let (mut is_bench, mut url) = (None, None);
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match (argument, is_bench) {
                (Arg::Long("help") | Arg::Short('h'), _) => return Ok(None),
                (Arg::Value(command), None) => {
                    is_bench = Some(match command.to_str() {
                        Some("connect") => false,
                        Some("bench") => true,
                        _ => return Err(lexopt::Error::from(format!("no such command: {}", command.display())).into()),
                    });
                }
                (Arg::Value(value), Some(_)) if url.is_none() => url = Some(value.string()?),
                (Arg::Long("transport"), _) => common.transport = Some(parser.value()?.parse_with(transport)?),
                (Arg::Long("eio3"), _) => common.eio3 = true,
                (Arg::Long("header"), _) => common.headers.push(parser.value()?.parse_with(header)?),
                (Arg::Long("websocket-compression"), _) => common.websocket_compression = true,
                (Arg::Long("ca"), _) => common.ca = Some(parser.value()?.parse()?),
                (Arg::Long("binary"), Some(false)) => connect.binary = true,
                (Arg::Long("wait") | Arg::Short('w'), Some(false)) => connect.wait = seconds(&mut parser)?,
                (Arg::Long("verbose") | Arg::Short('v'), Some(false)) => connect.verbose = true,
                (Arg::Long("clients") | Arg::Short('c'), Some(true)) => bench.clients = parser.value()?.parse()?,
                (Arg::Long("duration") | Arg::Short('d'), Some(true)) => bench.duration = seconds(&mut parser)?,
                (Arg::Long("size") | Arg::Short('s'), Some(true)) => bench.size = parser.value()?.parse()?,
                (other, _) => return Err(other.unexpected().into()),
            }
        }
        let Some(is_bench) = is_bench else { return Err(lexopt::Error::from("no command").into()) };
        let Some(url) = url else { return Err(lexopt::Error::from("no URL").into()) };
        let common = Common { url, ..common };
        Ok(Some(if is_bench {
            Self::Bench(Bench { common, ..bench })
        } else {
            Self::Connect(Connect { common, ..connect })
        }))
    }
}

impl Common {
    /// Whom to trust, if that was said.
    pub(super) fn tls(&self) -> Result<Option<ClientTls>, Box<dyn Error>> {
        let Some(ca) = &self.ca else { return Ok(None) };
        Ok(Some(ClientTls::trusting_pem(&fs::read(ca)?)?))
    }

    pub(super) fn configure<Rt: Runtime, C: SecureConnector>(
        &self,
        tls: Option<&ClientTls>,
        mut client: ClientBuilder<Rt, C>,
    ) -> ClientBuilder<Rt, C> {
        if let Some(tls) = tls {
            client = client.tls(tls.clone());
        }
        if let Some(transport) = self.transport {
            client = client.transports([transport]);
        }
        if self.eio3 {
            client = client.version(Version::V3);
        }
        if self.websocket_compression {
            client = client.websocket_compression(PerMessageDeflate::default());
        }
        for (name, value) in &self.headers {
            client = client.header(name.clone(), value.clone());
        }
        client
    }
}

fn transport(name: &str) -> Result<Transport, &'static str> {
    Transport::from_name(name).ok_or("no such transport")
}

fn header(header: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let (name, value) = header.split_once(':').ok_or("a header is NAME:VALUE")?;
    let name = HeaderName::from_str(name.trim()).map_err(|_| "no such header name")?;
    Ok((name, HeaderValue::from_str(value.trim()).map_err(|_| "no such header value")?))
}

fn seconds(parser: &mut Parser) -> Result<Duration, lexopt::Error> {
    let parse = |seconds: &str| {
        Duration::try_from_secs_f64(seconds.parse().map_err(|_| "no number")?).map_err(|_| "no duration")
    };
    parser.value()?.parse_with(parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connect_is_read() {
        let line = ["connect", "http://h/", "--binary", "-v", "-w", "1.5", "--transport", "websocket", "--eio3"];
        let headers = ["--header", "X-A:1", "--header=x-b: 2", "--ca", "ca.pem", "--websocket-compression"];
        let expected = Connect {
            common: Common {
                url: "http://h/".to_owned(),
                transport: Some(Transport::WebSocket),
                eio3: true,
                headers: vec![
                    (HeaderName::from_static("x-a"), HeaderValue::from_static("1")),
                    (HeaderName::from_static("x-b"), HeaderValue::from_static("2")),
                ],
                websocket_compression: true,
                ca: Some("ca.pem".into()),
            },
            binary: true,
            wait: Duration::from_millis(1500),
            verbose: true,
        };
        let parsed = Command::parse(line.into_iter().chain(headers)).unwrap();
        assert_eq!(parsed, Some(Command::Connect(expected)));
    }

    #[test]
    fn bench_is_read() {
        let expected = Bench {
            common: Common { url: "ws://h/".to_owned(), ..Common::default() },
            clients: NonZeroUsize::new(3).unwrap(),
            duration: Duration::from_secs(2),
            size: 1,
        };
        let parsed = Command::parse("bench -c 3 ws://h/ -d2 --size 1".split(' ')).unwrap();
        assert_eq!(parsed, Some(Command::Bench(expected)));
        assert_eq!(Command::parse(["--help"]).unwrap(), None);
    }

    #[test]
    fn nonsense_is_told() {
        for line in [
            "",
            "connect",
            "listen http://h/",
            "connect http://h/ http://i/",
            "connect http://h/ -c 3",
            "bench http://h/ -c 0",
            "bench http://h/ -d -1",
            "bench http://h/ --binary",
            "connect http://h/ --transport carrier-pigeon",
            "connect http://h/ --header nonsense",
        ] {
            assert!(Command::parse(line.split_ascii_whitespace()).is_err(), "{line}");
        }
    }
}
