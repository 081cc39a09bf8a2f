//! See `flightline_hostile::journal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::journal(bytes));
