//! Parsing of the query of a request.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::query(data));
