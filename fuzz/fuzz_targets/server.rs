//! Inputs to a server, its host and its peers, checked against the reference model.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::server(data));
