//! Liveness: from each state on, what must come about if nobody disturbs it any more.

use super::walk::{ByKey, Machine};
use crate::violation::{Checked, Violation, ensure};
use crate::world::Key;
use std::collections::HashMap;
use std::time::Duration;

/// How things go on by themselves.
pub(crate) enum Course<S> {
    /// This happens next.
    Goes(S),
    /// What was to come about is there.
    Arrived,
    /// It never will.
    Stuck(Violation),
}

/// The states from which a way is known to arrive, and how long that takes, for each way. As a way from a state is the
/// same whatever came before, none is gone twice, and to ask it of every state costs little more than a step for each.
pub(super) struct Courses(Vec<HashMap<Key, Duration, ByKey>>);

impl Courses {
    /// No way has more steps that lead from one state to another.
    const STEPS: usize = 1000;

    pub(super) fn new(ways: usize) -> Self {
        Self(vec![HashMap::default(); ways])
    }

    /// Goes all ways from here.
    pub(super) fn check<M: Machine>(&mut self, from: &M) -> Checked {
        let key = from.key();
        for (way, known) in self.0.iter_mut().enumerate() {
            if !known.contains_key(&key) {
                go(from.fork(), key, way, known)?;
            }
        }
        Ok(())
    }
}

fn go<M: Machine>(mut machine: M, mut key: Key, way: usize, known: &mut HashMap<Key, Duration, ByKey>) -> Checked {
    let mut passed = Vec::new();
    let rest = loop {
        if let Some(rest) = known.get(&key) {
            break *rest;
        }
        ensure!(passed.len() < Courses::STEPS, "I11", "it goes on for ever");
        passed.push((key, machine.now()));
        match machine.course(way) {
            Course::Goes(step) => machine.checked_step(step)?,
            Course::Arrived => break Duration::ZERO,
            Course::Stuck(violation) => return Err(violation),
        }
        key = machine.key();
    };
    let (end, patience) = (machine.now(), machine.patience(way));
    for (key, at) in passed {
        let takes = end.saturating_since(at) + rest;
        ensure!(takes <= patience, "I8", "it takes {takes:?} instead of {patience:?}");
        known.insert(key, takes);
    }
    Ok(())
}
