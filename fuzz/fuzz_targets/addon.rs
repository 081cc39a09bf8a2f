//! See `flightline_hostile::addon`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flightline_hostile::addon(bytes));
