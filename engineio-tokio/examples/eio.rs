//! A client for the command line, on tokio: `cargo run --release -p engineio-tokio --example eio -- --help`

use engineio_suite::eio::{self, Command};
use engineio_tokio::{Client, TokioRuntime};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    eio::run(Command::from_env(), TokioRuntime::current(), |url| Client::builder(url)).await
}
