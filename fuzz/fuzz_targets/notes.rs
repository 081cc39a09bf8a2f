//! See `flightline_hostile::notes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::notes(bytes));
