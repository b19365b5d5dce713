#![no_main]

#[path = "../properties/sums.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: property::Input| property::holds(input));
