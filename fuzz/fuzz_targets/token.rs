//! See `flightline_hostile::token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::token(bytes));
