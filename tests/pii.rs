//! Tests of the room `pii` through its public API.

use std::collections::BTreeMap;

use incog::pii::{
    Confidence, Drop, Entity, Finding, Mask, Operator, Reason, Redactor, RowDictionary, RowValue, Scanner,
    known_entities,
};
use proptest::prelude::*;

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    #[serde(default)]
    found: Vec<(String, String)>,
    #[allow(dead_code, reason = "for the reader of the file")]
    source: String,
}

/// The findings as entity and text.
fn found(scanner: &Scanner, text: &str) -> Vec<(String, String)> {
    let pair = |f: &Finding| (f.entity().to_string(), text[f.range()].to_owned());
    scanner.scan(text.as_bytes()).iter().map(pair).collect()
}

fn labels() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

#[test]
fn every_case_is_found_as_written_and_nothing_else() {
    for file in [include_str!("data/pii/findings.toml"), include_str!("data/pii/near_misses.toml")] {
        let cases: Cases = toml::from_str(file).unwrap();
        for case in cases.case {
            assert_eq!(found(&Scanner::new(), &case.text), case.found, "{}", case.name);
        }
    }
}

#[test]
fn a_github_token_with_a_wrong_checksum_is_less_sure() {
    // Body and checksum as in GitHub's article on the format; any other last character fails.
    let scanner = Scanner::builder().min_confidence(Confidence::POSSIBLE).build().unwrap();
    let wrong = format!("ghp_{}", "a".repeat(36));
    let finding = &scanner.scan(wrong.as_bytes())[0];
    assert_eq!(finding.entity(), &Entity::SECRET_GITHUB_TOKEN);
    assert!(finding.confidence() < Confidence::LIKELY);
    assert!(Scanner::new().scan(wrong.as_bytes()).is_empty());
}

#[test]
fn a_finding_prints_its_reason_and_none_of_the_text() {
    let text = "card: 4111 1111 1111 1111";
    let finding = &Scanner::new().scan(text.as_bytes())[0];
    assert_eq!(finding.range(), 6..25);
    assert_eq!(
        finding.reason().to_string(),
        "shape: 16 digits in groups of 4; check: Luhn, Visa range; label: card"
    );
    assert!(!format!("{finding:?}").contains("1111"));
    #[cfg(feature = "serde")]
    {
        let json = serde_json::to_string(finding).unwrap();
        assert!(!json.contains("1111") && json.contains("\"CREDIT_CARD\""), "{json}");
        assert_eq!(&serde_json::from_str::<Finding>(&json).unwrap(), finding);
    }
}

#[test]
fn a_label_from_outside_counts_like_one_in_the_text() {
    let scanner = Scanner::new();
    for (label, text, entity) in [
        ("customer_phone", "0301234567", Entity::PHONE_NUMBER),
        ("DateOfBirth", "31.12.1990", Entity::DATE_OF_BIRTH),
        ("ssn", "536228726", Entity::US_SSN),
    ] {
        assert!(scanner.scan(text.as_bytes()).is_empty(), "{label}");
        let findings = scanner.scan_labelled(label, text.as_bytes());
        assert_eq!(findings.len(), 1, "{label}");
        assert_eq!((findings[0].entity(), findings[0].range()), (&entity, 0..text.len()), "{label}");
    }
    assert!(scanner.scan_labelled("order_no", b"0301234567").is_empty());
}

#[test]
fn a_scanner_for_one_entity_finds_it_and_nothing_else() {
    let text = "http://198.51.100.7/?mail=ada@example.org and 4111111111111111";
    for entity in [Entity::IP_ADDRESS, Entity::EMAIL_ADDRESS, Entity::CREDIT_CARD, Entity::URL] {
        let scanner = Scanner::builder().entities([entity.clone()]).build().unwrap();
        let findings = scanner.scan(text.as_bytes());
        assert_eq!(findings.len(), 1, "{entity}");
        assert_eq!(findings[0].entity(), &entity);
    }
    let error = Scanner::builder().entities([Entity::PERSON]).build().unwrap_err();
    assert!(
        error.to_string().starts_with("no recognizer finds entity 'PERSON'; known are 'SECRET_PRIVATE_KEY'")
    );
}

#[test]
fn the_same_search_from_many_threads_gives_the_same() {
    fn shared<T: Send + Sync>() {}
    shared::<Scanner>();
    shared::<Redactor>();
    shared::<RowDictionary>();
}

#[test]
fn operators_write_what_they_say() {
    let text = "from 198.51.100.7 to ada@example.org, 4111111111111111";
    let redactor = Redactor::builder(Scanner::new())
        .with(Entity::IP_ADDRESS, Mask::new().character('#').length(3))
        .with(Entity::EMAIL_ADDRESS, Drop::new())
        .build();
    assert_eq!(redactor.redact(text), "from ### to , [CREDIT_CARD]");
}

#[test]
fn an_address_that_appears_when_another_is_dropped_is_dropped_too() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
    let text = "4111 1111 x@example.org1111 1111 and +44 20ada@example.org 7946 0958";
    let out = redactor.redact(text);
    assert!(redactor.scanner().scan(out.as_bytes()).is_empty(), "{out}");
}

#[test]
fn a_text_that_joins_anew_many_times_is_clean_in_the_end() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
    let mut text = "ada@example.org".to_owned();
    for _ in 0..40 {
        text = format!("4111 1111 1{text}111 1111");
    }
    let out = redactor.redact(&text);
    assert!(redactor.scanner().scan(out.as_bytes()).is_empty());
    assert_eq!(redactor.redact(&out), out);
}

#[test]
fn findings_from_elsewhere_are_merged_cut_and_widened() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Mask::new()).build();
    let person = |range| Finding::new(range, Entity::PERSON, Confidence::LIKELY, Reason::shape("name list"));
    let text = "Zoë met Ada Lovelace";
    // The end lies inside of `ë`, the third range beyond the text, the fourth is empty.
    let findings = [person(9..12), person(0..3), person(13..999), person(11..15), person(30..30)];
    assert_eq!(redactor.redact_findings(text, &findings), "****** met ******");
}

#[derive(Debug)]
struct LastFour;

impl Operator for LastFour {
    fn apply(&self, _: &Finding, text: &str, out: &mut String) {
        out.push('…');
        out.push_str(&text[text.len().saturating_sub(4)..]);
    }
}

#[test]
fn an_operator_of_the_users_own_may_keep_a_part() {
    let redactor = Redactor::builder(Scanner::new()).with(Entity::CREDIT_CARD, LastFour).build();
    assert_eq!(redactor.redact("4111 1111 1111 1111 ok"), "…1111 ok");
}

fn row() -> RowDictionary {
    RowDictionary::builder()
        .value("full_name", RowValue::Name, "Anna-Lena van der Müller")
        .value("phone", RowValue::Phone, "+49 30 1234567")
        .value("mail", RowValue::Email, "Anna.M@Example.org")
        .value("mrn", RowValue::Record, "MRN-0053378")
        .build()
}

#[test]
fn a_row_finds_its_own_values_in_their_variants() {
    for (text, wanted) in [
        ("Anna-Lena van der Müller came", vec!["Anna-Lena van der Müller"]),
        ("MÜLLER, Anna was seen", vec!["MÜLLER, Anna"]),
        ("A. Mueller's knee; A Muller's hip", vec!["A. Mueller", "A Muller"]),
        ("A.-L. Müller and Lena", vec!["A.-L. Müller", "Lena"]),
        ("Müllerin, Annabelle, van, der, a", vec![]),
        (
            "call 030/123 45 67 or +49 (30) 1234567 or 1234567",
            vec!["030/123 45 67", "+49 (30) 1234567", "1234567"],
        ),
        ("not 030 1234568 nor 91234567", vec![]),
        ("ANNA.M@EXAMPLE.ORG, anna.m@example.org.uk", vec!["ANNA.M@EXAMPLE.ORG", "anna"]),
        (
            "MRN 0053378, mrn0053378, #53378, 00053378, 53-378",
            vec!["MRN 0053378", "mrn0053378", "53378", "00053378", "53-378"],
        ),
        ("153378 533781 A53378", vec![]),
    ] {
        let mut findings = Vec::new();
        row().find_into(text, &mut findings);
        let found: Vec<_> = findings.iter().map(|f| &text[f.range()]).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn a_row_and_the_scanner_redact_together() {
    let text = "Patient Müller (MRN 53378), mail anna.m@example.org, pays with 4111 1111 1111 1111.";
    let out = labels().redact_row(text, &row());
    assert_eq!(
        out,
        "Patient [PERSON] ([MEDICAL_RECORD_NUMBER]), mail [EMAIL_ADDRESS], pays with [CREDIT_CARD]."
    );
    assert!(!format!("{:?}", row()).contains("ller"));
}

/// Pieces that touch in unlucky ways.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("4111 1111 1111 1111".to_owned()),
        Just("GB82WEST12345698765432".to_owned()),
        Just("ada@example.org".to_owned()),
        Just("536-22-8726".to_owned()),
        Just("+44 20 7946 0958".to_owned()),
        Just("198.51.100.7".to_owned()),
        Just("2001:db8::1:2".to_owned()),
        Just("phone ".to_owned()),
        Just("dob: 1990-12-31".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("http://a.b/".to_owned()),
        Just(" at example dot org".to_owned()),
        Just("\u{200b}４–\u{a0}é".to_owned()),
        "[0-9]{1,9}",
        "[ .,;:@/()+\\-\n\"<>_=]{1,3}",
        "[a-zA-Z]{1,6}",
        ".{0,3}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn findings_are_sorted_apart_and_inside_for_all_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let findings = Scanner::new().scan(&bytes);
        prop_assert!(findings.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
        prop_assert!(findings.iter().all(|f| f.start() < f.end() && f.end() <= bytes.len()));
    }

    #[test]
    fn findings_are_whole_characters_for_all_texts(text in pieces()) {
        let findings = Scanner::new().scan(text.as_bytes());
        prop_assert!(findings.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
        prop_assert!(findings.iter().all(|f| text.get(f.range()).is_some_and(|t| !t.is_empty())));
    }

    #[test]
    fn redacted_text_is_clean_and_stays_as_it_is(text in pieces()) {
        for redactor in [
            labels(),
            Redactor::builder(Scanner::new()).otherwise(Mask::new()).build(),
            Redactor::builder(Scanner::new()).otherwise(Drop::new()).build(),
        ] {
            let once = redactor.redact(&text);
            prop_assert_eq!(found(redactor.scanner(), &once), vec![], "{}", once);
            prop_assert_eq!(redactor.redact(&once), once.clone());
        }
    }

    #[test]
    fn bytes_outside_of_findings_are_unchanged(text in pieces()) {
        let scanner = Scanner::new();
        let findings = scanner.scan(text.as_bytes());
        let mut wanted = String::new();
        let mut from = 0;
        for finding in &findings {
            wanted.push_str(&text[from..finding.start()]);
            wanted.push_str("******");
            from = finding.end();
        }
        wanted.push_str(&text[from..]);
        let redactor = Redactor::builder(scanner).otherwise(Mask::new()).build();
        prop_assert_eq!(redactor.redact_findings(&text, &findings), wanted);
    }

    #[test]
    fn no_single_wrong_digit_passes(place in 0usize..16, step in 1u8..10) {
        let mut card = b"4111111111111111".to_vec();
        card[place] = (card[place] - b'0' + step) % 10 + b'0';
        prop_assert_eq!(Scanner::new().scan(&card).len(), 0);
        let mut iban = b"DE89370400440532013000".to_vec();
        iban[place + 2] = (iban[place + 2] - b'0' + step) % 10 + b'0';
        prop_assert_eq!(Scanner::new().scan(&iban).len(), 0);
    }

    #[test]
    fn a_value_as_it_stands_in_the_row_is_always_covered(
        name in "[A-Zé][a-zöß]{2,6} [A-Z]'?[a-z]{2,6}(-[A-Z][a-z]{2,5})?",
        phone in "[+]?[1-9][0-9]{2,4}[ /-][0-9]{5,7}",
        record in "[A-Z]{0,4}-?[0-9]{2,9}",
        before in "[ ,;(\n]",
        after in "[ ,;)\n.]",
    ) {
        let row = RowDictionary::builder()
            .value("name", RowValue::Name, &name)
            .value("phone", RowValue::Phone, &phone)
            .value("record", RowValue::Record, &record)
            .build();
        for value in [&name, &phone, &record] {
            let text = format!("x{before}{value}{after}y");
            let mut findings = Vec::new();
            row.find_into(&text, &mut findings);
            let covered = (2..2 + value.len())
                .filter(|&i| text.as_bytes()[i].is_ascii_alphanumeric())
                .all(|i| findings.iter().any(|f| f.range().contains(&i)));
            prop_assert!(covered, "{text}");
        }
    }
}

/// Looks are bounded by constants, so a search of a text twice as long takes twice the time. Here: inputs of half a
/// megabyte for which a look without a bound would take minutes each.
#[test]
fn a_search_ends_soon_for_inputs_made_to_be_slow() {
    let size = 1 << 19;
    let repeat = |piece: &str| piece.repeat(size / piece.len());
    for piece in [
        "1",
        "@",
        "1-",
        "A",
        "a@",
        "a.",
        "-",
        "-----BEGIN RSA PRIVATE KEY-----",
        "eyJ",
        "eyJ.",
        "://",
        "a://",
        "www.a?",
        "1 ",
        "::",
        "a:",
        "(1",
        "tel ",
        "1,",
        "phone 1234567\n",
        "é1",
        "\u{200b}1",
        "at ",
        "dot",
        "+1",
        "ab/",
        "ab-",
        "'1,",
        "SG.",
        "((((",
        "-----BEGIN PRIVATE KEY-----\n-----END",
        ")at(",
        "VALUES(1,",
        "a b\n,1",
    ] {
        let text = repeat(piece);
        let findings = Scanner::new().scan(text.as_bytes());
        assert!(findings.len() <= text.len());
    }
    let row = row();
    for piece in ["1", "1 ", "a ", "A. ", "@", "0", "MRN-", "van "] {
        row.find_into(&repeat(piece), &mut Vec::new());
    }
}

#[derive(serde::Deserialize)]
struct Document {
    text: String,
    spans: Vec<(usize, usize, String)>,
}

#[test]
fn the_labelled_set_is_met_to_the_floor() {
    let Ok(shared) = std::env::var("INCOG_SHARED") else {
        println!("skipped: INCOG_SHARED is not set");
        return;
    };
    let file = std::fs::read_to_string(format!("{shared}/data/pii/train_synth.jsonl")).unwrap();
    let scanner = Scanner::new();
    let mut counts: BTreeMap<String, [usize; 3]> =
        known_entities().iter().map(|entity| (entity.to_string(), [0; 3])).collect();
    let (mut negatives, mut false_findings) = (0, 0);
    for line in file.lines() {
        let document: Document = serde_json::from_str(line).unwrap();
        let found: Vec<(usize, usize, String)> = scanner
            .scan(document.text.as_bytes())
            .iter()
            .map(|f| (f.start(), f.end(), f.entity().to_string()))
            .collect();
        if document.spans.is_empty() {
            negatives += 1;
            false_findings += found.len();
        }
        for span in &found {
            let place = usize::from(!document.spans.contains(span));
            counts.entry(span.2.clone()).or_default()[place] += 1;
        }
        for span in document.spans.iter().filter(|span| !found.contains(span)) {
            if let Some(count) = counts.get_mut(&span.2) {
                count[2] += 1;
            }
        }
    }
    let f1 = |[right, wrong, missed]: [usize; 3]| 2.0 * right as f64 / (2 * right + wrong + missed) as f64;
    let total = counts.values().fold([0; 3], |sum, c| [sum[0] + c[0], sum[1] + c[1], sum[2] + c[2]]);
    println!("micro F1 {:.4}; {false_findings} false findings in {negatives} negatives", f1(total));
    for (entity, [right, wrong, missed]) in counts {
        println!("  {entity:<24} {:.4}", f1([right, wrong, missed]));
        // F1 = 2 r / (2 r + w + m) >= 0.97, in integers.
        assert!(
            200 * right >= 97 * (2 * right + wrong + missed),
            "{entity}: {right} right, {wrong} wrong, {missed} missed"
        );
    }
    assert!(1000 * false_findings <= 2 * negatives, "{false_findings} in {negatives}");
}

#[cfg(feature = "rayon")]
#[test]
fn threads_find_what_one_finds() {
    let cases: Cases = toml::from_str(include_str!("data/pii/findings.toml")).unwrap();
    let line: String = cases.case.iter().map(|case| format!("{}\n", case.text)).collect();
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n",
        "MIIEvQIBADAN4111111111111111\n".repeat(300)
    );
    let text = format!("{line}{key}").repeat(1 + (3 << 20) / (line.len() + key.len()));
    let scanner = Scanner::new();
    assert_eq!(scanner.scan_parallel(text.as_bytes()), scanner.scan(text.as_bytes()));
    let disguised = format!("{text}４１１１ １１１１ １１１１ １１１１");
    assert_eq!(scanner.scan_parallel(disguised.as_bytes()), scanner.scan(disguised.as_bytes()));
    assert!(scanner.scan_parallel(b"").is_empty());
}
