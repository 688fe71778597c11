//! Instruction counts by callgrind, which other load on the machine does not change. `benches/counts` runs this
//! benchmark and writes the results to `benches/INSTRUCTIONS.md`.

#![expect(unused_qualifications, reason = "in code that the macros generate")]

mod http;
mod proto;

use gungraun::main;

/// The number of rounds of each benchmark. It includes a proportional share of work that is not done in every round.
const ROUNDS: usize = 100;

use http::server;
use proto::{codec, session};

main!(library_benchmark_groups = [codec, session, server]);
