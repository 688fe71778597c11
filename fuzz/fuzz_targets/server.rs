//! Steps of a server, its host and its peers against the reference model.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::server(data));
