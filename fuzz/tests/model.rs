//! The model check that runs with the tests. Larger bounds are commands, see the crate's README.

use engineio_fuzz::explore::{Bounds, explore, small_config};

fn closes(timing: usize, bounds: Bounds) -> usize {
    match explore(&small_config(timing), &bounds) {
        Ok(report) => {
            println!("{report}");
            assert!(report.closed, "not all states were seen");
            report.states
        }
        Err(counterexample) => panic!("\n{counterexample}"),
    }
}

/// Two GETs, POSTs and upgrades at a time; the host asks what to do after every input.
#[test]
fn nothing_goes_wrong_with_two_of_everything() {
    let bounds = Bounds { batch: 1, ..Bounds::default() };
    assert!(closes(0, bounds) >= 100_000);
}

/// The host asks late: after two inputs.
#[test]
fn nothing_goes_wrong_if_the_host_asks_late() {
    let bounds = Bounds { gets: 1, posts: 1, upgrades: 1, sent: 1, received: 1, batch: 2, ..Bounds::default() };
    assert!(closes(0, bounds) >= 50_000);
}

/// The host stops after any single output, and takes and writes frames one by one.
#[test]
fn nothing_goes_wrong_if_the_host_works_piecemeal() {
    let bounds = Bounds { gets: 1, posts: 1, upgrades: 1, received: 1, batch: 1, piecemeal: true, ..Bounds::default() };
    assert!(closes(0, bounds) >= 20_000);
}

/// Deadlines come in other orders.
#[test]
fn nothing_goes_wrong_whatever_comes_due_first() {
    for timing in 1..5 {
        let bounds = Bounds { gets: 1, posts: 1, upgrades: 1, sent: 1, received: 1, batch: 1, ..Bounds::default() };
        assert!(closes(timing, bounds) >= 10_000);
    }
}

/// Protocol 3, where the peer pings.
#[test]
fn nothing_goes_wrong_in_sessions_of_protocol_3() {
    let bounds = Bounds { batch: 1, version3: true, ..Bounds::default() };
    assert!(closes(0, bounds) >= 100_000);
}
