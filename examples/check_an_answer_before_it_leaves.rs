//! How do I check what a model wrote before it leaves, when some values may be in it and others must not?
//!
//! `cargo run --example check_an_answer_before_it_leaves`

use incog::pii::{Confidence, Redactor, Scanner};

/// What the user may see: what is theirs, and the house's own address. All else that is found stops the answer.
fn gate(own: &[&str]) -> incog::Result<Scanner> {
    Scanner::builder()
        .min_confidence(Confidence::POSSIBLE) // rather a question too many than a value too much
        .allow(own.iter().copied().chain(["support@example.com"]))
        .build()
}

fn main() -> incog::Result<()> {
    let scanner = gate(&["ada@example.org", "4111 1111 1111 1111"])?;
    let answers = [
        "Your card 4111 1111 1111 1111 was charged; write to support@example.com.",
        "As for bob@example.net, his IBAN is DE89 3704 0044 0532 0130 00.",
        "Set AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE and try again.",
        "Order 100200300400 left the warehouse at 10:00.",
    ];
    let mut stopped = 0;
    for answer in answers {
        let found = scanner.scan(answer.as_bytes());
        if found.is_empty() {
            println!("sent:    {answer}");
            continue;
        }
        stopped += 1;
        // The reason goes to the log; it has places and kinds, and nothing of the text.
        println!("stopped: {}", Redactor::builder(scanner.clone()).build().redact(answer));
        for finding in &found {
            println!("         {} at {:?}: {}", finding.entity(), finding.range(), finding.reason());
        }
    }
    println!("{stopped} of {} answers were stopped", answers.len());
    assert_eq!(stopped, 2);
    Ok(())
}
