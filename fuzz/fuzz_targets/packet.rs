//! Encoding and decoding of a packet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::packet(data));
