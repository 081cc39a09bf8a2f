//! See `flightline_hostile::sas`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::sas(bytes));
