//! See `flightline_hostile::bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::bundle(bytes));
