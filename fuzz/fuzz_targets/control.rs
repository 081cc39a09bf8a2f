//! See `flightline_hostile::control`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::control(bytes));
