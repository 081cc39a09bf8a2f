//! See `flightline_hostile::manifest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::manifest(bytes));
