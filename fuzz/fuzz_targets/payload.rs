//! Decoding of a POST body of protocol 4.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::payload(data));
