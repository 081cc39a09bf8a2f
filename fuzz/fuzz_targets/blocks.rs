//! See `flightline_hostile::blocks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::blocks(bytes));
