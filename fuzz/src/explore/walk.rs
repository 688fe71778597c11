//! Breadth first over copies of a machine, of which only digests are kept.

use super::course::Courses;
use super::{Report, Violation};
use crate::world::Key;
use engineio_proto::Instant;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{self, Duration};

/// What can be walked.
pub(crate) trait Machine: Sized {
    type Step: Copy;
    type Bounds;
    /// The ways that things go by themselves, see [`course`](Self::course).
    const WAYS: usize;

    fn fork(&self) -> Self;

    /// Equal for machines in which the same can happen.
    fn key(&self) -> Key;

    /// What can happen within the bounds.
    fn possible(&self, bounds: &Self::Bounds) -> Vec<Self::Step>;

    fn checked_step(&mut self, step: Self::Step) -> Result<(), Violation>;

    /// How one of the ways goes on from here.
    fn course(&self, way: usize) -> super::Course<Self::Step>;

    /// How long it may take, in the machine's own time.
    fn patience(&self, way: usize) -> Duration;

    fn now(&self) -> Instant;

    /// What else must hold in this state.
    fn check_here(&self) -> Result<(), Violation>;
}

/// The steps to a violation.
pub(crate) type Found<S> = (Vec<S>, Violation);

/// Walks all runs within the bounds, until there are so many states.
pub(crate) fn walk<M: Machine>(start: M, bounds: &M::Bounds, most: usize) -> Result<Report, Found<M::Step>> {
    let began = time::Instant::now();
    let mut tree = Tree { known: Keys::default(), nodes: Vec::new() };
    let mut courses = Courses::new(M::WAYS);
    let (mut transitions, mut depth) = (0, 0);
    tree.grow(start.key(), 0, None);
    let mut level = vec![(0, start)];
    while !level.is_empty() && tree.nodes.len() < most {
        let mut next = Vec::new();
        for (node, machine) in level {
            let alive = courses.check(&machine).and_then(|()| machine.check_here());
            alive.map_err(|violation| (tree.path(node, None), violation))?;
            for step in machine.possible(bounds) {
                transitions += 1;
                let mut after = machine.fork();
                if let Err(violation) = after.checked_step(step) {
                    return Err((tree.path(node, Some(step)), violation));
                }
                if let Some(node) = tree.grow(after.key(), node, Some(step)) {
                    next.push((node, after));
                }
            }
        }
        level = next;
        depth += usize::from(!level.is_empty());
    }
    let closed = level.is_empty();
    Ok(Report { states: tree.nodes.len(), transitions, depth, closed, took: began.elapsed() })
}

/// The states that were found, each with the step that first led to it.
struct Tree<S> {
    known: Keys,
    nodes: Vec<(u32, Option<S>)>,
}

impl<S: Copy> Tree<S> {
    fn grow(&mut self, key: Key, from: u32, step: Option<S>) -> Option<u32> {
        if !self.known.insert(key) {
            return None;
        }
        self.nodes.push((from, step));
        u32::try_from(self.nodes.len() - 1).ok()
    }

    fn path(&self, mut node: u32, last: Option<S>) -> Vec<S> {
        let mut steps: Vec<S> = last.into_iter().collect();
        while let (from, Some(step)) = self.nodes[node as usize] {
            steps.push(step);
            node = from;
        }
        steps.reverse();
        steps
    }
}

/// Keys are digests: there is nothing left to hash.
pub(super) type ByKey = BuildHasherDefault<Digested>;
type Keys = HashSet<Key, ByKey>;

#[derive(Default)]
pub(super) struct Digested(u64);

impl Hasher for Digested {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are two numbers");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 ^= number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
