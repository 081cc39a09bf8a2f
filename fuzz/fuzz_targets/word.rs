//! See `flightline_hostile::word`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::word(bytes));
