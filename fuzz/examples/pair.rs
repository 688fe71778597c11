//! Walks all runs of a client, a server and a network that loses what it carries, within bounds:
//! `pair --up 1 --down 1 --losses 1 --closes 1`.

use engineio_fuzz::pair::{PairBounds, explore, small_configs};
use engineio_proto::Transport;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut bounds = PairBounds::default();
    let (mut version3, mut transports) = (false, &Transport::ALL[..]);
    while let Some(name) = arguments.next() {
        let value: usize = arguments.next().and_then(|value| value.parse().ok()).unwrap_or_default();
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        match name.as_str() {
            "--up" => bounds.up = small,
            "--down" => bounds.down = small,
            "--losses" => bounds.losses = small,
            "--closes" => bounds.closes = small,
            "--discards" => bounds.discards = small,
            "--delays" => bounds.delays = small,
            "--repeats" => bounds.repeats = small,
            "--naps" => bounds.naps = small,
            "--states" => bounds.states = value,
            "--version3" => version3 = value != 0,
            "--polling" if value != 0 => transports = &[Transport::Polling],
            "--websocket" if value != 0 => transports = &[Transport::WebSocket],
            _ => {
                eprintln!("unknown: {name}");
                return ExitCode::FAILURE;
            }
        }
    }
    match explore(small_configs(version3, transports), &bounds) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(counterexample) => {
            println!("{counterexample}");
            ExitCode::FAILURE
        }
    }
}
