//! See `flightline_hostile::request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::request(bytes));
