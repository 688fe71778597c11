//! Every input in every state: the table that `--example table` prints.

use engineio_fuzz::explore::small_config;
use engineio_fuzz::scenario::INPUTS;
use engineio_fuzz::{Scenario, Step};

#[test]
fn every_state_is_reached_in_one_line() {
    for scenario in Scenario::ALL {
        let world = scenario.world(small_config(1)).unwrap();
        assert_eq!(world.scenario(), Some(scenario));
        world.finish().unwrap();
    }
}

/// The invariants hold after each, and all ends within the configured bounds.
#[test]
fn every_input_in_every_state_is_foreseen() {
    for scenario in Scenario::ALL {
        for (name, input) in INPUTS {
            for timing in 0..5 {
                let mut world = scenario.world(small_config(timing)).unwrap();
                for step in [input, Step::Drain] {
                    if let Err(violation) = world.checked_step(step) {
                        world.abandon();
                        panic!("{scenario:?}, {name}: {violation}");
                    }
                }
                world.finish().unwrap_or_else(|violation| panic!("{scenario:?}, {name}: {violation}"));
            }
        }
    }
}
