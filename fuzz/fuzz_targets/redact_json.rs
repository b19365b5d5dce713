#![no_main]

#[path = "../properties/redact_json.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: &str| property::holds(input));
