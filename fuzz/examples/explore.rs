//! Walks all runs of the real core within bounds: `explore --gets 2 --posts 2 --upgrades 2 --sent 4 --received 3`.

use engineio_fuzz::explore::{Bounds, explore, small_config};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut bounds = Bounds::default();
    let mut timing = 0;
    while let Some(name) = arguments.next() {
        let value: usize = arguments.next().and_then(|value| value.parse().ok()).unwrap_or_default();
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        match name.as_str() {
            "--gets" => bounds.gets = value,
            "--posts" => bounds.posts = value,
            "--upgrades" => bounds.upgrades = value,
            "--sent" => bounds.sent = small,
            "--received" => bounds.received = small,
            "--early" => bounds.early = value,
            "--sessions" => bounds.sessions = value,
            "--version3" => bounds.version3 = value != 0,
            "--piecemeal" => bounds.piecemeal = value != 0,
            "--batch" => bounds.batch = value,
            "--states" => bounds.states = value,
            "--timing" => timing = value,
            _ => {
                eprintln!("unknown: {name}");
                return ExitCode::FAILURE;
            }
        }
    }
    match explore(&small_config(timing), &bounds) {
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
