//! Prints what each input does to a session in each state: the state after it, or a dot if it stays.

use engineio_fuzz::explore::small_config;
use engineio_fuzz::scenario::INPUTS;
use engineio_fuzz::{Scenario, Step, Violation};

fn main() -> Result<(), Violation> {
    let names = Scenario::ALL.map(|scenario| format!("{scenario:?}"));
    println!("| input | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    for (name, input) in INPUTS {
        print!("| {name} |");
        for scenario in Scenario::ALL {
            let mut world = scenario.world(small_config(1))?;
            world.checked_step(input)?;
            // What is due leaves at once, but whoever has yet to look at the state wants to see it first.
            world.checked_step(Step::Drain)?;
            match world.scenario() {
                Some(after) if after != scenario => print!(" {after:?} |"),
                _ => print!(" · |"),
            }
            world.finish()?;
        }
        println!();
    }
    Ok(())
}
