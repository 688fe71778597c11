//! The echo server's command line.

use super::Page;
use core::{error::Error, fmt::Display, net::SocketAddr, num::NonZeroUsize, str::FromStr, time::Duration};
use engineio_hyper::{
    Compression, Cookie, Cors, Engine, EngineBuilder, Message, Origins, Outgoing, PerMessageDeflate, Runtime, Serve,
    ServerTls, TlsListener,
};
use lexopt::{Arg, Parser, ValueExt};
use std::{ffi::OsString, fs, path::PathBuf, process};

const HELP: &str = "\
An Engine.IO server that sends every message back. A page to try it out is at /.

Options:
  --addr ADDR           where to listen; port 0 picks one [127.0.0.1:3000]
  --path PATH           where the server is mounted [/engine.io/]
  --ping-interval MS    from a pong to the next ping [25000]
  --ping-timeout MS     from a ping to its pong, at most [20000]
  --upgrade-timeout MS  from the begin of an upgrade to its end, at most [10000]
  --max-payload BYTES   the largest POST body or WebSocket message [1000000]
  --max-packets N       how many packets the answer to a poll has, at most [any]
  --allow-eio3          clients that speak protocol 3 are served too
  --jsonp               payloads can travel as JSONP, which pages of any origin can read
  --max-sessions N      at most this many sessions at a time; more get 503 [any number]
  --allowed-origin ORIGIN
                        only pages of ORIGIN are let in; can be repeated
  --same-origin         only the server's own pages are let in, and those of --allowed-origin
  --allowed-host HOST   only requests to HOST are let in; can be repeated
  --cookie NAME         a cookie of this name carries the id of the session
  --cors ORIGIN         the pages of ORIGIN may poll, with credentials; `*`: of all, without
  --compression         answers to polls are compressed from 1024 bytes on
  --websocket-compression
                        messages over WebSocket are, too
  --uncompressed PREFIX texts that begin so are sent back uncompressed
  --idle-timeout MS     how long a connection is kept open without a request [75000]
  --tls CERT KEY        serves HTTPS, with these files, which are PEM
  --log                 prints what the sessions say, and why they end
  --threads N           how many threads serve [one for each core]
  --help                prints this";

/// What the command line asks for. What it does not mention keeps its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Where the server is mounted.
    pub path: String,
    /// From a pong to the next ping.
    pub ping_interval: Option<Duration>,
    /// From a ping to its pong, at most.
    pub ping_timeout: Option<Duration>,
    /// From the begin of an upgrade to its end, at most.
    pub upgrade_timeout: Option<Duration>,
    /// The largest POST body or WebSocket message, in bytes.
    pub max_payload: Option<usize>,
    /// How many packets the answer to a poll has, at most.
    pub max_packets: Option<usize>,
    /// Whether clients that speak protocol 3 are served too.
    pub allow_eio3: bool,
    /// Whether payloads can travel as JSONP.
    pub jsonp: bool,
    /// The most sessions at a time.
    pub max_sessions: Option<usize>,
    /// The origins whose pages are let in; none is every origin.
    pub allowed_origins: Vec<String>,
    /// Whether only the server's own pages are let in, and those of the allowed origins.
    pub same_origin: bool,
    /// The hosts that requests can name; none is every host.
    pub allowed_hosts: Vec<String>,
    /// The name of the cookie that carries the id of the session.
    pub cookie: Option<String>,
    /// The pages that may poll: those of this origin, or `*`.
    pub cors: Option<String>,
    /// Whether answers to polls are compressed.
    pub compression: bool,
    /// Whether messages over WebSocket are compressed.
    pub websocket_compression: bool,
    /// What a text begins with that is sent back uncompressed.
    pub uncompressed: Option<String>,
    /// How long a connection is kept open without a request.
    pub idle_timeout: Option<Duration>,
    /// The files of the certificates and of the key, with TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether to print what the sessions say.
    pub log: bool,
    /// How many threads serve; `None` is one for each core.
    pub threads: Option<NonZeroUsize>,
}

/// A command line that makes no sense. Its [`Display`] is for the one who typed it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidOption(#[from] lexopt::Error);

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            path: "/engine.io/".to_owned(),
            ping_interval: None,
            ping_timeout: None,
            upgrade_timeout: None,
            max_payload: None,
            max_packets: None,
            allow_eio3: false,
            jsonp: false,
            max_sessions: None,
            allowed_origins: Vec::new(),
            same_origin: false,
            allowed_hosts: Vec::new(),
            cookie: None,
            cors: None,
            compression: false,
            websocket_compression: false,
            uncompressed: None,
            idle_timeout: None,
            tls: None,
            log: false,
            threads: None,
        }
    }
}

impl Options {
    /// Reads this process's command line. Prints the help and exits if that is what it asks for, or if it makes
    /// no sense.
    #[must_use]
    pub fn from_env() -> Self {
        match Self::parse(std::env::args_os().skip(1)) {
            Ok(Some(options)) => options,
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
    /// If an option is unknown, or has no value or a wrong one.
    pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Option<Self>, InvalidOption> {
        let mut options = Self::default();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("addr") => options.addr = value(&mut parser)?,
                Arg::Long("path") => options.path = value(&mut parser)?,
                Arg::Long("ping-interval") => options.ping_interval = Some(milliseconds(&mut parser)?),
                Arg::Long("ping-timeout") => options.ping_timeout = Some(milliseconds(&mut parser)?),
                Arg::Long("upgrade-timeout") => options.upgrade_timeout = Some(milliseconds(&mut parser)?),
                Arg::Long("max-payload") => options.max_payload = Some(value(&mut parser)?),
                Arg::Long("max-packets") => options.max_packets = Some(value(&mut parser)?),
                Arg::Long("allow-eio3") => options.allow_eio3 = true,
                Arg::Long("jsonp") => options.jsonp = true,
                Arg::Long("max-sessions") => options.max_sessions = Some(value(&mut parser)?),
                Arg::Long("allowed-origin") => options.allowed_origins.push(value(&mut parser)?),
                Arg::Long("same-origin") => options.same_origin = true,
                Arg::Long("allowed-host") => options.allowed_hosts.push(value(&mut parser)?),
                Arg::Long("cookie") => options.cookie = Some(value(&mut parser)?),
                Arg::Long("cors") => options.cors = Some(value(&mut parser)?),
                Arg::Long("compression") => options.compression = true,
                Arg::Long("websocket-compression") => options.websocket_compression = true,
                Arg::Long("uncompressed") => options.uncompressed = Some(value(&mut parser)?),
                Arg::Long("idle-timeout") => options.idle_timeout = Some(milliseconds(&mut parser)?),
                Arg::Long("tls") => options.tls = Some((value(&mut parser)?, value(&mut parser)?)),
                Arg::Long("log") => options.log = true,
                Arg::Long("threads") => options.threads = Some(value(&mut parser)?),
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(Some(options))
    }

    /// Builds the engine.
    ///
    /// # Errors
    /// If an option's value makes no sense.
    pub fn engine<Rt: Runtime>(&self, mut builder: EngineBuilder<Rt>) -> Result<Engine<Rt>, Box<dyn Error>> {
        builder = builder.path(&*self.path).allow_eio3(self.allow_eio3).jsonp(self.jsonp);
        if let Some(interval) = self.ping_interval {
            builder = builder.ping_interval(interval);
        }
        if let Some(timeout) = self.ping_timeout {
            builder = builder.ping_timeout(timeout);
        }
        if let Some(timeout) = self.upgrade_timeout {
            builder = builder.upgrade_timeout(timeout);
        }
        if let Some(bytes) = self.max_payload {
            builder = builder.max_payload(bytes);
        }
        if let Some(packets) = self.max_packets {
            builder = builder.max_packets_per_response(packets);
        }
        if let Some(sessions) = self.max_sessions {
            builder = builder.max_sessions(sessions);
        }
        if !self.allowed_origins.is_empty() {
            builder = builder.allowed_origins(Origins::list(self.allowed_origins.iter())?);
        }
        if self.same_origin {
            builder = builder.same_origin();
        }
        if !self.allowed_hosts.is_empty() {
            builder = builder.allowed_hosts(self.allowed_hosts.iter());
        }
        if let Some(name) = &self.cookie {
            builder = builder.cookie(Cookie::builder(name).build()?);
        }
        if let Some(origin) = &self.cors {
            builder = builder.cors(match &**origin {
                "*" => Cors::new(Origins::any()),
                origin => Cors::new(Origins::list([origin])?).credentials()?,
            });
        }
        if self.compression {
            builder = builder.compression(Compression::default());
        }
        if self.websocket_compression {
            builder = builder.websocket_compression(PerMessageDeflate::default());
        }
        Ok(builder.build()?)
    }

    /// A message, as it is to be sent back.
    #[must_use]
    pub fn reply(&self, message: Message) -> Outgoing {
        let plain = match (&self.uncompressed, &message) {
            (Some(prefix), Message::Text(text)) => text.as_bytes().starts_with(prefix.as_bytes()),
            _ => false,
        };
        if plain { message.uncompressed() } else { message.into() }
    }

    /// Applies what concerns a server's connections.
    ///
    /// # Errors
    /// If the files for TLS cannot be read or used.
    pub fn server<Rt, L, S, F>(&self, mut server: Serve<Rt, L, S, F>) -> Result<Serve<Rt, L, S, F>, Box<dyn Error>>
    where
        Rt: Runtime,
        L: TlsListener,
    {
        if let Some(timeout) = self.idle_timeout {
            server = server.idle_timeout(timeout);
        }
        if let Some((certificates, key)) = &self.tls {
            server = server.tls(ServerTls::from_pem(&fs::read(certificates)?, &fs::read(key)?)?);
        }
        Ok(server)
    }

    /// The page to try the server out, for everything that is not the engine's.
    #[must_use]
    pub fn page(&self) -> Page {
        Page::new(&self.path)
    }

    /// Says where the server is to be found, once it listens. Programs wait for this line.
    pub fn announce(&self, addr: SocketAddr) {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        println!("listening on {scheme}://{addr}{}", self.path);
    }
}

fn value<T: FromStr<Err: Display + Into<Box<dyn Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}

fn milliseconds(parser: &mut Parser) -> Result<Duration, lexopt::Error> {
    value(parser).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_read() {
        let line = "--addr [::1]:0 --path /x/ --ping-interval 1 --ping-timeout 2 --upgrade-timeout 3 --max-payload=4 \
                    --max-packets 16 --allow-eio3 --jsonp --max-sessions 6 --allowed-origin https://a.test \
                    --allowed-origin file:// --same-origin --allowed-host a.test --allowed-host [::1] --cookie io --cors https://example.org --compression \
                    --websocket-compression --uncompressed ! --idle-timeout 6 --tls c.pem k.pem --log --threads 5";
        let expected = Options {
            addr: "[::1]:0".parse().unwrap(),
            path: "/x/".to_owned(),
            ping_interval: Some(Duration::from_millis(1)),
            ping_timeout: Some(Duration::from_millis(2)),
            upgrade_timeout: Some(Duration::from_millis(3)),
            max_payload: Some(4),
            max_packets: Some(16),
            allow_eio3: true,
            jsonp: true,
            max_sessions: Some(6),
            allowed_origins: ["https://a.test", "file://"].map(str::to_owned).to_vec(),
            same_origin: true,
            allowed_hosts: ["a.test", "[::1]"].map(str::to_owned).to_vec(),
            cookie: Some("io".to_owned()),
            cors: Some("https://example.org".to_owned()),
            compression: true,
            websocket_compression: true,
            uncompressed: Some("!".to_owned()),
            idle_timeout: Some(Duration::from_millis(6)),
            tls: Some(("c.pem".into(), "k.pem".into())),
            log: true,
            threads: NonZeroUsize::new(5),
        };
        assert_eq!(Options::parse(line.split_ascii_whitespace()).unwrap(), Some(expected));
        assert_eq!(Options::parse([""; 0]).unwrap(), Some(Options::default()));
        assert_eq!(Options::parse(["--help"]).unwrap(), None);
    }

    #[test]
    fn nonsense_is_told() {
        for line in [
            "--adr 1",
            "--addr",
            "--addr x",
            "--threads 0",
            "--max-payload -1",
            "--tls c.pem",
            "--allowed-host",
            "stray",
        ] {
            assert!(Options::parse(line.split_ascii_whitespace()).is_err(), "{line}");
        }
    }
}
