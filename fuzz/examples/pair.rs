//! Walks all runs of a client, a server and a network that loses what it carries, within bounds:
//! `pair --up 1 --down 1 --losses 1 --closes 1`.

use engineio_fuzz::pair::{PairBounds, explore, small_configs};
use engineio_proto::Transport;
use std::process::ExitCode;

#[path = "walk/mod.rs"]
mod walk;
use walk::small;

fn main() -> ExitCode {
    let mut bounds = PairBounds::default();
    let (mut version3, mut transports) = (false, &Transport::ALL[..]);
    let read = walk::arguments(|name, value| {
        match name {
            "--up" => bounds.up = small(value),
            "--down" => bounds.down = small(value),
            "--losses" => bounds.losses = small(value),
            "--closes" => bounds.closes = small(value),
            "--discards" => bounds.discards = small(value),
            "--delays" => bounds.delays = small(value),
            "--repeats" => bounds.repeats = small(value),
            "--naps" => bounds.naps = small(value),
            "--states" => bounds.states = value,
            "--version3" => version3 = value != 0,
            "--polling" if value != 0 => transports = &[Transport::Polling],
            "--websocket" if value != 0 => transports = &[Transport::WebSocket],
            _ => return false,
        }
        true
    });
    if let Err(name) = read {
        eprintln!("unknown: {name}");
        return ExitCode::FAILURE;
    }
    walk::end(explore(small_configs(version3, transports), &bounds))
}
