//! See `flightline_hostile::fault`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::fault(bytes));
