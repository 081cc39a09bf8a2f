//! See `flightline_hostile::package`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::package(bytes));
