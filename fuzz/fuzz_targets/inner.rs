//! See `flightline_hostile::inner`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::inner(bytes));
