//! See `flightline_hostile::answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::answer(bytes));
