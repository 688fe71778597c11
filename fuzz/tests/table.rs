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

/// An input that comes at a deadline sees it passed, whether the host has said that time went on or not: the world looks
/// the same afterwards, and what comes out is what the reference model foresees.
#[test]
fn u11_each_input_at_a_deadline_sees_it_passed() {
    // What is not given the time cannot know of it.
    let untimed = |step: Step| matches!(step, Step::Send(..) | Step::Pull(..) | Step::Deadline);
    for scenario in Scenario::ALL {
        for (name, input) in INPUTS.into_iter().filter(|(_, input)| !untimed(*input)) {
            for timing in 0..5 {
                let [told, untold] = [Step::Deadline, Step::Late].map(|passes| {
                    let mut world = scenario.world(small_config(timing)).unwrap();
                    // Where there is nothing for the input to do, the host is told the time after all.
                    for step in [passes, input, Step::Wait(0), Step::Drain] {
                        if let Err(violation) = world.checked_step(step) {
                            world.abandon();
                            panic!("{scenario:?}, {passes}, {name}: {violation}");
                        }
                    }
                    let key = world.key();
                    world.finish().unwrap_or_else(|violation| panic!("{scenario:?}, {passes}, {name}: {violation}"));
                    key
                });
                assert_eq!(told, untold, "{scenario:?}, {name}, timing {timing}");
            }
        }
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
