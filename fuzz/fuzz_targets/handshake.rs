//! Decoding of the handshake's JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::handshake(data));
