#![no_main]

#[path = "../properties/accountant.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: property::Input<'_>| property::holds(input));
