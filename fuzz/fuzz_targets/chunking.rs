//! Packets in payloads of several sizes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::chunking(data));
