//! Streams: however a text is cut, what is written is what the whole text gives.

use std::io::{Read, Write};

use incog::pii::{
    Confidence, Drop, Entity, Label, Mask, Recognizer, RedactingReader, RedactingWriter, Redactor, Scanner,
    StreamRedactor,
};
use proptest::prelude::*;

/// What texts are made of: values, halves of values, labels, gaps, and what is long.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let fixed = prop_oneof![
        Just("ada@example.org"),
        Just("4111 1111 1111 1111"),
        Just("4111111111111111"),
        Just("+1 201 555 0123"),
        Just("536-90-4399"),
        Just("ssn"),
        Just("phone:"),
        Just("DE89370400440532013000"),
        Just("DE89 3704 0044"),
        Just("0532 0130 00"),
        Just("198.51.100.7"),
        Just("8edd824a-d1da-40c6-9cf1-c1b7e054bf14"),
        Just("2024-01-15T11:30:12.120Z"),
        Just("https://example.org/a?b=c"),
        Just("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n"),
        Just("-----END RSA PRIVATE KEY-----"),
        Just("date of birth"),
        Just("1990-12-31"),
        Just("id,email,birth_date\n"),
        Just("１２３"),
        Just("４１１１"),
        Just("\u{200b}"),
        Just("é"),
        Just("漢字"),
        Just(" "),
        Just("\n"),
        Just(", "),
        Just("\""),
        Just(": "),
        Just("12"),
        Just("E-000042"),
        Just("the patient returned home"),
    ];
    prop_oneof![
        12 => fixed.prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
        1 => (1usize..600, prop_oneof![Just("a "), Just("ab12"), Just("1"), Just("1 "), Just("x@y.org "), Just(","), Just("\n"), Just("é")])
            .prop_map(|(n, unit)| unit.repeat(n).into_bytes()),
    ]
}

fn text(pieces: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(self::pieces(), 0..pieces).prop_map(|pieces| pieces.concat())
}

/// Texts longer than a unit, in lines or in one line.
fn long_text() -> impl Strategy<Value = Vec<u8>> {
    (text(40), 1usize..120, any::<bool>()).prop_map(|(text, times, lines)| {
        let text: Vec<u8> = text.repeat(times).into_iter().take(120_000).collect();
        if lines { text } else { text.into_iter().filter(|&b| b != b'\n').collect() }
    })
}

fn redactors() -> Vec<Redactor> {
    let own = Recognizer::pattern(Entity::new("STAFF_ID").unwrap(), r"\bE-\d{6}\b").unwrap();
    let scanner = Scanner::builder().recognizer(own).build().unwrap();
    let unsure = Scanner::builder().min_confidence(Confidence::new(0.2).unwrap()).build().unwrap();
    vec![
        Redactor::builder(Scanner::new()).build(),
        Redactor::builder(scanner).otherwise(Mask::new()).build(),
        Redactor::builder(unsure).otherwise(Drop::new()).with(Entity::EMAIL_ADDRESS, Label::new()).build(),
    ]
}

fn whole(redactor: &Redactor, text: &[u8]) -> Vec<u8> {
    let mut stream = StreamRedactor::new(redactor);
    let mut out = Vec::new();
    stream.push(text, &mut out);
    stream.finish(&mut out);
    out
}

fn chunked(redactor: &Redactor, text: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut stream = StreamRedactor::new(redactor);
    let (mut out, mut rest) = (Vec::new(), text);
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at((*size).min(rest.len()));
        stream.push(now, &mut out);
        rest = later;
    }
    stream.finish(&mut out);
    out
}

/// One line in which everything looks like a value, and what is dropped joins what stands on both sides: wherever units
/// end, cards appear only there.
#[test]
fn what_is_joined_across_the_end_of_a_unit_is_found() {
    let mark = Recognizer::pattern(Entity::new("MARK").unwrap(), "<x>").unwrap();
    let scanner = Scanner::builder().recognizer(mark).build().unwrap();
    let redactor = Redactor::builder(scanner).otherwise(Drop::new()).build();
    for padding in 0..50 {
        let text = "z".repeat(padding) + "," + &"4111 1111<x> 1111 1111;12<x>3-4,".repeat(2_000);
        let redacted = redactor.redact_mapped(&text);
        assert!(redactor.scanner().scan(redacted.text().as_bytes()).is_empty(), "{padding}");
        assert!(!redacted.text().contains("1111"), "{padding}");
        assert!(redacted.text().as_bytes() == chunked(&redactor, text.as_bytes(), &[1 + 997 * padding]));
        // What is left of the text is where the map says.
        for (at, c) in redacted.text().char_indices().step_by(101) {
            assert_eq!(text[redacted.original_of(at)..].chars().next(), Some(c), "{padding}: {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_way_to_cut_a_text_gives_what_the_whole_gives(
        text in long_text(),
        sizes in proptest::collection::vec(1usize..30_000, 1..6),
    ) {
        for redactor in redactors() {
            let expected = whole(&redactor, &text);
            prop_assert!(expected == chunked(&redactor, &text, &sizes));
            if let Ok(text) = std::str::from_utf8(&text) {
                prop_assert!(expected == redactor.redact(text).as_bytes());
            }
        }
    }

    #[test]
    fn every_byte_for_itself_gives_what_the_whole_gives(text in text(30)) {
        for redactor in redactors() {
            prop_assert_eq!(whole(&redactor, &text), chunked(&redactor, &text, &[1]));
        }
    }

    #[test]
    fn what_is_written_holds_nothing_to_find_but_what_operators_wrote(text in long_text()) {
        let text = String::from_utf8_lossy(&text);
        for redactor in redactors() {
            let redacted = redactor.redact_mapped(&text);
            let left: Vec<_> = redactor.scanner().scan(redacted.text().as_bytes()).into_iter().filter(|f| {
                !redacted.replacements().iter().any(|r| r.output.start <= f.start() && f.end() <= r.output.end)
            }).map(|f| (f.entity().clone(), f.range())).collect();
            prop_assert!(left.is_empty(), "{:?} of {}", left, redacted.text().len());
        }
    }

    #[test]
    fn what_is_outside_of_replacements_is_the_text(text in long_text()) {
        let text = String::from_utf8_lossy(&text);
        for redactor in redactors() {
            let redacted = redactor.redact_mapped(&text);
            let (mut original, mut output) = (0, 0);
            for r in redacted.replacements() {
                prop_assert!(r.original.start >= original && r.output.start >= output);
                prop_assert_eq!(&text[original..r.original.start], &redacted.text()[output..r.output.start]);
                (original, output) = (r.original.end, r.output.end);
            }
            prop_assert_eq!(&text[original..], &redacted.text()[output..]);
            prop_assert_eq!(redacted.text(), redactor.redact(&text));
        }
    }

    /// Units are a detail: what a search of the whole text finds is replaced, but for the rest of what has no end in sight.
    #[test]
    fn what_is_found_in_the_whole_is_replaced(text in long_text()) {
        let text = String::from_utf8_lossy(&text);
        let redactor = Redactor::builder(Scanner::new()).build();
        let redacted = redactor.redact_mapped(&text);
        for finding in redactor.scanner().scan(text.as_bytes()).into_iter().filter(|f| f.range().len() <= 20 << 10) {
            prop_assert!(
                redacted.replacements().iter().any(|r| r.original.start <= finding.start() && finding.end() <= r.original.end),
                "{:?} at {:?}", finding.entity(), finding.range()
            );
        }
    }

    #[test]
    fn offsets_lead_there_and_back(text in text(30), at in 0usize..2000) {
        let text = String::from_utf8_lossy(&text);
        let redacted = Redactor::builder(Scanner::new()).build().redact_mapped(&text);
        let at = at.min(text.len());
        let inside = redacted.replacements().iter().any(|r| r.original.contains(&at));
        if !inside {
            prop_assert_eq!(redacted.original_of(redacted.output_of(at)), at);
        }
        for r in redacted.replacements() {
            prop_assert_eq!(redacted.output_of(r.original.start), r.output.start);
        }
    }
}

/// A reader that makes a text of any length and gives a few bytes at a time.
struct Endless {
    unit: Vec<u8>,
    left: usize,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = buffer.len().min(self.left).min(7919);
        for byte in &mut buffer[..n] {
            *byte = self.unit[self.at % self.unit.len()];
            self.at += 1;
        }
        self.left -= n;
        Ok(n)
    }
}

#[test]
fn one_long_line_is_never_held_whole() {
    let redactor = Redactor::builder(Scanner::new()).build();
    for unit in [
        "a@example.org ",
        "a",
        "4",
        "AbC1+/",
        "-----BEGIN PRIVATE KEY-----",
        "https://",
        "1 ",
        "\u{200b}",
        "\u{e9}",
    ] {
        let mut source = Endless { unit: unit.as_bytes().to_vec(), left: 4 << 20, at: 0 };
        let mut stream = StreamRedactor::new(&redactor);
        let (mut chunk, mut out) = ([0; 4096], Vec::new());
        loop {
            let n = source.read(&mut chunk).unwrap();
            if n == 0 {
                break;
            }
            out.clear();
            stream.push(&chunk[..n], &mut out);
            assert!(out.len() <= 64 << 10, "{unit}: {}", out.len());
            let held: usize = {
                let shown = format!("{stream:?}");
                let from = shown.find("held_back: ").unwrap() + "held_back: ".len();
                shown[from..].split(',').next().unwrap().parse().unwrap()
            };
            assert!(held <= 24 << 10, "{unit}: {held}");
        }
    }
}

/// Letters look like no value, so a line without gaps is cut among them: also those of an address, up to its sign.
#[test]
fn an_address_over_the_end_of_a_unit_is_replaced_as_a_whole() {
    let redactor = Redactor::builder(Scanner::new()).build();
    for sign in ["@example.org", "(at)example(dot)org"] {
        for before in 0..12 {
            let line =
                format!("{}{}ada{sign}|DE89370400440532013000", "-".repeat(7 * before), "é".repeat(100))
                    .repeat(200);
            let redacted = redactor.redact_mapped(&line);
            let addresses = redactor.scanner().scan(line.as_bytes());
            let addresses = addresses.iter().filter(|f| *f.entity() == Entity::EMAIL_ADDRESS);
            let mut found = 0;
            for range in addresses.map(incog::pii::Finding::range) {
                let is_in = |r: &incog::pii::Replacement| {
                    r.original.start <= range.start && range.end <= r.original.end
                };
                assert!(redacted.replacements().iter().any(is_in), "{sign} at {range:?}");
                found += 1;
            }
            assert_eq!(found, 200, "{sign}");
        }
    }
}

#[test]
fn a_private_key_over_the_end_of_a_unit_is_one() {
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----",
        "MIIEpAIBAAKCAQEA0123456789abcdef\n".repeat(60)
    );
    let redactor = Redactor::builder(Scanner::new()).build();
    for before in [0, 15_000, 16_300, 16_370, 16_384, 19_000] {
        let text = format!("{}\n{key}\nafter\n", "line of text\n".repeat(before / 13));
        let mut out = RedactingWriter::new(&redactor, Vec::new());
        for chunk in text.as_bytes().chunks(997) {
            out.write_all(chunk).unwrap();
        }
        let (out, counts) = out.finish().unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(counts[&Entity::SECRET_PRIVATE_KEY], 1);
        assert!(out.ends_with("\n[SECRET_PRIVATE_KEY]\nafter\n") && !out.contains("MIIE"), "{before}");
    }
}

/// A key whose footer is not in sight ends the unit before it, at the last gap, however near to the start that is.
#[test]
fn units_before_a_private_key_may_be_short() {
    let redactor = Redactor::builder(Scanner::new()).build();
    for gap in [40, 60, 1_000, 2_040, 2_060, 3_000] {
        let start = format!("{}{}", "a ".repeat(gap / 2), "x".repeat(4_200 - gap));
        let lines = "MIIEpAIBAAKCAQEA0123456789abcdef ".repeat(60);
        let key = format!(
            "-----BEGIN RSA PRIVATE KEY-----{lines}-----END RSA PRIVATE KEY-----{}",
            " b".repeat(9_000)
        );
        let out = redactor.redact(&(start.clone() + &key)).into_owned();
        assert!(out.starts_with(&start[..4_000]) && !out.contains("MIIE"), "{gap}");
        assert!(chunked(&redactor, (start + &key).as_bytes(), &[1_000]) == out.as_bytes(), "{gap}");
    }
}

/// In what is no text, there is no character where a unit could end.
#[test]
fn bytes_that_are_no_characters_go_through() {
    let redactor = Redactor::builder(Scanner::new()).build();
    for byte in [0x80, 0xbf, 0xff] {
        let mut bytes = b"1 ada@example.org ".to_vec();
        bytes.resize(50_000, byte);
        let out = whole(&redactor, &[&bytes[..], b" ada@example.org"].concat());
        assert!(out.starts_with(b"1 [EMAIL_ADDRESS] ") && out.ends_with(b" [EMAIL_ADDRESS]"), "{byte}");
        // The label is as long as the address.
        assert_eq!(out.len(), 50_016, "{byte}");
        bytes[18..].iter_mut().step_by(40).for_each(|b| *b = b'7');
        assert!(whole(&redactor, &bytes) == chunked(&redactor, &bytes, &[333]), "{byte}");
    }
}

#[test]
fn an_endless_value_is_replaced_once_and_its_rest_is_not_written() {
    let redactor = Redactor::builder(Scanner::new()).build();
    let text = format!("see https://example.org/{} and go", "a1b2/".repeat(50_000));
    assert_eq!(redactor.redact(&text), "see [URL] and go");
    assert_eq!(chunked(&redactor, text.as_bytes(), &[1000]), b"see [URL] and go");
    let redacted = redactor.redact_mapped(&text);
    assert_eq!(&text[redacted.original_of(10)..], "and go");
    // It is one finding, in what is held as well as in what is counted.
    assert_eq!(redacted.replacements().len(), 1);
    assert_eq!(redacted.replacements()[0].original, 4..text.len() - 7);
    assert_eq!(redactor.counts().snapshot().replaced[&Entity::URL], 3);
    for (start, most) in [("see ", 1), ("", 2)] {
        let redactor = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
        let mut stream = StreamRedactor::new(&redactor);
        stream.push(start.as_bytes(), &mut Vec::new());
        stream.push(b"https://example.org/", &mut Vec::new());
        (0..200).for_each(|_| stream.push(&[b'a'; 20_000], &mut Vec::new()));
        let counts = stream.finish(&mut Vec::new());
        assert!((1..=most).contains(&counts[&Entity::URL]), "{counts:?}");
    }
}

/// The header of a table names the columns of all its rows, however far down.
#[test]
fn columns_keep_their_names() {
    let redactor = Redactor::builder(Scanner::new()).build();
    let rows: String = (0..20_000).map(|i| format!("{i},1990-12-{:02},ok\n", i % 28 + 1)).collect();
    let text = format!("id,birth_date,state\n{rows}");
    let out = redactor.redact(&text);
    assert_eq!(out.matches("[DATE_OF_BIRTH]").count(), 20_000);
    assert_eq!(chunked(&redactor, text.as_bytes(), &[4096]), out.as_bytes());
}

#[test]
fn a_writer_that_is_dropped_unfinished_has_written_nothing_undecided() {
    let redactor = Redactor::builder(Scanner::new()).build();
    let mut sink = Vec::new();
    let mut out = RedactingWriter::new(&redactor, &mut sink);
    out.write_all(b"from ada@exam").unwrap();
    out.flush().unwrap();
    drop(out);
    assert_eq!(sink, b"");
}

#[test]
fn a_reader_gives_the_same_for_all_sizes_of_buffers() {
    let redactor = Redactor::builder(Scanner::new()).build();
    let text = "id 17: ada@example.org, 198.51.100.7\n".repeat(3000);
    let expected = redactor.redact(&text).into_owned();
    for size in [1, 7, 4096, 1 << 20] {
        let mut reader = RedactingReader::new(&redactor, text.as_bytes());
        let (mut out, mut buffer) = (Vec::new(), vec![0; size]);
        loop {
            let n = reader.read(&mut buffer).unwrap();
            if n == 0 {
                break;
            }
            out.extend_from_slice(&buffer[..n]);
        }
        assert!(out == expected.as_bytes(), "{size}");
    }
}
