//! Compressed WebSocket messages.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::deflate(data));
