//! Canonical forms, tokens of columns, the way back, and the frequencies that tokens do not hide.

use std::collections::HashSet;

use incog::{
    ErrorKind,
    pseudonym::{
        CallingCode, Canonical, DateOrder, Detokenizer, Frequency, Key, Keyring, TokenCounts, Tokenizer,
    },
    table::{Column, ColumnBuilder},
};
use proptest::prelude::*;

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn tokenizer(key: &Key, domain: &str) -> Tokenizer {
    Tokenizer::new(key, domain, "MRN").unwrap()
}

fn forms() -> [Canonical; 4] {
    [
        Canonical::Email,
        Canonical::Telephone(CallingCode::new(49).unwrap()),
        Canonical::Identifier,
        Canonical::Date(DateOrder::DayFirst),
    ]
}

fn counts(resolved: u64, unresolved: u64, unknown_key: u64) -> TokenCounts {
    let mut counts = TokenCounts::default();
    (counts.resolved, counts.unresolved, counts.unknown_key) = (resolved, unresolved, unknown_key);
    counts
}

/// A value of each form in a spelling of its own, and the same value spelled otherwise.
fn spellings() -> impl Strategy<Value = (usize, String, String)> {
    let upper = |text: &str| text.to_ascii_uppercase();
    prop_oneof![
        "[a-z0-9]{1,8}(\\.[a-z]{1,4})?@[a-z]{2,8}\\.[a-z]{2,3}".prop_map(move |e| (
            0,
            upper(&e),
            format!(" {e}")
        )),
        ("[1-9][0-9]{2}", "[0-9]{5,7}").prop_map(|(area, number)| {
            (1, format!("(0{area}) {number}"), format!("+49 {area}/{}-{}", &number[..2], &number[2..]))
        }),
        ("[0-9a-z]{2,5}", "[0-9a-z]{1,9}").prop_map(move |(a, b)| (
            2,
            format!("{a}-{b}"),
            upper(&format!("{a} {b}"))
        )),
        (1000..9999u32, 1..=12u32, 1..=28u32).prop_map(|(y, m, d)| (
            3,
            format!("{d}.{m}.{y}"),
            format!("{y}-{m:02}-{d:02}")
        )),
    ]
}

/// The tokens of canonical forms, pinned: a changed one would silently break every join.
/// Expected values: Python 3 hmac and hashlib.
#[test]
fn canonical_tokens_never_change_between_versions() {
    let values = ["Ana.Silva@Mail.ORG", "030 901820", "0012.ab", "9.2.2024"];
    let expected = [
        "MRN_zzgq_lh2zjfwvlnb3phnf",
        "MRN_zzgq_pfj7bzg35oglk5kz",
        "MRN_zzgq_dbipj7pue7un4e6s",
        "MRN_zzgq_ydyo5crymdqtxqwa",
    ];
    for ((form, value), expected) in forms().into_iter().zip(values).zip(expected) {
        assert_eq!(tokenizer(&key(7), "d").canonical(form).token(value).unwrap(), expected);
    }
}

#[test]
fn a_canonical_column_joins_spellings_and_refuses_others_by_row() {
    let mut builder = ColumnBuilder::default();
    for cell in ["Ana@mail.org", "", "ana@MAIL.org", "bo@mail.org"] {
        if cell.is_empty() { builder.push_missing().unwrap() } else { builder.push(cell).unwrap() }
    }
    let emails = tokenizer(&key(7), "d").canonical(Canonical::Email);
    let tokens = emails.column("email", &builder.finish()).unwrap();
    assert_eq!(tokens.cell(0), tokens.cell(2));
    assert_eq!(tokens.codes()[0], tokens.codes()[2], "one value, one code");
    assert_eq!(tokens.cell(0).unwrap(), emails.token("ana@mail.org").unwrap());
    assert_ne!(tokens.cell(0), tokens.cell(3));
    assert_eq!(tokens.cell(1), None);

    for form in forms() {
        let column = Column::from_values(["2024-02-09", "CANARY !", "CANARY !"]).unwrap();
        let good = form.canonical("2024-02-09").is_ok();
        let error = tokenizer(&key(7), "d").canonical(form).column("c", &column).unwrap_err();
        let row = if good { "row 2" } else { "row 1" };
        assert_eq!(error.kind(), ErrorKind::Value);
        assert!(error.to_string().starts_with(&format!("column 'c', {row}: not ")), "{error}");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    }
}

#[test]
fn a_large_column_has_the_tokens_of_its_values() {
    let values: Vec<String> = (0..20_000).map(|i| format!("{i:07}")).collect();
    let tokenizer = tokenizer(&key(7), "d");
    let tokens = tokenizer.column("c", &Column::from_values(&values).unwrap()).unwrap();
    assert_eq!(tokens.dictionary().collect::<HashSet<_>>().len(), values.len());
    for row in (0..values.len()).step_by(997) {
        assert_eq!(tokens.cell(row).unwrap(), tokenizer.token(&values[row]));
    }
}

/// 2 * 20,000 tokens of 80 bits: an agreement by chance has a probability below 1e-15.
#[test]
fn two_domains_share_no_token_over_many_values() {
    let values: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
    let column = Column::from_values(&values).unwrap();
    let key = key(7);
    let mut seen = HashSet::new();
    for domain in ["a", "b"] {
        let plain = tokenizer(&key, domain).column("c", &column).unwrap();
        let canonical =
            tokenizer(&key, domain).canonical(Canonical::Identifier).column("c", &column).unwrap();
        for token in plain.dictionary().chain(canonical.dictionary()) {
            assert!(seen.insert(token.to_owned()), "a token of two domains or forms");
        }
    }
    assert_eq!(seen.len(), 4 * values.len());
}

#[test]
fn a_text_is_resolved_where_tokens_stand_and_nowhere_else() {
    let mut ring = Keyring::from(key(7));
    let old = tokenizer(&key(7), "d").token("4711");
    ring.add(key(8)).unwrap();
    let new = tokenizer(&key(8), "d").token("4712");
    let other_key = tokenizer(&key(9), "d").token("4711");
    let other_domain = tokenizer(&key(8), "e").token("4711");
    let back = Detokenizer::new(&ring, "d", ["4711", "4712"]).unwrap();
    let tail = &old["MRN".len()..];
    let cases = [
        (String::new(), String::new(), counts(0, 0, 0)),
        ("no token, _only_ snake_case".into(), "no token, _only_ snake_case".into(), counts(0, 0, 0)),
        (old.clone(), "4711".into(), counts(1, 0, 0)),
        (format!("{old} and {new}"), "4711 and 4712".into(), counts(2, 0, 0)),
        (format!("\"{old}\":{new},"), "\"4711\":4712,".into(), counts(2, 0, 0)),
        (format!("é{old}é{old}é"), "é4711é4711é".into(), counts(2, 0, 0)),
        // Changed by whoever passed it on: case, and words grown together.
        (format!("({})", old.to_uppercase()), "(4711)".into(), counts(1, 0, 0)),
        (format!("({})", old.to_lowercase()), "(4711)".into(), counts(1, 0, 0)),
        (format!("und{old}und"), "und4711und".into(), counts(1, 0, 0)),
        (format!("{old}{new}"), "47114712".into(), counts(2, 0, 0)),
        (format!("{old}_{new}"), "4711_4712".into(), counts(2, 0, 0)),
        // The kind is not hashed, and may hold underscores.
        (format!("a T_2_X{tail}."), "a 4711.".into(), counts(1, 0, 0)),
        (format!("{other_key} {other_domain}"), format!("{other_key} {other_domain}"), counts(0, 1, 1)),
        // Not a token: no kind, cut short, a character that base32 does not have.
        (tail.to_owned(), tail.to_owned(), counts(0, 0, 0)),
        (format!("é{tail}"), format!("é{tail}"), counts(0, 0, 0)),
        (old[..old.len() - 1].to_owned(), old[..old.len() - 1].to_owned(), counts(0, 0, 0)),
        (format!("MRN_zz1q{}", &tail[5..]), format!("MRN_zz1q{}", &tail[5..]), counts(0, 0, 0)),
    ];
    for (text, expected, expected_counts) in cases {
        assert_eq!(back.text(&text), (expected, expected_counts), "{text}");
    }
    assert_eq!(back.value(&old), Some("4711"));
    for text in ["", tail, &old[..20], &format!("{old}a"), &format!("a {old}"), &other_key, &other_domain] {
        assert_eq!(back.value(text), None, "{text}");
    }
    let shown = counts(2, 1, 0).to_string();
    assert!(shown.starts_with("2 of 3 tokens resolved; 1 are of no candidate"), "{shown}");
}

#[test]
fn a_column_is_resolved_with_its_missing_cells_and_counts_rows() {
    let token = tokenizer(&key(7), "d").token("4711");
    let mut builder = ColumnBuilder::default();
    for cell in [&token[..], &token, "seen", "MRN_aaaa_aaaaaaaaaaaaaaaa"] {
        builder.push(cell).unwrap();
    }
    builder.push_missing().unwrap();
    let back = Detokenizer::new(&Keyring::from(key(7)), "d", ["4711"]).unwrap();
    let (column, counted) = back.column(&builder.finish()).unwrap();
    let cells: Vec<_> = (0..5).map(|row| column.cell(row)).collect();
    let kept = Some("MRN_aaaa_aaaaaaaaaaaaaaaa");
    assert_eq!(cells, [Some("4711"), Some("4711"), Some("seen"), kept, None]);
    assert_eq!(counted, counts(2, 0, 1));
    assert!(!format!("{back:?}").contains("4711"));
}

#[test]
fn tokens_keep_the_frequencies_of_their_values() {
    let cells = (0..1000).map(|i| if i % 4 == 0 { "CANARY".to_owned() } else { i.to_string() });
    let column = Column::from_values(cells).unwrap();
    let tokens = tokenizer(&key(7), "d").column("c", &column).unwrap();
    let report = Frequency::of(&tokens);
    assert_eq!(report, Frequency::of(&column));
    assert!(report.warning().unwrap().starts_with("the most frequent of 751 values has 25.00 % of the rows"));
    assert!(!format!("{report} {report:?}").contains("CANARY"));
}

proptest! {
    /// The guarantee of `CanonicalTokenizer`, and of `Canonical`.
    #[test]
    fn equal_canonical_forms_have_equal_tokens_and_unequal_ones_unequal(
        (form, x, same) in spellings(), (other_form, y, _) in spellings(),
    ) {
        let (canonical, other) = (forms()[form], forms()[other_form]);
        let key = key(7);
        let tokens = tokenizer(&key, "d").canonical(canonical);
        let token = tokens.token(&x).unwrap();
        prop_assert_eq!(&token, &tokens.token(&same).unwrap());
        let fixed = canonical.canonical(&x).unwrap();
        prop_assert_eq!(&canonical.canonical(&fixed).unwrap(), &fixed);
        prop_assert_eq!(&token, &tokens.token(&fixed).unwrap());
        prop_assert_ne!(&token, &tokenizer(&key, "d").token(&fixed));

        let other_token = tokenizer(&key, "d").canonical(other).token(&y).unwrap();
        let equal = form == other_form && other.canonical(&y).unwrap() == fixed;
        prop_assert_eq!(equal, token == other_token);
        let elsewhere = tokenizer(&key, "e").canonical(canonical).token(&x).unwrap();
        prop_assert_ne!(token, elsewhere);
    }

    /// The guarantee of `Canonical`, on whatever is taken.
    #[test]
    fn canonical_forms_are_their_own_canonical_forms(text in "[ +()0-9./@a-zA-ZäÖİΣ-]{0,20}", any in ".{0,30}") {
        for form in forms() {
            for text in [&text, &any] {
                match form.canonical(text) {
                    Ok(canonical) => prop_assert_eq!(&form.canonical(&canonical).unwrap(), &canonical),
                    Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Value),
                }
            }
        }
    }

    /// The guarantee of `Detokenizer`.
    #[test]
    fn detokenizing_is_the_inverse_of_tokenizing(
        values in prop::collection::hash_set("[a-zé0-9 _.-]{1,12}", 1..20),
        strangers in prop::collection::vec("[A-Z]{1,6}", 0..5),
        gap in "[ ,;:\"a-zé.-]{1,5}", rotations in 0..3usize,
    ) {
        let mut ring = Keyring::from(key(7));
        let mut text = gap.clone();
        let mut expected = gap.clone();
        let mut resolved = 0;
        for _ in 0..=rotations {
            let tokens = tokenizer(ring.current(), "d");
            let back = Detokenizer::new(&ring, "d", &values).unwrap();
            for value in &values {
                prop_assert_eq!(back.value(&tokens.token(value)), Some(&value[..]));
                text.push_str(&format!("{}{gap}", tokens.token(value)));
                expected.push_str(&format!("{value}{gap}"));
                resolved += 1;
            }
            for stranger in &strangers {
                let token = tokens.token(stranger);
                text.push_str(&format!("{token}{gap}"));
                expected.push_str(&format!("{token}{gap}"));
            }
            ring.rotate().unwrap();
        }
        let (got, counted) = Detokenizer::new(&ring, "d", &values).unwrap().text(&text);
        prop_assert_eq!(got, expected);
        prop_assert_eq!(counted.resolved, resolved);
    }

    #[test]
    fn canonical_tokens_resolve_to_a_candidate_of_that_form((form, x, same) in spellings()) {
        let form = forms()[form];
        let ring = Keyring::from(key(7));
        let token = tokenizer(ring.current(), "d").canonical(form).token(&x).unwrap();
        let back = Detokenizer::new(&ring, "d", ["not of any form!", &same]).unwrap();
        prop_assert_eq!(back.value(&token), None);
        let back = back.canonical(form);
        prop_assert_eq!(back.value(&token), Some(&same[..]));
    }

    #[test]
    fn no_text_makes_the_way_back_panic(text in "[A-Za-z_2-7é ]{0,80}", any in ".{0,80}") {
        let back = Detokenizer::new(&Keyring::from(key(7)), "d", ["x"]).unwrap();
        for text in [text, any] {
            prop_assert_eq!(&back.text(&text).0, &text);
            prop_assert_eq!(back.value(&text), None);
        }
    }
}
