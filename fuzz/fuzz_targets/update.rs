//! See `flightline_hostile::update`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::update(bytes));
