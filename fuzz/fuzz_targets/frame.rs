//! Decoding of a WebSocket message as a packet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::frame(data));
