//! See `flightline_hostile::account`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::account(bytes));
