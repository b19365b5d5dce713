#![no_main]

#[path = "../properties/token.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: ([u8; 32], Vec<String>, String, u8)| property::holds(input));
