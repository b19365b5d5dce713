//! Recognizers of one's own against slow twins, on drawn texts, and the time that they take.

use std::ops::Range;

use incog::pii::{Recognizer, Redactor, Scanner, ScannerBuilder};
use proptest::prelude::*;
use regex_automata::{
    nfa::thompson::{self, pikevm::PikeVM},
    util::syntax,
};

use crate::pii_custom::{entity, pattern, scanner, words};

/// Patterns of all kinds: with literals, with Unicode classes and boundaries, anchored, overlapping each other.
const PATTERNS: [&str; 16] = [
    r"\ba{1,3}\b",
    r"[a-b]{1,9}@",
    r"a@|@b",
    r"\w{2,5}",
    r"(?i)AB",
    r"(?-u)\b[0-9]{2}\b",
    r".{0,20}1",
    r"(?m)^.{1,3}$",
    r"é{1,2}\b",
    r"\Bb",
    r"\b{start}b",
    r"[^a]{3}",
    r"a.{4}b",
    r"\Aa",
    r"b\z",
    r"(?-u:\xFF)",
];

fn haystack() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"a"[..],
        b"A",
        b"b",
        b"B",
        b"aa",
        b"ab",
        b"1",
        b"0",
        b"10",
        b" ",
        b"-",
        b"@",
        b"\n",
        b", ",
        "é".as_bytes(),
        "ß".as_bytes(),
        b"\xFF",
        b"\xC3",
        b"ada",
        b"lovelace",
        b"new york",
        b"york city",
    ]);
    prop_oneof![
        3 => prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()),
        1 => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|mut bytes| {
                // Nothing that is searched as something else, and no script without spaces.
                bytes.iter_mut().filter(|b| matches!(b, 0xC2 | 0xE0..=0xF4)).for_each(|b| *b = b'a');
                bytes
            }),
    ]
}

/// Pike's simulation of each pattern by itself, then the overlap rule as it is written in the documentation.
fn slow(patterns: &[PikeVM], bytes: &[u8]) -> Vec<(Range<usize>, usize)> {
    let mut all = Vec::new();
    for (number, pattern) in patterns.iter().enumerate() {
        let mut cache = pattern.create_cache();
        all.extend(pattern.find_iter(&mut cache, bytes).map(|m| (m.range(), number)));
    }
    all.sort_by_key(|(range, number)| (std::cmp::Reverse(range.len()), *number, range.start));
    let mut kept: Vec<(Range<usize>, usize)> = Vec::new();
    for (range, number) in all {
        if kept.iter().all(|(other, _)| other.end <= range.start || range.end <= other.start) {
            kept.push((range, number));
        }
    }
    kept.sort_by_key(|(range, _)| range.start);
    kept
}

fn pike(regex: &str) -> PikeVM {
    PikeVM::builder()
        .syntax(syntax::Config::new().utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .build(regex)
        .unwrap()
}

fn of_patterns(numbers: &[usize]) -> Scanner {
    let name = |number: usize| entity(&format!("P{number:02}"));
    let builder = numbers.iter().enumerate().fold(Scanner::builder(), |b, (place, &number)| {
        b.recognizer(Recognizer::pattern(name(place), PATTERNS[number]).unwrap())
    });
    builder.entities((0..numbers.len()).map(name)).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn patterns_find_what_a_naive_search_finds(
        bytes in haystack(),
        numbers in prop::collection::vec(0..PATTERNS.len(), 1..6),
        repeat in prop_oneof![4 => Just(1usize), 1 => Just(60)],
    ) {
        // Repeated, it is longer than the stretches in which text that is not ASCII is searched.
        let bytes = bytes.repeat(repeat);
        let twins: Vec<PikeVM> = numbers.iter().map(|&n| pike(PATTERNS[n])).collect();
        let found = of_patterns(&numbers).scan(&bytes);
        let got: Vec<(Range<usize>, usize)> =
            found.iter().map(|f| (f.range(), f.entity().as_str()[1..].parse().unwrap())).collect();
        prop_assert_eq!(got, slow(&twins, &bytes));
        prop_assert!(found.iter().all(|f| f.start() < f.end() && f.end() <= bytes.len()));
    }

    #[test]
    fn word_lists_cover_every_occurrence_that_is_a_whole_word(bytes in haystack()) {
        let list = ["Ada", "Lovelace", "New York", "York City", "a", "ab", "1", "é", "10 a"];
        let mut covered = vec![false; bytes.len() + 1];
        let edge = |at: usize| {
            let before = bytes[..at].utf8_chunks().last().and_then(|c| {
                if c.invalid().is_empty() { c.valid().chars().last() } else { None }
            });
            let behind = bytes[at..].utf8_chunks().next().and_then(|c| c.valid().chars().next());
            let wordy = |c: char| c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}');
            !(before.is_some_and(wordy) && behind.is_some_and(wordy))
        };
        for start in 0..bytes.len() {
            for word in list.iter().flat_map(|w| [w.to_lowercase(), w.to_uppercase()]) {
                let end = start + word.len();
                if end <= bytes.len() && bytes[start..end].eq_ignore_ascii_case(word.as_bytes()) && edge(start) && edge(end) {
                    covered[start..end].fill(true);
                }
            }
        }
        let own = words(&list);
        let scanner = Scanner::builder().recognizer(own).entities([entity("OWN")]).build().unwrap();
        let findings = scanner.scan(&bytes);
        let mut got = vec![false; bytes.len() + 1];
        for finding in &findings {
            got[finding.range()].fill(true);
        }
        prop_assert_eq!(got, covered);
        prop_assert!(findings.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
    }

    #[test]
    fn findings_in_utf_8_are_whole_characters(text in "[aéßж€😀 b]{0,40}") {
        let scanner = scanner(Recognizer::pattern(entity("OWN"), r"(?s-u:.{3})").unwrap());
        for finding in scanner.scan(text.as_bytes()) {
            prop_assert!(text.get(finding.range()).is_some());
        }
    }

    #[test]
    fn redacted_text_holds_nothing_of_the_own_recognizers(text in "[ab1@é ,ADa-]{0,60}") {
        let scanner = Scanner::builder()
            .recognizer(words(&["ada", "a b", "1"]).joined())
            .recognizer(Recognizer::pattern(entity("P"), r"[ab]{1,9}@\b").unwrap())
            .build()
            .unwrap();
        let redactor = Redactor::builder(scanner).build();
        let out = redactor.redact(&text);
        prop_assert!(redactor.scanner().scan(out.as_bytes()).is_empty(), "{}", out);
    }
}

/// Seconds for one search, the best of three.
fn seconds(scanner: &Scanner, bytes: &[u8]) -> f64 {
    let run = || _ = std::hint::black_box(scanner.scan(bytes));
    (0..3).map(|_| crate::cpu::seconds(run)).fold(f64::INFINITY, f64::min)
}

#[test]
fn eight_times_the_text_does_not_take_sixty_four_times_the_time() {
    // (recognizers, what the text repeats, bytes of the shorter text). Linear searches have a ratio of 8, and up
    // to 14 where a list of findings outgrows a cache; quadratic ones have 64.
    let a: &[&str] = &["a"];
    let runs: Vec<String> = (1..=200).map(|n| "a".repeat(n)).collect();
    let long = ["a ".repeat(127) + "b"];
    let cases: Vec<(&str, Vec<Recognizer>, &str, usize)> = vec![
        ("classes before a literal", vec![pattern("[a-z]{1,64}@")], "a", 1 << 16),
        ("classes before a class", vec![pattern("[a-z]{1,64}[0-9]")], "a", 1 << 16),
        ("a literal that never comes", vec![pattern("(?-u).{0,1000}x")], "a", 1 << 13),
        ("a literal that never comes, in stretches", vec![pattern(r"(?-u).{0,1000}x\b")], "a ", 1 << 13),
        ("reads far ahead for each finding", vec![pattern("a{1000}b|a")], "a", 1 << 13),
        ("finds a literal, then reads far", vec![pattern("(?-u)ab[^b]{0,900}c|ab")], "ab", 1 << 12),
        ("literal at the end", vec![pattern(r"[a-z ]{1,500}zz\b")], "zz ", 1 << 12),
        ("Unicode boundaries", vec![pattern(r"\b\w{2,60}\b:")], "é a ", 1 << 14),
        ("too many states", vec![pattern("a.{20}b")], "abacbbcaacb", 1 << 12),
        ("fifty patterns", (0..50).map(|i| pattern(&format!("a{{1,{}}}b", i + 1))).collect(), "a", 1 << 12),
        ("a run of words", vec![words(a)], "a ", 1 << 18),
        (
            "entries of every length",
            vec![words(&runs.iter().map(String::as_str).collect::<Vec<_>>())],
            "a",
            1 << 16,
        ),
        ("an entry of many words", vec![words(&long.each_ref().map(String::as_str))], "a ", 1 << 13),
        ("joined without end", vec![words(a).joined()], "a ", 1 << 18),
        ("a label for each", vec![pattern("[0-9]").labels(["x"])], "1 ", 1 << 12),
    ];
    for (name, own, text, bytes) in cases {
        let only =
            own.into_iter().fold(Scanner::builder(), ScannerBuilder::recognizer).entities([entity("OWN")]);
        let scanner = only.build().unwrap();
        let text = text.repeat(8 * bytes / text.len() + 1);
        let ratio = || {
            let (short, long) = (&text.as_bytes()[..bytes], &text.as_bytes()[..8 * bytes]);
            let (short, long) = (seconds(&scanner, short), seconds(&scanner, long));
            println!("{name}: {:.1} MB/s, ratio {:.2}", bytes as f64 / 1e6 / short, long / short);
            long / short
        };
        // Other work on the machine may disturb one measurement; it does not make ten of them quadratic.
        assert!((0..10).any(|_| ratio() < 8.0 * 8.0_f64.sqrt()), "{name}");
    }
}
