//! What the commands that walk all runs have in common: their arguments, and what they say in the end.

use std::{fmt::Display, process::ExitCode};

/// Reads pairs of a name and a number. Fails with the first name that `set` does not know.
pub(super) fn arguments(mut set: impl FnMut(&str, usize) -> bool) -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok()).unwrap_or_default();
        if !set(&name, value) {
            return Err(name);
        }
    }
    Ok(())
}

/// A number of things that are few.
pub(super) fn small(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Says what came of a walk.
pub(super) fn end(found: Result<impl Display, impl Display>) -> ExitCode {
    match found {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(counterexample) => {
            println!("{counterexample}");
            ExitCode::FAILURE
        }
    }
}
