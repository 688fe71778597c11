//! Packets, cut into payloads in several ways.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::chunking(data));
