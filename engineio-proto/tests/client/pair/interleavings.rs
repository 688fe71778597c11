//! Every interleaving of the upgrade with messages in both directions, at small bounds; random ones beyond.

use super::world::{Step, World};
use crate::any_order::Random;
use engineio_proto::{Transport, Version};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// More steps than any run needs: whoever gets there goes in circles.
const ENDLESS: usize = 400;

/// What must hold when nothing is left to happen.
fn check_end(world: &World) {
    let closed = (world.client_closed.as_deref(), world.server_closed.as_deref());
    match closed {
        (None, None) => {
            assert_eq!((world.up.sent, world.down.sent), (world.up.received, world.down.received));
        }
        (client, server) => assert!(world.committed, "a failed upgrade harms no session: {client:?}, {server:?}"),
    }
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{world:?}").hash(&mut hasher);
    hasher.finish()
}

/// Walks through all that can happen, each state once. Returns how many states there are, and how many ends.
fn explore(version: Version, messages: u32, kills: u32) -> (usize, usize) {
    let mut seen = HashSet::new();
    let mut ends = 0;
    let mut paths: Vec<Vec<Step>> = vec![Vec::new()];
    while let Some(path) = paths.pop() {
        let mut world = World::new(version, messages, kills);
        path.iter().for_each(|step| world.step(*step));
        let mut path = path;
        // Goes straight on along the first of the steps; the others wait for their turn.
        loop {
            if !seen.insert(fingerprint(&world)) {
                break;
            }
            assert!(path.len() < ENDLESS, "{path:?}");
            if world.is_over() {
                check_end(&world);
                ends += 1;
            }
            let mut steps = world.steps().into_iter();
            let next = match steps.next() {
                Some(first) => first,
                None if world.is_over() => break,
                None => Step::Tick,
            };
            paths.extend(steps.map(|step| [path.as_slice(), &[step]].concat()));
            path.push(next);
            world.step(next);
        }
    }
    (seen.len(), ends)
}

#[test]
fn f22_p05_every_interleaving_of_an_upgrade_delivers_everything() {
    let (states, ends) = explore(Version::V4, 2, 0);
    assert!(states > 10_000 && ends > 50, "{states} states, {ends} ends");
}

#[test]
fn f22_p05_every_interleaving_of_an_upgrade_in_protocol_3_delivers_everything() {
    let (states, ends) = explore(Version::V3, 2, 0);
    assert!(states > 10_000 && ends > 50, "{states} states, {ends} ends");
    let (states, ends) = explore(Version::V3, 1, 1);
    assert!(states > 5000 && ends > 100, "{states} states, {ends} ends");
}

#[test]
fn p03_every_interleaving_of_an_upgrade_that_fails_somewhere_does_too() {
    let (states, ends) = explore(Version::V4, 1, 1);
    assert!(states > 5000 && ends > 100, "{states} states, {ends} ends");
}

#[test]
fn p03_every_interleaving_of_an_upgrade_that_fails_somewhere_with_more_messages() {
    let (states, ends) = explore(Version::V4, 2, 1);
    assert!(states > 100_000 && ends > 1000, "{states} states, {ends} ends");
}

#[derive(Default)]
struct Tally {
    upgraded: u32,
    failed: u32,
    closed: u32,
}

fn run(version: Version, seed: u64, tally: &mut Tally) {
    let mut random = Random(seed);
    let mut world = World::new(version, 12, random.below(2) as u32);
    let mut path = Vec::new();
    loop {
        let steps = world.steps();
        // Time may go on before what travels has arrived, but not for so long that anything but the upgrade ends.
        let slow = random.below(200) == 0 && world.next_deadline() < Duration::from_secs(15);
        let step = if steps.is_empty() || slow { Step::Tick } else { random.pick(&steps) };
        path.push(step);
        assert!(path.len() < 10 * ENDLESS, "seed {seed}: {path:?}");
        world.step(step);
        if world.is_over() {
            break;
        }
    }
    check_end(&world);
    tally.upgraded += u32::from(world.client.transport() == Some(Transport::WebSocket));
    tally.failed += world.upgrade_failed;
    tally.closed += u32::from(world.client_closed.is_some());
}

#[test]
fn random_interleavings_of_many_messages_deliver_everything() {
    let mut tally = Tally::default();
    for seed in 0..5_000 {
        run(if seed % 2 == 0 { Version::V4 } else { Version::V3 }, seed, &mut tally);
    }
    assert!(tally.upgraded > 1000 && tally.failed > 1000 && tally.closed > 50, "the runs did something");
}
