//! The values of a row in a text longer than a unit of redaction, wherever its units and what is around them begin.

use incog::pii::{Redactor, RowDictionary, RowValue, Scanner};

/// Characters of one to four bytes: what is around a unit begins inside of one of them as often as not.
#[test]
fn values_of_a_row_are_replaced_in_every_unit_of_a_long_text() {
    let row = RowDictionary::builder().value("full_name", RowValue::Name, "Ada Lovelace").build();
    let redactor = Redactor::builder(Scanner::new()).build();
    for filler in ["e", "é", "漢", "😀"] {
        for pad in 0..4 {
            for end in ["\n", " "] {
                let line = format!("{} Ada Lovelace{end}", filler.repeat(37));
                let text = "x".repeat(pad) + &line.repeat(60_000 / line.len());
                let redacted = redactor.redact_row(&text, &row);
                assert!(redacted == text.replace("Ada Lovelace", "[PERSON]"), "{filler} {pad} {end:?}");
            }
        }
    }
}
