//! The servers that are compared and are written in Rust: ours, a peer, and floors that know no Engine.IO.

mod floors;
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
        Server::BareHttp => floors::on_tokio(options, floors::Http::new(options)),
        Server::BareHttpSmol => floors::on_smol(options, floors::Http::new(options)),
        Server::BareWebsocket => floors::on_tokio(options, floors::WebSockets),
        Server::BareWebsocketSmol => floors::on_smol(options, floors::WebSockets),
    }
}
