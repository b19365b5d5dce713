#![no_main]

#[path = "../properties/validators.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: property::Input<'_>| property::holds(input));
