//! Decoding of the response to a client's GET.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| engineio_fuzz::targets::response(data));
