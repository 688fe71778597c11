//! The proof of Engine.IO's core: a simulation of all that surrounds it, a reference model, and machines that look
//! for a run in which the two disagree.
//!
//! - [`World`]: a server, its host, its peers and their clock. Any sequence of [`Step`]s is a legal run; after each,
//!   [`World::check`] asserts the invariants.
//! - [`explore`]: all runs within bounds, breadth first, over the real core.
//! - [`sim`]: random runs, each of them a seed.
//! - [`scenario`]: any state in one line, and each input in each of them.
//! - [`pair`]: a client and a server, and the network between them.
//! - [`targets`]: what the fuzzers call. libFuzzer itself is only linked into the binaries of `fuzz_targets`.
//! - [`seeded`]: the bug that all this is about, put back in front of the core.
//! - [`mutants`]: faults in the core that tests must notice.
//! - [`ws`]: the WebSocket codec next to another.
//! - [`codec`]: plain codecs to hold the real ones against.
//!
//! A counterexample is a list of steps ([`Counterexample`]) that can be replayed.
#![forbid(unsafe_code)]

pub mod codec;
pub mod explore;
mod handle;
pub mod mutants;
mod outgoing;
pub mod pair;
mod random;
pub mod scenario;
pub mod seeded;
pub mod sim;
mod step;
pub mod targets;
mod trace;
mod violation;
mod world;
pub mod ws;

pub use random::Random;
pub use scenario::Scenario;
pub use step::{Body, End, Head, Kind, Step, Strange};
pub use trace::{Counterexample, replay};
pub use violation::Violation;
pub use world::{Key, World};
