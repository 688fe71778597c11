//! `eio`: a client for the command line, to talk to a server by hand and to put load on one.
//!
//! All of it but the runtime is here, so that the adapters' examples are the same program.

mod bench;
mod connect;
mod options;
mod trace;

pub use options::{Bench, Command, Common, Connect, InvalidCommand};

use engineio_hyper::{ClientBuilder, Runtime, SecureConnector};
use std::{error::Error, iter, process::ExitCode};

/// Does what the command line asks for, with clients that `client` makes for a URL, and tells what went wrong.
pub async fn run<Rt: Runtime, C: SecureConnector>(
    command: Command,
    runtime: Rt,
    client: impl Fn(&str) -> ClientBuilder<Rt, C>,
) -> ExitCode {
    let Err(error) = obey(command, runtime, client).await else { return ExitCode::SUCCESS };
    let first: &dyn Error = &*error;
    let causes: Vec<_> =
        iter::successors(Some(first), |error: &&dyn Error| (*error).source()).map(ToString::to_string).collect();
    eprintln!("{}", causes.join(": "));
    ExitCode::FAILURE
}

async fn obey<Rt: Runtime, C: SecureConnector>(
    command: Command,
    runtime: Rt,
    client: impl Fn(&str) -> ClientBuilder<Rt, C>,
) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Connect(connect) => {
            let (common, tls) = (&connect.common, connect.common.tls()?);
            connect::run(&connect, common.configure(tls.as_ref(), client(&common.url))).await
        }
        Command::Bench(bench) => {
            let (common, tls) = (&bench.common, bench.common.tls()?);
            bench::run(&bench, &runtime, || common.configure(tls.as_ref(), client(&common.url))).await
        }
    }
}
