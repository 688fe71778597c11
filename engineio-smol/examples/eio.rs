//! A client for the command line, on smol: `cargo run --release -p engineio-smol --example eio -- --help`

use engineio_smol::{Client, SmolRuntime};
use engineio_suite::eio::{self, Command};
use smol::block_on;
use std::process::ExitCode;

fn main() -> ExitCode {
    block_on(eio::run(Command::from_env(), SmolRuntime::global(), |url| Client::builder(url)))
}
