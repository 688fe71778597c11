//! Counterexamples, for people to read.

use crate::{Step, Violation, World};
use engineio_proto::Config;
use std::fmt;

/// Steps that lead to a violation.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The steps from the empty world on.
    pub steps: Vec<Step>,
    /// What is wrong after the last one.
    pub violation: Violation,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "{:>4}. {step}", number + 1)?;
        }
        write!(f, "      {}", self.violation)
    }
}

/// Replays steps in a new strict world, to its end.
///
/// # Errors
/// The steps up to the first violation.
pub fn replay(config: &Config, steps: &[Step]) -> Result<(), Box<Counterexample>> {
    let mut world = World::strict(config.clone());
    for (index, step) in steps.iter().enumerate() {
        if let Err(violation) = world.checked_step(*step) {
            world.abandon();
            return Err(Box::new(Counterexample { steps: steps[..=index].to_vec(), violation }));
        }
    }
    world.finish().map_err(|violation| Box::new(Counterexample { steps: steps.to_vec(), violation }))
}

impl Counterexample {
    /// Leaves out what it does not need. As any steps are a legal run, any of them can be left out.
    #[must_use]
    pub fn minimized(mut self, config: &Config) -> Self {
        let mut chunk = self.steps.len() / 2;
        while chunk > 0 {
            let mut start = 0;
            while start < self.steps.len() {
                let end = (start + chunk).min(self.steps.len());
                let fewer = [&self.steps[..start], &self.steps[end..]].concat();
                match replay(config, &fewer) {
                    Err(smaller) if smaller.violation.invariant() == self.violation.invariant() => self = *smaller,
                    Err(_) | Ok(()) => start = end,
                }
            }
            chunk /= 2;
        }
        self
    }
}
