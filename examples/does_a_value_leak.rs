//! Does a value that must not leave come out of my code? Canaries, for your own tests.
//!
//! `cargo run --release --example does_a_value_leak --features audit`

use std::io::Write;

use incog::{
    assert_no_leak,
    audit::leak::{Canaries, Sink},
};

/// Your code: it writes a log, and gives back an answer.
fn handle(name: &str, log: &mut impl Write) -> std::io::Result<String> {
    writeln!(log, "a request with a name of {} letters", name.len())?;
    Ok(format!("/users/{}", name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

fn main() -> incog::Result<()> {
    // A value that no other text holds, and another one of your test data.
    let (random, name) = (Canaries::random()?, "Ada Lovelace");
    let canaries = Canaries::new([random.as_str(), name])?;

    // The log is clean. In a test this is all: it fails if not.
    assert_no_leak!(canaries, |sink| {
        let answer = handle(name, &mut sink.clone());
        println!("the log is searched, and what the code gives back: {} here", answer.is_ok());
    });

    // The answer is not: it holds the name, as hexadecimal digits.
    let answer = handle(name, &mut Sink::new()).unwrap_or_default();
    for leak in canaries.search(answer.as_bytes()) {
        println!("the answer leaks {leak}");
    }
    Ok(())
}
