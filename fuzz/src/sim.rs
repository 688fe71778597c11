//! A deterministic random simulation: a seed is a whole run.

use crate::random::Random;
use crate::step::{Body, End, Head, Kind, Strange};
use crate::trace::Counterexample;
use crate::{Step, World};
use engineio_proto::Config;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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
        let mut left = random.below(self.0.iter().sum());
        let mut kind = 0;
        for weight in self.0 {
            if left < weight {
                break;
            }
            left -= weight;
            kind += 1;
        }
        let nth = random.byte();
        match kind {
            0 => Step::OpenPolling,
            1 => Step::OpenWebSocket,
            2 => Step::Get(nth),
            3 => {
                Step::Post(nth, random.pick(&[Head::Plain, Head::Plain, Head::Plain, Head::OctetStream, Head::TooLong]))
            }
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
            19 => random.pick(&[Step::Deadline, Step::Deadline, Step::Wait(nth % 16), Step::Wait(nth)]),
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
        .upgrade_timeout(duration())
        .close_timeout(duration())
        .body_timeout(duration());
    let builder = builder
        .max_payload(random.pick(&[16, 64, 1000]))
        .max_queue_bytes(random.pick(&[32, 200, 2000]))
        .max_queue_packets(random.pick(&[1, 2, 5, 50]))
        .allow_upgrades(random.below(16) > 0);
    builder.build().unwrap_or_default()
}

/// Runs a seed for so many steps and then to its end.
///
/// # Errors
/// The steps up to the first violation, not minimized.
pub fn run(seed: u64, steps: usize) -> Result<Run, Box<Counterexample>> {
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
        if matches!(step, Step::OpenPolling | Step::OpenWebSocket) {
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
        step.hash(&mut digest);
        if number % 64 == 0 {
            world.key().hash(&mut digest);
        }
    }
    world.key().hash(&mut digest);
    let run = Run { steps: trace.len(), opened, digest: digest.finish() };
    world.finish().map(|()| run).map_err(|violation| Box::new(Counterexample { steps: trace, violation }))
}
