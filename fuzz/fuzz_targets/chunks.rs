#![no_main]

#[path = "../properties/chunks.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: (Vec<u8>, &[u8])| property::holds(input));
