//! See `flightline_hostile::archive`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::archive(bytes));
