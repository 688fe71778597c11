//! Decoding of the bytes that a WebSocket peer sends.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::ws::differential(data));
