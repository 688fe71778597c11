//! Sequences of steps against the reference model.

use crate::{Step, sim, trace};
use arbitrary::{Arbitrary as _, Unstructured};

/// Steps of a server, its host and its peers, after a byte that chooses the settings.
///
/// - The server does what the reference model says, and the invariants hold after every step.
///
/// # Panics
/// With the shortest steps that show it, if that does not hold.
pub fn server(data: &[u8]) {
    let Some((seed, rest)) = data.split_first() else { return };
    let mut steps = Vec::new();
    let mut input = Unstructured::new(rest);
    while let Ok(step) = Step::arbitrary(&mut input) {
        steps.push(step);
        if input.is_empty() {
            break;
        }
    }
    let config = sim::config(u64::from(*seed));
    if let Err(counterexample) = trace::replay(&config, &steps) {
        panic!("\n{}", counterexample.minimized(&config));
    }
}
