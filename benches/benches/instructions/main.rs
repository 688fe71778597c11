//! Instruction counts, by callgrind: the same each time, whatever else the machine does. `benches/instructions` runs
//! this and writes down what it counts.

#![expect(unused_qualifications, reason = "in what the macros make")]

mod http;
mod proto;

use gungraun::main;

/// How often each thing is done, so that what is done now and then counts with its share.
const ROUNDS: usize = 100;

use http::server;
use proto::{codec, session};

main!(library_benchmark_groups = [codec, session, server]);
