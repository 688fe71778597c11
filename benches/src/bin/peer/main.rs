//! The compared servers that are written in Rust: our adapters, engineioxide, and baselines without Engine.IO.

mod baselines;
mod options;
mod ours;
mod oxide;

use options::{Options, Server};
use std::{error::Error, process::ExitCode};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n\n{}", Options::HELP);
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    match options.server {
        Server::Tokio => ours::tokio(options),
        Server::TokioAccept => ours::tokio_accept(options),
        Server::Smol => ours::smol(options),
        Server::Engineioxide => options.block_on(oxide::serve(options)),
        Server::BareHttp => baselines::on_tokio(options, baselines::Http::new(options)),
        Server::BareHttpSmol => baselines::on_smol(options, baselines::Http::new(options)),
        Server::BareWebsocket => baselines::on_tokio(options, baselines::WebSockets),
        Server::BareWebsocketSmol => baselines::on_smol(options, baselines::WebSockets),
    }
}
