//! Inputs to a client, its host and its server.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::client(data));
