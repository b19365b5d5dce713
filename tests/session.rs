//! Tests of reversible sessions through the public API.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use incog::pii::{Entity, Recognizer, Restorer, ReversibleSession, Scanner, known_entities};
use proptest::prelude::*;

pub(crate) fn session() -> ReversibleSession {
    ReversibleSession::new(Scanner::new()).unwrap()
}

/// Own recognizers that find inside of words, at digits and at the words of labels.
fn greedy() -> Scanner {
    let pattern =
        |entity: &str, pattern: &str| Recognizer::pattern(Entity::new(entity).unwrap(), pattern).unwrap();
    Scanner::builder()
        .recognizer(pattern("ICD_10", "[a-e][0-9]"))
        .recognizer(pattern("MY_EMAIL_ADDRESS", "(?i)q{1,9}"))
        .recognizer(pattern("A", "[0-9]{3}x?"))
        .recognizer(
            Recognizer::words(Entity::PERSON, ["Ada", "Lovelace", "Address", "Zoë"]).unwrap().joined(),
        )
        .build()
        .unwrap()
}

/// Where a redacted text has placeholders, by their form; with letters that stand right before one.
fn places(text: &str) -> Vec<Range<usize>> {
    let (mut places, bytes) = (Vec::new(), text.as_bytes());
    for end in 8..=text.len() {
        let (label, code) = bytes[..end].split_at(end - 6);
        let (letters, digits) = code.split_at(2);
        let of_label = |b: &&u8| b.is_ascii_alphabetic() || **b == b'_';
        if letters.iter().all(u8::is_ascii_uppercase)
            && digits.iter().all(u8::is_ascii_digit)
            && label.ends_with(b"_")
        {
            places.push(end - 6 - label.iter().rev().take_while(of_label).count()..end);
        }
    }
    places
}

/// The placeholders of a redacted text.
pub(crate) fn placeholders(text: &str) -> Vec<&str> {
    places(text).into_iter().map(|place| &text[place]).collect()
}

/// What the restorer says in a loop over all values and all places: the slow twin.
fn restored_slowly(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    'text: while let Some(first) = rest.chars().next() {
        for (placeholder, value) in values {
            for end in (0..=rest.len().min(140)).filter(|&end| rest.is_char_boundary(end)) {
                if rest[..end].replace("\\_", "_").eq_ignore_ascii_case(placeholder) {
                    out.push_str(value);
                    rest = &rest[end..];
                    continue 'text;
                }
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// `text` cut at the characters that `cuts` say, pushed one by one.
fn in_chunks(mut restorer: Restorer, text: &str, cuts: &[usize]) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut at: BTreeSet<usize> =
        cuts.iter().filter(|_| !places.is_empty()).map(|c| places[c % places.len()]).collect();
    at.insert(text.len());
    let (mut out, mut from) = (String::new(), 0);
    for end in at {
        out.push_str(&restorer.push(&text[from..end]));
        from = end;
    }
    out + &restorer.finish()
}

pub(crate) const VALUES: [&str; 9] = [
    "ada@example.org",
    "Ada.B@Example.org",
    "+44 20 7946 0958",
    "4111-1111-1111-1111",
    "198.51.100.7",
    "GB82 WEST 1234 5698 7654 32",
    "https://ada:secret@example.org/a?b=c",
    "943 476 5919 is my NHS number",
    "ssn: 536-22-8726",
];

/// So many of them are one finding from end to end.
const WHOLE: usize = 7;

/// Texts with personal data, with what looks like placeholders, and with neither.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(VALUES.to_vec()).prop_map(str::to_owned),
        2 => "[ \\n.,:;\"'`*()<>\\[\\]{}_\\\\-]{0,3}",
        2 => "(?i)(EMAIL|URL|PHONE|PLACEHOLDER|A|MY)(\\\\?_(ADDRESS|NUMBER|B))?\\\\?_[BCDKQ]{2}[0-9]{3,5}",
        1 => "[a-zA-Z0-9_]{1,8}",
        1 => "\\PC{0,6}",
        1 => proptest::sample::select(vec!["Ada Lovelace", "phone ", "IBAN ", "card ", "qq", "d4", "Zoë", "電話"]).prop_map(str::to_owned),
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_redacted_is_restored_for_every_way_to_cut_it(
        texts in proptest::collection::vec(text(), 1..4), cuts in proptest::collection::vec(any::<usize>(), 0..20), own: bool,
    ) {
        let session = ReversibleSession::new(if own { greedy() } else { Scanner::new() }).unwrap();
        let redacted: Vec<String> = texts.iter().map(|t| session.redact(t).unwrap()).collect();
        for (text, redacted) in texts.iter().zip(&redacted) {
            prop_assert_eq!(&session.restore(redacted), text);
            prop_assert_eq!(&in_chunks(session.restorer(), redacted, &cuts), text);
            let every: Vec<usize> = (0..redacted.len()).collect();
            prop_assert_eq!(&in_chunks(session.restorer(), redacted, &every), text);
            // What a later text made known may be found in an earlier one now; then the same again is the same.
            let again = session.redact(text).unwrap();
            prop_assert_eq!(&session.restore(&again), text);
            prop_assert_eq!(session.redact(text).unwrap(), again);
        }
        prop_assert_eq!(session.unknown(), 0);
        // What was redacted is a text like any other.
        let twice = session.redact(&redacted[0]).unwrap();
        prop_assert_eq!(&session.restore(&twice), &redacted[0]);
    }

    /// Values by the caller, of which one may be part of another, in texts that hold some of them.
    #[test]
    fn no_known_value_is_left_as_a_whole_word(
        values in proptest::collection::vec("[a-zé]{4,7}( [a-z]{2,5})?|[0-9]{6,9}", 1..5), texts in proptest::collection::vec(text(), 1..3),
        places in proptest::collection::vec((any::<usize>(), any::<bool>()), 1..6),
    ) {
        let session = session();
        for value in &values {
            session.know(Entity::PERSON, value).unwrap();
        }
        for text in &texts {
            let mut text = text.clone();
            for (place, upper) in &places {
                let value = &values[place % values.len()];
                let at = (0..=text.len()).filter(|&at| text.is_char_boundary(at)).nth(place % (text.len() + 1));
                let value = if *upper { value.to_uppercase() } else { value.clone() };
                text.insert_str(at.unwrap_or(0), &value);
            }
            let redacted = session.redact(&text).unwrap();
            prop_assert_eq!(session.restore(&redacted), text.clone());
            for value in &values {
                prop_assert_eq!(known_words(&redacted, value), 0, "{} in {}", value, redacted);
            }
        }
    }

    #[test]
    fn a_search_of_redacted_text_finds_nothing_outside_of_placeholders(text in text(), own: bool) {
        let session = ReversibleSession::new(if own { greedy() } else { Scanner::new() }).unwrap();
        let redacted = session.redact(&text).unwrap();
        let places = places(&redacted);
        for finding in session.scanner().scan(redacted.as_bytes()) {
            let inside = places.iter().any(|p| p.start <= finding.start() && finding.end() <= p.end);
            prop_assert!(inside, "{} in {}", &redacted[finding.range()], redacted);
        }
    }

    #[test]
    fn no_value_of_a_prompt_is_in_what_the_model_gets(
        values in proptest::collection::vec((0..WHOLE, "[ \n]((and|to|with) |[(\"'`*]{1,2})?"), 1..12),
    ) {
        let session = session();
        let text: String = values.iter().map(|(value, between)| format!("{between}{}", VALUES[*value])).collect();
        let redacted = session.redact(&text).unwrap();
        // None could be a part of a code.
        for part in ["ada@", " 7946", "4111-", "198.51", "WEST", "secret"] {
            prop_assert!(!redacted.contains(part), "{part}: {redacted}");
        }
        prop_assert_eq!(session.restore(&redacted), text);
    }

    #[test]
    fn an_answer_in_other_case_with_quotes_and_markdown_is_restored(
        around in proptest::collection::vec(("[^A-Za-z0-9\\\\]{0,4}", 0..WHOLE, 0u8..4), 1..8),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let session = session();
        let known: Vec<String> = VALUES[..WHOLE].iter().map(|v| session.redact(v).unwrap()).collect();
        let (mut answer, mut expected) = (String::new(), String::new());
        for (mark, value, spelling) in &around {
            let placeholder = match spelling {
                0 => known[*value].clone(),
                1 => known[*value].to_lowercase(),
                2 => known[*value].replace('_', "\\_"),
                _ => known[*value].chars().enumerate().map(|(i, c)| if i % 2 == 0 { c } else { c.to_ascii_lowercase() }).collect(),
            };
            for (out, word) in [(&mut answer, placeholder.as_str()), (&mut expected, VALUES[*value])] {
                out.push_str(&format!("{mark}{word}{}", mark.chars().rev().collect::<String>()));
            }
        }
        prop_assert_eq!(&in_chunks(session.restorer(), &answer, &cuts), &expected);
        prop_assert_eq!(session.unknown(), 0);
    }

    #[test]
    fn the_restorer_does_what_its_slow_twin_does(
        pieces in proptest::collection::vec((piece(), 0usize..6, 0usize..30), 0..12), cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let session = ReversibleSession::new(greedy()).unwrap();
        let mut values = BTreeMap::new();
        for value in ["d4", "ada@example.org", "qq", "777", "Ada Lovelace"] {
            values.insert(session.redact(value).unwrap(), value.to_owned());
        }
        prop_assert_eq!(values.len(), 5);
        let known: Vec<&String> = values.keys().collect();
        let mut answer = String::new();
        for (piece, which, cut) in &pieces {
            answer.push_str(piece);
            // A placeholder, or only its beginning.
            if let Some(placeholder) = known.get(*which) {
                answer.push_str(&placeholder[..placeholder.len().min(*cut)]);
            }
        }
        let expected = restored_slowly(&answer, &values);
        prop_assert_eq!(&session.restore(&answer), &expected);
        prop_assert_eq!(&in_chunks(session.restorer(), &answer, &cuts), &expected);
    }

    #[test]
    fn what_is_held_back_is_short_and_could_be_a_placeholder(answer in "\\PC{0,40}(?i)(EMAIL_ADDRESS_[BCD]{2}|EMAIL|MAIL\\\\_ADD)?") {
        let session = session();
        let placeholder = session.redact("ada@example.org").unwrap();
        let mut restorer = session.restorer();
        let held = answer.len() - restorer.push(&answer).len();
        prop_assert!(held <= placeholder.len() + 2);
        let end = answer[answer.len() - held..].to_uppercase().replace("\\_", "_");
        prop_assert!(end.is_empty() || end.starts_with("EMAIL_ADDRESS_") || "EMAIL_ADDRESS_".starts_with(&end));
    }
}

/// The guarantee of known values; its words are told by a loop over all places.
fn known_words(text: &str, value: &str) -> usize {
    let (text, value) = (text.to_lowercase(), value.to_lowercase());
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let whole =
        |at: &usize| !word(text[..*at].chars().next_back()) && !word(text[at + value.len()..].chars().next());
    text.match_indices(&value).map(|(at, _)| at).filter(whole).count()
}

#[test]
fn equal_values_have_one_placeholder_across_turns_and_unequal_ones_have_two() {
    let session = session();
    let first = session.redact("ada@example.org and ada@example.org and Ada@example.org").unwrap();
    let words = placeholders(&first);
    assert_eq!(words.len(), 3, "{first}");
    assert_eq!(words[0], words[1]);
    assert_ne!(words[0], words[2]);
    assert!(words.iter().all(|w| w.starts_with("EMAIL_ADDRESS_")));
    let second = session.redact("again ada@example.org").unwrap();
    assert_eq!(placeholders(&second), [words[0]]);
    assert_eq!(session.values(), 2);
    // Another session has other ones.
    assert_ne!(placeholders(&self::session().redact("ada@example.org").unwrap()), [words[0]]);
}

#[test]
fn values_are_not_in_the_redacted_text_nor_in_any_debug_form() {
    let session = session();
    let text = VALUES.join("\n");
    let redacted = session.redact(&text).unwrap();
    for value in ["ada", "Ada", "7946 ", "4111-", "198.51", "WEST", "secret", "943 476", "536-22"] {
        assert!(text.contains(value) && !redacted.contains(value), "{value}: {redacted}");
    }
    let mut restorer = session.restorer();
    let _ = restorer.push(&redacted[..redacted.len() - 1]);
    let debug = format!("{session:?} {restorer:?}");
    assert_eq!(
        debug,
        format!(
            "ReversibleSession {{ values: {}, unknown: 0, .. }} Restorer {{ held: {}, unknown: 0, .. }}",
            session.values(),
            placeholders(&redacted).last().unwrap().len() - 1
        )
    );
}

#[test]
fn a_text_in_the_form_of_a_placeholder_comes_back() {
    let session = session();
    let known = session.redact("ada@example.org").unwrap();
    for text in [
        known.clone(),
        known.to_lowercase(),
        known.replace('_', "\\_"),
        format!("{known}{known}"),
        format!("MY_{known}9 ada@example.org{known}"),
        "EMAIL_ADDRESS_BB0000".to_owned(),
        format!("{}ada@example.org", &known[..known.len() - 3]),
        format!("_{known}_ x_bb0000"),
    ] {
        let redacted = session.redact(&text).unwrap();
        assert!(!redacted.to_uppercase().contains(&known) || text.contains("ada@"), "{redacted}");
        assert_eq!(session.restore(&redacted), text);
    }
    assert_eq!(session.unknown(), 0);
}

#[test]
fn values_are_not_read_again() {
    // A value that holds the placeholder of another one.
    let scanner = Scanner::builder()
        .recognizer(Recognizer::pattern(Entity::new("NOTE").unwrap(), "<[^>]{1,200}>").unwrap())
        .build()
        .unwrap();
    let session = ReversibleSession::new(scanner).unwrap();
    let known = session.redact("ada@example.org").unwrap();
    let text = format!("<{known}>");
    let redacted = session.redact(&text).unwrap();
    assert_eq!(session.restore(&redacted), text);
}

#[test]
fn unknown_placeholders_stay_and_are_counted() {
    let session = session();
    let known = session.redact("ada@example.org").unwrap();
    let code = known.rsplit_once('_').unwrap().1;
    let text = format!(
        "EMAIL_ADDRESS_{} IBAN_{code} email\\_address\\_{code}",
        if code == "BB0000" { "CC0000" } else { "BB0000" }
    );
    let mut restorer = session.restorer();
    let restored = restorer.push(&text);
    assert!(restored.ends_with(&format!("IBAN_{code} ada@example.org")), "{restored}");
    assert_eq!((restorer.unknown(), session.unknown()), (2, 2));
    assert_eq!(in_chunks(session.restorer(), &text, &(0..99).collect::<Vec<_>>()), restored);
    assert_eq!(session.unknown(), 4);
}

/// Labels announce what follows them, so that each placeholder could make a finding of the next number, and so on.
#[test]
fn a_text_that_frees_something_again_and_again_ends_and_comes_back() {
    let session = session();
    for joined in [" ", ", ", "\n", " 1", "-"] {
        for value in ["0301234567", "536228726", "4711223344", "ada@example.org"] {
            let text = format!("phone: {}", [value; 40].join(joined));
            let redacted = session.redact(&text).unwrap();
            assert_eq!(session.restore(&redacted), text);
        }
    }
    // Each of these is found only behind the placeholder of the one before.
    let chain = (1..20).map(|i| {
        let pattern = if i == 1 { "k01".to_owned() } else { format!("(?i)A_[B-Z]{{2}}[0-9]{{4}} k{i:02}") };
        Recognizer::pattern(Entity::new("A").unwrap(), &pattern).unwrap()
    });
    let scanner =
        chain.fold(Scanner::builder(), |builder, recognizer| builder.recognizer(recognizer)).build().unwrap();
    let session = ReversibleSession::new(scanner).unwrap();
    let text = (1..20).map(|i| format!("k{i:02}")).collect::<Vec<_>>().join(" ");
    let redacted = session.redact(&text).unwrap();
    assert!(redacted.starts_with("TEXT_") && placeholders(&redacted).len() == 1, "{redacted}");
    assert_eq!(session.restore(&redacted), text);
}

#[test]
fn placeholders_of_every_entity_are_no_findings() {
    let session = session();
    for entity in known_entities() {
        let recognizer = Recognizer::pattern(entity.clone(), "§[a-z]{1,9}§").unwrap();
        let own = ReversibleSession::new(Scanner::builder().recognizer(recognizer).build().unwrap()).unwrap();
        let redacted: String = ('a'..='z')
            .map(|c| own.redact(&format!("see §{c}§ and §{c}{c}§, twice")).unwrap() + "\n")
            .collect();
        let found = session.scanner().scan(redacted.as_bytes());
        assert!(
            found.is_empty(),
            "{entity}: {:?}",
            found.iter().map(|f| &redacted[f.range()]).collect::<Vec<_>>()
        );
    }
}

#[test]
fn many_threads_agree_on_placeholders() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<ReversibleSession>();
    shared::<Restorer>();
    let session = Arc::new(session());
    let text: String = (0..200).map(|i| format!("user{i}@example.org\n")).collect();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (session, text) = (Arc::clone(&session), text.clone());
            std::thread::spawn(move || {
                let redacted = session.redact(&text).unwrap();
                assert_eq!(session.restore(&redacted), text);
                redacted
            })
        })
        .collect();
    let all: BTreeSet<String> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(session.values(), 200);
}
