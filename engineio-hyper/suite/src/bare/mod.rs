//! WebSockets that echo, with no Engine.IO in them: what a conformance suite of WebSocket talks to.
//!
//! All of it but the runtime and the listener is here, so that the adapters' examples are the same program.

use engineio_hyper::{ClientBuilder, Connector, Runtime};
use std::{env, error::Error, net::SocketAddr};

/// The largest message, which is more than any case of the suites has.
pub const MAX_MESSAGE: usize = 64 * 1024 * 1024;

const USAGE: &str = "\
bare serve ADDR         accepts WebSockets, and sends back what arrives
bare call URL CASES     plays a client's part in so many cases of a suite that is a server at this URL";

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Be a server.
    Serve(SocketAddr),
    /// Be the client of a suite.
    Call {
        /// Where the suite listens, without a path.
        url: String,
        /// How many cases it has.
        cases: usize,
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
            ["serve", addr] => Ok(Self::Serve(addr.parse()?)),
            ["call", url, cases] => Ok(Self::Call { url: (*url).into(), cases: cases.parse()? }),
            _ => Err(USAGE.into()),
        }
    }
}

/// Plays a client's part in all cases.
pub async fn call<Rt: Runtime, C: Connector>(
    url: &str,
    cases: usize,
    client: impl Fn(&str) -> ClientBuilder<Rt, C>,
) -> Result<(), Box<dyn Error>> {
    for case in 1..=cases {
        let client = client(&format!("{url}/runCase?case={case}&agent=engineio"));
        client.max_response(MAX_MESSAGE).echo_bare().await?;
    }
    Ok(client(&format!("{url}/updateReports?agent=engineio")).echo_bare().await?)
}
