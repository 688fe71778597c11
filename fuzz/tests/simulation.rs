//! Random runs, each of them a seed.

use engineio_fuzz::sim;
use std::fmt::Write as _;

/// Ten million steps.
#[test]
fn nothing_goes_wrong_in_many_random_runs() {
    match sim::campaign(0..2000, 5200) {
        Ok(tally) => {
            println!("{} steps, {} sessions", tally.steps, tally.opened);
            assert!(tally.steps >= 10_000_000);
        }
        Err((seed, counterexample)) => panic!("seed {seed}:\n{counterexample}"),
    }
}

/// Each step, and what the world looks like after it.
fn trace(seed: u64) -> String {
    let mut trace = String::new();
    let run = sim::run_observed(seed, 500, |step, world| {
        let (high, low) = world.key();
        writeln!(trace, "{step} {high:016x}{low:016x}").unwrap();
    });
    writeln!(trace, "{:?}", run.unwrap()).unwrap();
    trace
}

#[test]
fn a_seed_is_the_same_run_every_time() {
    for seed in 0..50 {
        assert_eq!(trace(seed), trace(seed));
    }
    assert_ne!(trace(0), trace(1));
}
