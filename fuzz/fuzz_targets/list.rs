//! See `flightline_hostile::list`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::list(bytes));
