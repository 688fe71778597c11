//! Random runs: `sim --seed 7 --steps 1000` replays one and shows its steps, `sim --from 0 --to 2000` runs many.

use engineio_fuzz::sim;
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut from, mut to, mut steps, mut one) = (0, 2000, 5200, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value: u64 = arguments.next().and_then(|value| value.parse().ok()).unwrap_or_default();
        match name.as_str() {
            "--seed" => one = Some(value),
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
    if let Some(seed) = one {
        return replay(seed, steps);
    }
    match sim::campaign(from..to, steps) {
        Ok(tally) => {
            println!("{} seeds, {} steps, {} sessions", to - from, tally.steps, tally.opened);
            ExitCode::SUCCESS
        }
        Err((seed, counterexample)) => {
            println!("seed {seed}, as short as it gets:\n{counterexample}");
            ExitCode::FAILURE
        }
    }
}

/// Shows one run, each step with what the world looks like after it.
fn replay(seed: u64, steps: usize) -> ExitCode {
    let mut out = io::stdout().lock();
    let mut number = 0;
    let run = sim::run_observed(seed, steps, |step, world| {
        number += 1;
        // Whoever reads it may have seen enough.
        let _ = writeln!(out, "{number:>6}. {:016x} {step}", world.key().0);
    });
    match run {
        Ok(run) => {
            println!("seed {seed}: {} steps, {} sessions, digest {:016x}", run.steps, run.opened, run.digest);
            ExitCode::SUCCESS
        }
        Err(counterexample) => {
            println!("seed {seed}, as short as it gets:\n{}", counterexample.minimized(&sim::config(seed)));
            ExitCode::FAILURE
        }
    }
}
