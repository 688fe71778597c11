//! A deterministic random simulation: a seed is a whole run.

use crate::random::Random;
use crate::step::{Body, End, Head, Kind, Strange};
use crate::trace::Counterexample;
use crate::{Step, World};
use engineio_proto::Config;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// What a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many steps were taken.
    pub steps: usize,
    /// How many sessions were opened.
    pub opened: usize,
    /// A digest of the steps and of what the world looked like on the way: equal for equal runs.
    pub digest: u64,
}

/// How often each kind of step comes, drawn anew for each seed: some runs are made of aborts, others of data.
struct Swarm([u64; Self::KINDS]);

impl Swarm {
    const KINDS: usize = 24;

    fn new(random: &mut Random) -> Self {
        // Usual, rare, frequent or never.
        let mut weights = std::array::from_fn(|_| random.pick(&[4, 4, 1, 12, 0]));
        // A run in which nobody ever opens a session, or asks what to do, would be a waste.
        for (kind, least) in [(0, 1), (2, 4), (20, 6)] {
            weights[kind] = least.max(weights[kind]);
        }
        Self(weights)
    }

    fn step(&self, random: &mut Random) -> Step {
        let kind = random.weighted(&self.0);
        let nth = random.byte();
        match kind {
            // A third of the sessions is of protocol 3.
            0 | 1 if nth.is_multiple_of(3) => Step::Open3 { websocket: kind == 1, base64: nth.is_multiple_of(2) },
            0 => Step::OpenPolling,
            1 => Step::OpenWebSocket,
            2 => Step::Get(nth),
            3 => {
                Step::Post(nth, random.pick(&[Head::Plain, Head::Plain, Head::Plain, Head::OctetStream, Head::TooLong]))
            }
            4 if nth.is_multiple_of(4) => Step::Progress(nth, random.pick(&[1, 10, 255])),
            4 => Step::Body(nth, random.pick(&[Body::Noop, Body::Message, Body::Several, Body::Pong])),
            5 => Step::Body(nth, random.pick(&[Body::Close, Body::Ping, Body::Garbage, Body::Empty, Body::TooLarge])),
            6 => Step::Upgrade(nth),
            7 => Step::Abort(nth),
            8 => Step::Frame(nth, random.pick(&[Kind::Probe, Kind::Upgrade])),
            9 => Step::Frame(nth, random.pick(&[Kind::Text, Kind::Binary, Kind::Pong, Kind::Noop])),
            10 => {
                let kinds = [Kind::Ping, Kind::Close, Kind::Garbage, Kind::Empty, Kind::BadBase64];
                Step::Frame(nth, random.pick(&kinds))
            }
            11 => Step::WsEnd(nth, random.pick(&[End::Closed, End::Fault, End::Aborted])),
            12 => Step::Written(nth),
            13 => Step::Lost(nth),
            14 => Step::Pull(nth, random.pick(&[0, 0, 1, 2])),
            15 => Step::Wrote(nth, random.pick(&[0, 0, 1, 200])),
            16 => Step::Send(nth, random.pick(&[0, 0, 0, 1, 9, 30, 200])),
            17 => Step::SendTracked(nth, random.pick(&[0, 0, 7])),
            18 => random.pick(&[Step::Close(nth), Step::Discard(nth), Step::Close(nth), Step::CloseAll]),
            19 => random.pick(&[Step::Deadline, Step::Deadline, Step::Late, Step::Wait(nth % 16), Step::Wait(nth)]),
            20 => random.pick(&[Step::Drain, Step::Drain, Step::Poll]),
            21 => Step::Strange(nth, random.pick(&[Strange::Version, Strange::Plain, Strange::Upgrade, Strange::Put])),
            22 => random.pick(&[Step::SendMany(nth, 2), Step::SendMany(nth, 3), Step::SendMany(nth, 0), Step::Back]),
            _ => Step::Stale(nth),
        }
    }
}

/// What a client does that means well: blind chance alone hardly ever finishes any of it. Chance cuts in all the same.
const PLANS: [&[Step]; 5] = [
    &[Step::Get(0), Step::Send(0, 0), Step::Drain, Step::Written(255), Step::Get(0), Step::Drain],
    &[Step::Post(0, Head::Plain), Step::Body(255, Body::Several), Step::Drain, Step::Written(255)],
    &[
        Step::Upgrade(0),
        Step::Drain,
        Step::Frame(255, Kind::Probe),
        Step::Drain,
        Step::Pull(255, 0),
        Step::Frame(255, Kind::Upgrade),
        Step::Drain,
        Step::Frame(255, Kind::Text),
        Step::Send(0, 0),
        Step::Pull(255, 0),
        Step::Wrote(255, 0),
    ],
    &[
        Step::Upgrade(0),
        Step::Drain,
        Step::Frame(255, Kind::Probe),
        Step::Post(0, Head::Plain),
        Step::Frame(255, Kind::Upgrade),
        Step::Frame(255, Kind::Text),
        Step::Frame(255, Kind::Binary),
        Step::Body(255, Body::Several),
        Step::Drain,
        Step::Pull(255, 0),
    ],
    &[
        Step::Deadline,
        Step::Get(0),
        Step::Pull(255, 0),
        Step::Drain,
        Step::Frame(255, Kind::Pong),
        Step::Post(0, Head::Plain),
        Step::Body(255, Body::Pong),
        Step::Drain,
        Step::Written(255),
        Step::Written(255),
    ],
];

/// The settings of a run: small bounds, so that they are met, and durations of the same order.
#[must_use]
pub fn config(seed: u64) -> Config {
    let mut random = Random::new(!seed);
    let mut duration = || Duration::from_millis(random.pick(&[100, 150, 300, 700]));
    let builder = Config::builder()
        .ping_interval(duration())
        .ping_timeout(duration())
        .first_request_timeout(duration())
        .upgrade_timeout(duration())
        .close_timeout(duration())
        .body_timeout(duration())
        .total_body_timeout(duration());
    let max_payload = random.pick(&[16, 64, 1000]);
    let builder = builder
        .max_payload(max_payload)
        .max_queue_bytes(random.pick(&[32, 200, 2000]).max(max_payload))
        .max_queue_packets(random.pick(&[1, 2, 5, 50]))
        .allow_eio3(true)
        .allow_upgrades(random.below(16) > 0);
    builder.build().unwrap_or_default()
}

/// Runs a seed for so many steps and then to its end.
///
/// # Errors
/// The steps up to the first violation, not minimized.
pub fn run(seed: u64, steps: usize) -> Result<Run, Box<Counterexample>> {
    run_observed(seed, steps, |_, _| {})
}

/// As [`run`], and shows each step and the world after it.
///
/// # Errors
/// As [`run`].
pub fn run_observed(
    seed: u64,
    steps: usize,
    mut observe: impl FnMut(Step, &World),
) -> Result<Run, Box<Counterexample>> {
    let mut random = Random::new(seed);
    let swarm = Swarm::new(&mut random);
    let mut world = World::strict(config(seed));
    let mut trace = Vec::with_capacity(steps);
    let (mut digest, mut opened) = (DefaultHasher::new(), 0);
    let mut plan: &[Step] = &[];
    // How likely chance is to cut in, in four.
    let chance = random.below(4);
    for number in 0..steps {
        if plan.is_empty() && random.below(8) == 0 {
            plan = random.pick(&PLANS);
        }
        let step = match plan.split_first() {
            Some((step, rest)) if random.below(4) >= chance => {
                plan = rest;
                *step
            }
            _ => swarm.step(&mut random),
        };
        // A handful of sessions at a time meet each other more often than many.
        if matches!(step, Step::OpenPolling | Step::OpenWebSocket | Step::Open3 { .. }) {
            if world.sessions() >= 3 {
                continue;
            }
            opened += 1;
        }
        trace.push(step);
        if let Err(violation) = world.checked_step(step) {
            world.abandon();
            return Err(Box::new(Counterexample { steps: trace, violation }));
        }
        observe(step, &world);
        step.hash(&mut digest);
        if number % 64 == 0 {
            world.key().hash(&mut digest);
        }
    }
    world.key().hash(&mut digest);
    let run = Run { steps: trace.len(), opened, digest: digest.finish() };
    world.finish().map(|()| run).map_err(|violation| Box::new(Counterexample { steps: trace, violation }))
}

/// What many runs were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many steps were taken.
    pub steps: usize,
    /// How many sessions were opened.
    pub opened: usize,
}

/// Runs many seeds on all processors.
///
/// # Errors
/// A seed that shows a violation, and the steps up to it, as few as it takes.
pub fn campaign(seeds: Range<u64>, steps: usize) -> Result<Tally, (u64, Box<Counterexample>)> {
    let next = AtomicU64::new(seeds.start);
    let worker = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(tally);
            }
            match run(seed, steps) {
                Ok(run) => {
                    tally = Tally { steps: tally.steps + run.steps, opened: tally.opened + run.opened };
                }
                Err(counterexample) => {
                    next.store(seeds.end, Ordering::Relaxed);
                    return Err((seed, Box::new(counterexample.minimized(&config(seed)))));
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let tallies = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.map(|tally| tally.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect::<Vec<_>>()
    });
    tallies.into_iter().try_fold(Tally::default(), |sum, tally| {
        tally.map(|tally| Tally { steps: sum.steps + tally.steps, opened: sum.opened + tally.opened })
    })
}
