//! Tests of redaction that knows the form of its text: CSV.

use std::borrow::Cow;

use incog::{
    ErrorKind,
    pii::{CsvRedactor, CsvRedactorBuilder, Drop, Entity, Mask, Redactor, Scanner},
    table::csv::{Dialect, defused, read},
};
use proptest::prelude::*;

fn labels() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

fn csv() -> CsvRedactorBuilder {
    CsvRedactor::builder(labels())
}

#[test]
fn cells_are_redacted_and_all_else_stays() {
    // (input, output); nothing: the same.
    let cases: [(&str, Option<&str>); 13] = [
        ("id,note\n1,\"write, to ada@example.org\"\n", Some("id,note\n1,\"write, to [EMAIL_ADDRESS]\"\n")),
        // Quotes, white space, line ends, empty lines and a missing last line end stay.
        ("\u{feff}\"a\", b \r\n\r\n\"\"\"x\"\"\",\"y\r\nz\"\r\n,\"\"", None),
        ("a\rx\r\r\ny", None),
        ("a,b\n\"1\",ada@example.org\n", Some("a,b\n\"1\",[EMAIL_ADDRESS]\n")),
        ("a,b\n\"\"\"ada@example.org\"\"\",\"x\"\n", Some("a,b\n\"\"\"[EMAIL_ADDRESS]\"\"\",\"x\"\n")),
        ("a,b\n\"1\n2\n\",\"3\n198.51.100.7\"\n", Some("a,b\n\"1\n2\n\",\"3\n[IP_ADDRESS]\"\n")),
        // The name is the label.
        ("ssn,batch\n536907712,536907712\n", Some("ssn,batch\n[US_SSN],536907712\n")),
        ("\"s\"\"s\",\"ssn\"\n1,\"536907712\"\n", Some("\"s\"\"s\",\"ssn\"\n1,\"[US_SSN]\"\n")),
        // A file without names loses nothing.
        ("ada@example.org,x\neve@example.org,y\n", Some("[EMAIL_ADDRESS],x\n[EMAIL_ADDRESS],y\n")),
        // Formulas stay where nothing is found, and are defused where something is.
        ("a,b\n=1+2,-x\n", None),
        ("a,b\n=1+2 ada@example.org,2\n", Some("a,b\n'=1+2 [EMAIL_ADDRESS],2\n")),
        ("a\n", None),
        ("a,b\n,\n", None),
    ];
    for (input, output) in cases {
        let redacted = csv().build().redact(input).unwrap();
        assert_eq!(redacted, output.unwrap_or(input));
        assert_eq!(matches!(redacted, Cow::Borrowed(_)), output.is_none(), "{input}");
    }
}

#[test]
fn rules_decide_by_column() {
    let entity = |name: &str| Entity::new(name).unwrap();
    let input = "a;b;\"c\"\nada@example.org;;1\nx;y;ada@example.org\n";
    let dialect = Dialect::new(';').unwrap();
    let redact =
        |builder: CsvRedactorBuilder| builder.dialect(dialect).build().redact(input).map(Cow::into_owned);
    assert_eq!(redact(csv().keep("a").keep("c")).unwrap(), input);
    let output = "a;b;\"c\"\nada@example.org;;[C]\nx;[B];[C]\n";
    let builder = csv().keep("a").always("b", entity("B")).always("c", entity("C")).keep("c");
    assert_eq!(redact(builder).unwrap(), output);
    let error = redact(csv().always("d", entity("D"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.to_string(), "column 'd' is not in the table; it has 'a', 'b', 'c'");
}

#[test]
fn a_row_whose_only_cell_becomes_empty_is_still_a_row() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
    let csv = CsvRedactor::builder(redactor).build();
    assert_eq!(csv.redact("to\nada@example.org\nx\n").unwrap(), "to\n\"\"\nx\n");
}

#[test]
fn what_is_no_table_is_refused_with_its_line_and_without_its_content() {
    let cases: [(&str, Option<u64>); 9] = [
        ("", None),
        ("\n\r\n", None),
        ("a,b\n1,2\nCANARY\n", Some(3)),
        ("a,b\n\"1\n1\",2\nCANARY,2,3\n", Some(4)),
        ("a,b\nCANARY\",2\n", Some(2)),
        ("a,b\n1,\"CANARY\" 2\n", Some(2)),
        ("a,b\n1,\"CANARY\n\n", Some(2)),
        ("a,,CANARY\n1,2,3\n", None),
        ("a,b,a\nCANARY,2,3\n", None),
    ];
    for (text, line) in cases {
        let error = csv().build().redact(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert_eq!(error.position().and_then(|p| p.line), line, "{text:?}: {error}");
        assert!(!format!("{error:?}").contains("CANARY"), "{error}");
    }
}

/// What a stream writes of the chunks, up to its error.
fn streamed<'b>(table: &CsvRedactor, chunks: impl IntoIterator<Item = &'b [u8]>) -> (String, Option<String>) {
    let (mut stream, mut out) = (table.stream(), Vec::new());
    let pushed = chunks.into_iter().try_for_each(|chunk| stream.push(chunk, &mut out));
    let outcome = match pushed {
        Ok(()) => stream.finish(&mut out),
        Err(error) => {
            assert!(stream.push(b"x", &mut Vec::new()).is_err(), "a stream that failed goes on");
            Err(error)
        }
    };
    (String::from_utf8(out).unwrap(), outcome.err().map(|error| error.to_string()))
}

#[test]
fn a_table_without_end_is_not_held_and_a_row_without_end_is_refused() {
    let table = csv().build();
    let (mut stream, mut out) = (table.stream(), Vec::new());
    stream.push(b"id,to\n", &mut out).unwrap();
    let rows = b"17,\"ada@example.org\"\n".repeat(2_000);
    for _ in 0..200 {
        out.clear();
        stream.push(&rows, &mut out).unwrap();
        assert!(out.len() + 100 > rows.len());
    }
    let text = format!("id,to\n1,\"{}\"\n", "x".repeat(17 << 20));
    for size in [1 << 10, 1 << 20, 40 << 20] {
        let (out, error) = streamed(&table, text.as_bytes().chunks(size));
        assert!(error.unwrap().starts_with("line 2: a row of more than 16 MiB"));
        assert!(out.is_empty() || out == "id,to");
    }
    // A quote that opens and is never closed is no reason to hold the rest of the file.
    let (out, error) = streamed(&table, text.as_bytes()[..text.len() - 2].chunks(1 << 20));
    assert!("id,to\n".starts_with(&out), "{}", out.len());
    assert!(error.unwrap().contains("check the quotes"));
}

fn cells() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("ada@example.org".to_owned()),
        Just("536907712".to_owned()),
        Just("4111 1111 1111 1111".to_owned()),
        Just("198.51.100.7".to_owned()),
        "[ ,;\"\r\n=@+\\-]{1,3}",
        "[a-zé0-9]{0,5}",
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn quoted(cell: &str, always: bool) -> String {
    if always || cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The twin reads the table as the room `table` does, and redacts cell by cell.
    #[test]
    fn the_cells_of_the_output_are_those_of_a_slow_twin(
        rows in proptest::collection::vec((cells(), cells(), cells(), 0u8..8), 0..6),
        crlf: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("ssn,\"note\",x{end}");
        for (a, b, c, quotes) in &rows {
            let cell = |cell: &str, bit: u8| quoted(cell, quotes >> bit & 1 == 1);
            text += &format!("{},{},{}{end}", cell(a, 0), cell(b, 1), cell(c, 2));
        }
        for redactor in [
            labels(),
            Redactor::builder(Scanner::new()).otherwise(Mask::new()).build(),
            Redactor::builder(Scanner::new()).otherwise(Drop::new()).build(),
        ] {
            let csv = CsvRedactor::builder(redactor.clone()).build();
            let redacted = csv.redact(&text).unwrap();
            let before = read(text.as_bytes(), Dialect::default()).unwrap();
            let after = read(redacted.as_bytes(), Dialect::default()).unwrap();
            prop_assert_eq!(before.names(), after.names());
            prop_assert_eq!(before.rows(), after.rows());
            for ((name, before), (_, after)) in before.iter().zip(after.iter()) {
                for row in 0..before.len() {
                    let cell = before.cell(row).unwrap_or_default();
                    let wanted = redactor.redact_labelled(name, cell);
                    let wanted = if wanted == cell { wanted } else { Cow::Owned(defused(&wanted).into_owned()) };
                    prop_assert_eq!(after.cell(row).unwrap_or_default(), wanted);
                }
            }
            prop_assert_eq!(csv.redact(&redacted).unwrap(), redacted.clone());
        }
    }

    #[test]
    fn every_way_to_cut_a_table_gives_what_the_whole_gives(
        text in "(\u{feff})?(a,b|\"a\",\"b\"|a,a)?(\r\n|\n)([ab,\"\r\n]|ada@example\\.org|é){0,24}", sizes in prop::collection::vec(1..9usize, 1..5),
    ) {
        let table = csv().build();
        let (mut rest, mut chunks) = (text.as_bytes(), Vec::new());
        for &size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(size.min(rest.len()));
            chunks.push(now);
            rest = later;
        }
        let (out, error) = streamed(&table, chunks);
        // Before an error, one way to cut may have written less than another, but nothing else.
        let (single, _) = streamed(&table, text.as_bytes().chunks(1));
        prop_assert!(single.starts_with(&out) || out.starts_with(&single), "{single:?} and {out:?}");
        match table.redact(&text) {
            Ok(whole) => prop_assert_eq!((out, error), (whole.into_owned(), None)),
            Err(whole) => {
                prop_assert_eq!(error, Some(whole.to_string()));
            }
        }
    }

    #[test]
    fn the_same_tables_are_refused_as_in_the_room_of_tables(text in "[ab,\"\r\n]{0,24}") {
        let ours = csv().build().redact(&text);
        match read(text.as_bytes(), Dialect::default()) {
            Ok(_) => prop_assert_eq!(ours.unwrap(), text.as_str()),
            // Of two faults, one may be told there and the other here.
            Err(theirs) => prop_assert_eq!(ours.unwrap_err().kind(), theirs.kind()),
        }
    }
}
