//! WebSockets that echo, with no Engine.IO in them: what a conformance suite of WebSocket talks to.
//!
//! All of it but the runtime and the listener is here, so that the adapters' examples are the same program.

use engineio_hyper::{ClientBuilder, Connector, PerMessageDeflate, Runtime};
use std::{env, error::Error, net::SocketAddr};

/// The largest message, which is more than any case of the suites has.
pub const MAX_MESSAGE: usize = 64 * 1024 * 1024;

const USAGE: &str = "\
bare serve ADDR [COMPRESSION]        accepts WebSockets, and sends back what arrives
bare call URL CASES [COMPRESSION]    plays a client's part in so many cases of a suite that is a server at this URL

COMPRESSION is `alone`, or `takeover` for messages that refer to those before them; whatever is not too short to gain by
it is compressed";

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Be a server.
    Serve {
        /// Where to listen.
        addr: SocketAddr,
        /// What to agree to about compression.
        deflate: Option<PerMessageDeflate>,
    },
    /// Be the client of a suite.
    Call {
        /// Where the suite listens, without a path.
        url: String,
        /// How many cases it has.
        cases: usize,
        /// What compression to offer.
        deflate: Option<PerMessageDeflate>,
    },
}

impl Command {
    /// Reads the command line.
    ///
    /// # Errors
    /// If it makes no sense.
    pub fn from_env() -> Result<Self, Box<dyn Error>> {
        let arguments: Vec<String> = env::args().skip(1).collect();
        match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["serve", addr, rest @ ..] => Ok(Self::Serve { addr: addr.parse()?, deflate: deflate(rest)? }),
            ["call", url, cases, rest @ ..] => {
                Ok(Self::Call { url: (*url).into(), cases: cases.parse()?, deflate: deflate(rest)? })
            }
            _ => Err(USAGE.into()),
        }
    }
}

fn deflate(arguments: &[&str]) -> Result<Option<PerMessageDeflate>, &'static str> {
    let all = PerMessageDeflate::default().threshold(0);
    match arguments {
        [] => Ok(None),
        ["alone"] => Ok(Some(all)),
        ["takeover"] => Ok(Some(all.context_takeover(true))),
        _ => Err(USAGE),
    }
}

/// Plays a client's part in all cases.
pub async fn call<Rt: Runtime, C: Connector>(
    url: &str,
    cases: usize,
    deflate: Option<PerMessageDeflate>,
    client: impl Fn(&str) -> ClientBuilder<Rt, C>,
) -> Result<(), Box<dyn Error>> {
    for case in 1..=cases {
        let mut client = client(&format!("{url}/runCase?case={case}&agent=engineio")).max_response(MAX_MESSAGE);
        if let Some(deflate) = deflate {
            client = client.websocket_compression(deflate);
        }
        client.echo_bare().await?;
    }
    Ok(client(&format!("{url}/updateReports?agent=engineio")).echo_bare().await?)
}
