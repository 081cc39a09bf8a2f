//! See `flightline_hostile::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::certificate(bytes));
