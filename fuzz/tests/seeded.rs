//! The bug that this library was written after is found by the same explorer that finds nothing in the core.

use engineio_fuzz::explore::{Bounds, Report, explore_from, small_config};
use engineio_fuzz::seeded::Upgrades;
use engineio_fuzz::{Counterexample, Step, World};

/// All that can happen to a session that is on polling.
fn explore_session(upgrades: Upgrades) -> Result<Report, Box<Counterexample>> {
    let mut world = World::forkable(small_config(0)).with_upgrades(upgrades);
    for step in [Step::OpenPolling, Step::Drain] {
        world.checked_step(step).unwrap();
    }
    let bounds = Bounds { posts: 1, sent: 1, received: 0, ..Bounds::default() };
    explore_from(world, &bounds)
}

#[test]
fn seed_the_fault_is_two_events_away() {
    let counterexample = explore_session(Upgrades::Faulty).unwrap_err();
    println!("{counterexample}");
    assert_eq!(counterexample.steps, [Step::Upgrade(0), Step::Upgrade(0)], "two, and a shortest one");
    let trace = "   1. Upgrade(0)\n   2. Upgrade(0)\n      I2: exchange 3 was closed, and then 101 was written to it";
    assert_eq!(counterexample.to_string(), trace);
}

#[test]
fn seed_without_the_fault_there_is_nothing_to_find() {
    for upgrades in [Upgrades::Core, Upgrades::Mended] {
        let report = explore_session(upgrades).unwrap_or_else(|counterexample| panic!("\n{counterexample}"));
        println!("{upgrades:?}: {report}");
        assert!(report.closed && report.states > 10_000);
    }
}
