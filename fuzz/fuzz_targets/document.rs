//! See `flightline_hostile::document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::document(bytes));
