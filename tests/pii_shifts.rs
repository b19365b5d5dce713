//! A search looks at blocks of 64 bytes: where a value stands among them decides nothing.

use incog::pii::{Finding, Redactor, Scanner};

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    text: String,
}

/// Of all files of cases: each entity, and what looks like one.
fn texts() -> Vec<String> {
    [
        include_str!("data/pii/findings.toml"),
        include_str!("data/pii/identifiers.toml"),
        include_str!("data/pii/near_misses.toml"),
        include_str!("data/pii/negatives.toml"),
    ]
    .into_iter()
    .flat_map(|file| toml::from_str::<Cases>(file).unwrap().case)
    .map(|case| case.text)
    .collect()
}

/// Values that are known by one place alone, or by how they begin.
const EDGES: [&str; 9] = [
    "::1234",
    "1::2",
    "ab-cd-ef-ab-cd-e1",
    "a1-bc-de-fa-bc-de",
    "ab:cd:ef:ab:cd:e1",
    "abcd.efab.cde1",
    "7°46'30\"N 122°25'10\"W",
    "bank code of the bic is DEUTDEFF",
    "AB.CDE.FGH/IJKL-80 ",
];

/// So many bytes that are nothing: empty lines, or such with what keeps a search awake. The first line is empty, so no text
/// is one of a table.
fn before(bytes: usize, busy: bool) -> String {
    let line = if busy { "\n7, x@;" } else { "\n" };
    let mut text = line.repeat(bytes).chars().take(bytes.saturating_sub(2)).collect::<String>();
    text.push_str("\n\n");
    text
}

/// What is found, from the start of the text on.
fn found(scanner: &Scanner, text: &str, before: &str, behind: &str) -> Vec<(usize, usize, String)> {
    let whole = format!("{before}{text}{behind}");
    let place = |f: &Finding| (f.start() - before.len(), f.end() - before.len(), f.entity().to_string());
    scanner.scan(whole.as_bytes()).iter().map(place).collect()
}

#[test]
fn what_is_found_does_not_depend_on_where_a_block_ends() {
    let scanner = Scanner::new();
    let behind = ["", "\n\n", &"\n".repeat(300)];
    for text in texts().into_iter().chain(EDGES.map(str::to_owned)) {
        let first = found(&scanner, &text, &before(64, false), "");
        for bytes in 64..=192 {
            for busy in [false, true] {
                let behind = behind[bytes % 3];
                let now = found(&scanner, &text, &before(bytes, busy), behind);
                assert_eq!(now, first, "{text}, {bytes} bytes from the start, {busy}");
            }
        }
    }
}

/// The same across the units of a long text, and the chunks of a search: thousands of bytes.
#[test]
fn what_is_replaced_does_not_depend_on_where_a_chunk_ends() {
    let redactor = Redactor::builder(Scanner::new()).build();
    for text in texts() {
        let alone = |bytes: usize| {
            let (before, behind) = (before(bytes, false), "\n".repeat(9000));
            let redacted = redactor.redact(&format!("{before}{text}{behind}")).into_owned();
            redacted.strip_prefix(&before).unwrap().to_owned()
        };
        let first = alone(64);
        for bytes in [1023, 2040, 4090, 4095, 4096, 4100, 8190, 16_380] {
            assert!(alone(bytes) == first, "{text}, {bytes} bytes from the start");
        }
    }
}

/// ISO 9362: a bank's code may have capitals alone, so that nothing but them starts a look.
#[test]
fn a_bank_code_is_found_at_every_place_and_behind_other_capitals() {
    let scanner = Scanner::new();
    for code in ["DEUTDEFF", "UNCRITMMXXX"] {
        for start in ["", "A", "AB", "ABC", "ABCD", "ABCDE", "no "] {
            for at in 20..140 {
                let text = format!("{start}{}bic: {code}", " ".repeat(at - start.len() - "bic: ".len()));
                let found = scanner.scan(text.as_bytes());
                let places: Vec<_> = found.iter().map(|f| (f.start(), f.end())).collect();
                assert_eq!(places, [(at, at + code.len())], "{text}");
            }
        }
    }
}
