//! Exhaustive model checking of the real core: breadth first over copies of it, so that the first counterexample is
//! a shortest one; and from each state on, what must come about if nobody disturbs it any more.

mod course;
mod walk;

use crate::trace::Counterexample;
use crate::{Violation, World};
pub(crate) use course::Course;
use engineio_proto::Config;
use std::fmt;
use std::time::Duration;
pub(crate) use walk::{Machine, walk};

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
            states: 10_000_000,
        }
    }
}

/// Settings whose durations are few multiples of the interval at which polls end during an upgrade, so that
/// deadlines meet in few states. Each `timing` is another order in which they come.
#[must_use]
pub fn small_config(timing: usize) -> Config {
    // Heartbeat (interval, timeout), first request, upgrade, close, body. A body may take two of its windows.
    let timings = [[1, 1, 1, 1, 1, 1], [3, 2, 2, 1, 1, 1], [1, 1, 2, 2, 2, 2], [2, 1, 1, 1, 3, 1], [1, 2, 2, 3, 1, 2]];
    let [interval, timeout, first, upgrade, close, body] =
        timings[timing % timings.len()].map(|tenths| Duration::from_millis(100) * tenths);
    let builder = Config::builder().ping_interval(interval).ping_timeout(timeout).upgrade_timeout(upgrade);
    let builder = builder.first_request_timeout(first);
    let builder = builder.close_timeout(close).body_timeout(body).total_body_timeout(body * 2);
    let builder = builder.max_queue_packets(2).allow_eio3(true);
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

/// Walks all runs within the bounds. From each state that is reached it is seen, too, that silence ends all within the
/// heartbeat or the close timeout, that nothing is stuck if everybody cooperates, and that stale names do nothing.
///
/// # Errors
/// A shortest run that ends in a violation, or in a state that one follows from.
pub fn explore(config: &Config, bounds: &Bounds) -> Result<Report, Box<Counterexample>> {
    explore_from(World::forkable(config.clone()), bounds)
}

/// As [`explore`], from what has happened in this world already.
///
/// # Errors
/// The steps from there on.
pub fn explore_from(start: World, bounds: &Bounds) -> Result<Report, Box<Counterexample>> {
    walk(start, bounds, bounds.states).map_err(|(steps, violation)| Box::new(Counterexample { steps, violation }))
}
