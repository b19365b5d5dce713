#![no_main]

#[path = "../properties/stream.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: (Vec<u16>, u8, Vec<u8>)| property::holds(input));
