//! Decoding of a binary POST body of protocol 3.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::payload3_binary(data));
