//! Findings that come from elsewhere: what is replaced is what a loop over all characters says.

use incog::pii::{Confidence, Entity, Finding, Reason, Redactor, Scanner};

fn finding(range: std::ops::Range<usize>, entity: Entity) -> Finding {
    Finding::new(range, entity, Confidence::LIKELY, Reason::shape("a list"))
}

fn redactor() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

/// Each character that a range touches goes, and none beside it; what is outside of the text is cut.
#[test]
fn a_range_is_widened_to_whole_characters_and_cut_to_the_text() {
    for text in ["", "a", "aé漢😀b", "😀"] {
        for start in 0..=text.len() + 2 {
            for end in start..=text.len() + 2 {
                let (from, to) = (start.min(text.len()), end.min(text.len()));
                let from = (0..=from).rev().find(|&i| text.is_char_boundary(i)).unwrap();
                let to = (to..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap();
                let expected = if from < to {
                    format!("{}[PERSON]{}", &text[..from], &text[to..])
                } else {
                    text.to_owned()
                };
                let found = redactor().redact_findings(text, &[finding(start..end, Entity::PERSON)]);
                assert_eq!(found, expected, "{text} {start}..{end}");
            }
        }
    }
}

#[test]
fn findings_that_touch_stay_two_and_of_those_that_overlap_the_longest_names_all() {
    let text = "abcdefgh";
    for (first, second, expected) in [
        (0..2, 2..4, "[PERSON][URL]efgh"),
        (2..4, 0..2, "[URL][PERSON]efgh"),
        (0..3, 2..4, "[PERSON]efgh"),
        (0..2, 1..5, "[URL]fgh"),
        (3..8, 1..4, "a[PERSON]"),
        (2..3, 0..8, "[URL]"),
        (0..8, 2..3, "[PERSON]"),
    ] {
        let findings = [finding(first.clone(), Entity::PERSON), finding(second.clone(), Entity::URL)];
        assert_eq!(redactor().redact_findings(text, &findings), expected, "{first:?} {second:?}");
    }
}
