#![no_main]

#[path = "../properties/ff1.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: property::Input| property::holds(input));
