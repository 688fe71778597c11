//! Random runs, each of them a seed.

use engineio_fuzz::sim;

#[test]
fn nothing_goes_wrong_in_many_random_runs() {
    let (mut steps, mut opened) = (0, 0);
    for seed in 0..1200 {
        match sim::run(seed, 1000) {
            Ok(run) => {
                steps += run.steps;
                opened += run.opened;
            }
            Err(counterexample) => {
                panic!("seed {seed}:\n{}", counterexample.minimized(&sim::config(seed)));
            }
        }
    }
    println!("{steps} steps, {opened} sessions");
}

#[test]
fn a_seed_is_the_same_run_every_time() {
    for seed in 0..20 {
        let [first, second] = [(); 2].map(|()| sim::run(seed, 500).unwrap());
        assert_eq!(first, second);
    }
    assert_ne!(sim::run(0, 500).unwrap().digest, sim::run(1, 500).unwrap().digest);
}
