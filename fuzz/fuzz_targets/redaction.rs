//! See `flightline_hostile::redaction`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::redaction(bytes));
