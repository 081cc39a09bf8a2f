//! See `flightline_hostile::refusal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::refusal(bytes));
