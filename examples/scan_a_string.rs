//! What personal data is in this text, why, and how does the text look without it?

use incog::pii::{Entity, Mask, Redactor, Scanner};

fn main() {
    let text = "\
2026-03-01T09:12:44.120Z INFO [billing] request 8edd824a-d1da-40c6-9cf1-c1b7e054bf14
{\"customer_email\":\"ada.lovelace@example.org\",\"dob\":\"1985-12-10\",\"amount\":933.628206982118627}
She called from +44 20 7946 0958 and paid with 4111 1111 1111 1111, version 1.2.3.4 of the app.
Her account: GB82 WEST 1234 5698 7654 32. Reference 4111 1111 1111 1112 is no card.";

    let redactor = Redactor::builder(Scanner::new()).with(Entity::CREDIT_CARD, Mask::new()).build();

    println!("before:\n{text}\n\nafter:\n{}\n\nwhy:", redactor.redact(text));
    for finding in redactor.scanner().scan(text.as_bytes()) {
        println!(
            "  bytes {:3}..{:3}  {:14} {:.3}  {}",
            finding.start(),
            finding.end(),
            finding.entity().as_str(),
            finding.confidence().value(),
            finding.reason(),
        );
    }
}
