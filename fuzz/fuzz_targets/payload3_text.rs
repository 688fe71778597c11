//! The body of a POST, protocol 3 in text.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::payload3_text(data));
