//! Exhaustive model checking of the real core: breadth first over copies of it, so that the first counterexample is
//! a shortest one.

use crate::trace::Counterexample;
use crate::world::Key;
use crate::{Step, Violation, World};
use engineio_proto::Config;
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

/// How far the runs go.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many GETs, POSTs and upgrades there may be at a time, refused ones and their sockets included.
    pub gets: usize,
    /// As `gets`.
    pub posts: usize,
    /// As `gets`.
    pub upgrades: usize,
    /// How many messages the application sends to a session.
    pub sent: u32,
    /// How many messages the peer sends in a session.
    pub received: u32,
    /// How many frames the peer sends after `5` while the body of a POST is still on its way.
    pub early: usize,
    /// How many sessions are opened.
    pub sessions: usize,
    /// Whether the sessions speak protocol 3.
    pub version3: bool,
    /// Whether the host may also stop after any single output, and take frames one by one.
    pub piecemeal: bool,
    /// How many inputs may come, at most, before the host asks what is to be done.
    pub batch: usize,
    /// For every how many states it is checked that all ends from there, and that nothing is stuck.
    pub liveness: usize,
    /// After how many states to give up.
    pub states: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            gets: 2,
            posts: 2,
            upgrades: 2,
            sent: 2,
            received: 2,
            early: 1,
            sessions: 1,
            version3: false,
            piecemeal: false,
            batch: 2,
            liveness: 16,
            states: 10_000_000,
        }
    }
}

/// Settings whose durations are few multiples of the interval at which polls end during an upgrade, so that
/// deadlines meet in few states. Each `timing` is another order in which they come.
#[must_use]
pub fn small_config(timing: usize) -> Config {
    // Heartbeat (interval, timeout), upgrade, close, body.
    let timings = [[1, 1, 1, 1, 1], [3, 2, 1, 1, 1], [1, 1, 2, 2, 2], [2, 1, 1, 3, 1], [1, 2, 3, 1, 2]];
    let [interval, timeout, upgrade, close, body] =
        timings[timing % timings.len()].map(|tenths| Duration::from_millis(100) * tenths);
    let builder = Config::builder().ping_interval(interval).ping_timeout(timeout).upgrade_timeout(upgrade);
    let builder = builder.close_timeout(close).body_timeout(body).max_queue_packets(2).allow_eio3(true);
    builder.build().unwrap_or_default()
}

/// What was explored.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// How many states there are.
    pub states: usize,
    /// How many steps lead from one to another.
    pub transitions: usize,
    /// How many steps the farthest state is away.
    pub depth: usize,
    /// Whether these are all.
    pub closed: bool,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, depth, closed, took } = self;
        let closed = if *closed { "closed" } else { "given up" };
        write!(f, "{states} states, {transitions} transitions, depth {depth}, {closed} in {took:.1?}")
    }
}

/// Walks all runs within the bounds.
///
/// # Errors
/// A shortest run that ends in a violation.
pub fn explore(config: &Config, bounds: &Bounds) -> Result<Report, Box<Counterexample>> {
    explore_from(World::forkable(config.clone()), bounds)
}

/// As [`explore`], from what has happened in this world already.
///
/// # Errors
/// The steps from there on, of a shortest run that ends in a violation.
pub fn explore_from(start: World, bounds: &Bounds) -> Result<Report, Box<Counterexample>> {
    let began = Instant::now();
    let mut tree = Tree::default();
    let mut transitions = 0;
    let mut depth = 0;
    tree.grow(start.key(), 0, Step::Drain);
    let mut level = vec![(0, start)];
    while !level.is_empty() && tree.nodes.len() < bounds.states {
        let mut next = Vec::new();
        for (node, world) in level {
            if node % bounds.liveness.max(1) == 0 {
                tree.alive(&world, node)?;
            }
            for step in world.possible(bounds) {
                transitions += 1;
                let mut after = world.fork();
                if let Err(violation) = after.checked_step(step) {
                    return Err(Box::new(tree.counterexample(node, Some(step), violation)));
                }
                if let Some(node) = tree.grow(after.key(), node, step) {
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
#[derive(Default)]
struct Tree {
    known: HashMap<Key, usize>,
    nodes: Vec<(usize, Step)>,
}

impl Tree {
    fn grow(&mut self, key: Key, from: usize, step: Step) -> Option<usize> {
        let node = self.nodes.len();
        if *self.known.entry(key).or_insert(node) != node {
            return None;
        }
        self.nodes.push((from, step));
        Some(node)
    }

    fn counterexample(&self, mut node: usize, last: Option<Step>, violation: Violation) -> Counterexample {
        let mut steps: Vec<Step> = last.into_iter().collect();
        while node != 0 {
            let (from, step) = self.nodes[node];
            steps.push(step);
            node = from;
        }
        steps.reverse();
        Counterexample { steps, violation }
    }

    /// What must be possible from a state on: all ends by itself, nothing is stuck, and stale names do nothing.
    fn alive(&self, world: &World, node: usize) -> Result<(), Box<Counterexample>> {
        let attempt = || {
            world.fork().run_dry()?;
            world.fork().cooperate()?;
            let (mut plain, mut disturbed) = (world.fork(), world.fork());
            disturbed.checked_step(Step::Stale(0))?;
            disturbed.checked_step(Step::Drain)?;
            plain.checked_step(Step::Drain)?;
            let same = plain.key() == disturbed.key();
            if same { Ok(()) } else { Err(Violation::new("I2", "stale names changed what the server does")) }
        };
        attempt().map_err(|violation| Box::new(self.counterexample(node, None, violation)))
    }
}
