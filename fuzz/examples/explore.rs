//! Walks all runs of the real core within bounds: `explore --gets 2 --posts 2 --upgrades 2 --sent 4 --received 3`.

use engineio_fuzz::explore::{Bounds, explore, small_config};
use std::process::ExitCode;

#[path = "walk/mod.rs"]
mod walk;
use walk::small;

fn main() -> ExitCode {
    let mut bounds = Bounds::default();
    let mut timing = 0;
    let read = walk::arguments(|name, value| {
        match name {
            "--gets" => bounds.gets = value,
            "--posts" => bounds.posts = value,
            "--upgrades" => bounds.upgrades = value,
            "--sent" => bounds.sent = small(value),
            "--received" => bounds.received = small(value),
            "--early" => bounds.early = value,
            "--sessions" => bounds.sessions = value,
            "--version3" => bounds.version3 = value != 0,
            "--piecemeal" => bounds.piecemeal = value != 0,
            "--batch" => bounds.batch = value,
            "--states" => bounds.states = value,
            "--timing" => timing = value,
            _ => return false,
        }
        true
    });
    if let Err(name) = read {
        eprintln!("unknown: {name}");
        return ExitCode::FAILURE;
    }
    walk::end(explore(&small_config(timing), &bounds))
}
