//! A client and a server, connected by a simulated network.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::pair(data));
