//! Random runs: `sim --seed 7 --steps 1000` replays one, `sim --from 0 --to 2000` runs many.

use engineio_fuzz::sim;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut from, mut to, mut steps) = (0, 2000, 5000);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value: u64 = arguments.next().and_then(|value| value.parse().ok()).unwrap_or_default();
        match name.as_str() {
            "--seed" => (from, to) = (value, value + 1),
            "--from" => from = value,
            "--to" => to = value,
            "--steps" => steps = value,
            _ => {
                eprintln!("unknown: {name}");
                return ExitCode::FAILURE;
            }
        }
    }
    let steps = usize::try_from(steps).unwrap_or(usize::MAX);
    let (mut taken, mut opened) = (0, 0);
    for seed in from..to {
        match sim::run(seed, steps) {
            Ok(run) => {
                (taken, opened) = (taken + run.steps, opened + run.opened);
                if to - from == 1 {
                    println!("seed {seed}: digest {:016x}", run.digest);
                }
            }
            Err(counterexample) => {
                println!("seed {seed}, as short as it gets:\n{}", counterexample.minimized(&sim::config(seed)));
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{} seeds, {taken} steps, {opened} sessions", to - from);
    ExitCode::SUCCESS
}
