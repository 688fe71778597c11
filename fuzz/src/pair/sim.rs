//! Random runs of a pair, each of them a seed.

use super::{Pair, PairStep};
use crate::{Random, Violation};
use engineio_proto::{ClientConfig, ClientStart, CloseReason, Config, Transport, Version};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// What a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairRun {
    /// How many steps were taken.
    pub steps: usize,
    /// How many messages arrived.
    pub received: u32,
    /// Whether the session was on a WebSocket in the end.
    pub upgraded: bool,
    /// Why the session ended before the run was over: what the client was told, or else the server.
    pub closed: Option<CloseReason>,
    /// Whether an upgrade failed, and whether anything happened that the session need not have survived.
    pub failed_upgrade: bool,
    /// See `failed_upgrade`.
    pub harmed: bool,
    /// Equal for equal runs.
    pub digest: u64,
}

/// Steps that lead to a violation.
#[derive(Clone, Debug)]
pub struct PairCounterexample {
    /// The steps from the beginning.
    pub steps: Vec<PairStep>,
    /// What is wrong after the last one.
    pub violation: Violation,
}

impl fmt::Display for PairCounterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "{:>4}. {step}", number + 1)?;
        }
        write!(f, "      {}", self.violation)
    }
}

/// The settings of a run: small bounds, so that they are met, and durations of the same order.
#[must_use]
pub fn configs(seed: u64) -> (ClientConfig, Config, ClientStart) {
    let mut random = Random::new(!seed);
    let mut duration = || Duration::from_millis(random.pick(&[700, 2000, 10_000, 25_000]));
    let server = Config::builder()
        .ping_interval(duration())
        .ping_timeout(duration())
        .upgrade_timeout(duration())
        .close_timeout(duration())
        .body_timeout(duration());
    let client = ClientConfig::builder()
        .open_timeout(duration())
        .upgrade_timeout(duration())
        .post_timeout(duration())
        .close_timeout(duration());
    let server = server
        .max_payload(random.pick(&[40, 200, 10_000]))
        .max_queue_packets(random.pick(&[2, 5, 50]))
        .max_packets_per_payload(1000)
        .allow_upgrades(random.below(8) > 0);
    let transports =
        random.pick(&[&Transport::ALL[..], &Transport::ALL, &[Transport::Polling], &[Transport::WebSocket]]);
    let client = client
        .transports(transports.iter().copied())
        .try_all_transports(random.below(2) == 0)
        .cache_buster(random.below(2) == 0)
        .max_queue_packets(random.pick(&[2, 5, 50]));
    let version = random.pick(&[Version::V4, Version::V4, Version::V3]);
    let (client, server) = (client.version(version).force_base64(random.below(4) == 0), server.allow_eio3(true));
    let start = ClientStart { key: 1, cache_buster: 7, websocket_worked: random.below(4) == 0 };
    (client.build().unwrap_or_default(), server.build().unwrap_or_default(), start)
}

/// How often each kind of step comes, drawn anew for each seed: some networks never fail, and some hosts never close.
struct Weights([u64; 14]);

impl Weights {
    fn new(random: &mut Random) -> Self {
        let (upgrade, repeat) = (random.pick(&[0, 2, 8]), random.pick(&[0, 0, 2]));
        let sends = random.pick(&[2, 10, 40]);
        let (nap, stale) = (random.pick(&[0, 0, 4, 20]), random.pick(&[0, 2]));
        // A third of the networks and applications do nothing that a session need not survive.
        if random.below(3) == 0 {
            return Self([200, 0, repeat, sends, sends, 0, 0, 0, 0, 0, 0, upgrade, nap, stale]);
        }
        let cut = random.pick(&[0, 0, 1, 3]);
        let close = random.pick(&[0, 0, 0, 1]);
        let discard = random.pick(&[0, 0, 0, 0, 1]);
        let (wait, tick) = (random.pick(&[0, 5, 20]), random.pick(&[0, 0, 0, 1]));
        Self([200, cut, repeat, sends, sends, close, close, discard, discard, wait, tick, upgrade, nap, stale])
    }

    fn step(&self, random: &mut Random) -> PairStep {
        let kind = random.weighted(&self.0);
        match kind {
            0 => PairStep::Arrive(random.byte()),
            1 => PairStep::Cut(random.byte(), random.byte()),
            2 => PairStep::Repeat,
            3 => PairStep::ClientSends(random.byte() % 20),
            4 => PairStep::ServerSends(random.byte() % 20),
            5 => PairStep::ClientCloses,
            6 => PairStep::ServerCloses,
            7 => PairStep::ClientDiscards,
            8 => PairStep::ServerDiscards,
            9 => PairStep::Wait(random.byte() % 8),
            10 => PairStep::Tick,
            11 => PairStep::CutUpgrade(random.byte()),
            12 => PairStep::Unpolled(random.byte()),
            _ => PairStep::Stale,
        }
    }
}

/// Runs a seed for so many steps, lets the network recover, and then cuts it for good.
///
/// # Errors
/// The steps up to the first violation.
pub fn run(seed: u64, steps: usize) -> Result<PairRun, Box<PairCounterexample>> {
    let mut random = Random::new(seed);
    let weights = Weights::new(&mut random);
    let mut pair = new(seed);
    let mut trace = Vec::with_capacity(steps);
    let mut digest = DefaultHasher::new();
    for _ in 0..steps {
        let drawn = weights.step(&mut random);
        // Time goes on when nothing else can happen.
        let idle = matches!(drawn, PairStep::Arrive(_)) && pair.waiting() == 0;
        let step = if idle { PairStep::Tick } else { drawn };
        trace.push(step);
        step.hash(&mut digest);
        if let Err(violation) = pair.checked_step(step) {
            pair.abandon();
            return Err(Box::new(PairCounterexample { steps: trace, violation }));
        }
        pair.waiting().hash(&mut digest);
        if pair.client.is_closed() && pair.server.is_empty() && pair.waiting() == 0 {
            break;
        }
    }
    let (upgraded, closed) = (pair.is_on_websocket(), pair.at_client.closed.or(pair.closed_at_server()));
    let (failed_upgrade, harmed) = (pair.at_client.failed_upgrades > 0, pair.harmed);
    let taken = trace.len();
    match finish(pair) {
        Ok(received) => {
            let digest = digest.finish();
            Ok(PairRun { steps: taken, received, upgraded, closed, failed_upgrade, harmed, digest })
        }
        Err(violation) => Err(Box::new(PairCounterexample { steps: trace, violation })),
    }
}

/// Takes these steps with the settings of a seed, and ends as [`run`] does.
///
/// # Errors
/// The steps up to the first violation.
pub fn replay(seed: u64, steps: &[PairStep]) -> Result<(), Box<PairCounterexample>> {
    let mut pair = new(seed);
    for (index, step) in steps.iter().enumerate() {
        if let Err(violation) = pair.checked_step(*step) {
            pair.abandon();
            return Err(Box::new(PairCounterexample { steps: steps[..=index].to_vec(), violation }));
        }
    }
    let ended = finish(pair).map(drop);
    ended.map_err(|violation| Box::new(PairCounterexample { steps: steps.to_vec(), violation }))
}

/// Leaves out the steps that a counterexample does not need.
#[must_use]
pub fn minimized(seed: u64, mut found: PairCounterexample) -> PairCounterexample {
    let mut chunk = found.steps.len().div_ceil(2);
    while chunk > 0 {
        let mut start = 0;
        while start < found.steps.len() {
            let end = (start + chunk).min(found.steps.len());
            let fewer = [&found.steps[..start], &found.steps[end..]].concat();
            match replay(seed, &fewer) {
                Err(smaller) if smaller.violation.invariant() == found.violation.invariant() => found = *smaller,
                Err(_) | Ok(()) => start = end,
            }
        }
        chunk /= 2;
    }
    found
}

fn new(seed: u64) -> Pair {
    let (client, server, start) = configs(seed);
    Pair::new(client, server, start)
}

fn finish(mut pair: Pair) -> Result<u32, Violation> {
    if let Err(violation) = pair.come_to_rest() {
        pair.abandon();
        return Err(violation);
    }
    let received = pair.received();
    pair.run_dry().map(|()| received)
}
