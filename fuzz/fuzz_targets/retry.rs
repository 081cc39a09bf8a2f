//! See `flightline_hostile::retry`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::retry(bytes));
