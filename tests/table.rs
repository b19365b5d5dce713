//! Tests of the room `table` through its public API.

use incog::{
    ErrorKind,
    table::{
        Rows, Table,
        csv::{self, Dialect, Reader, Writer},
    },
};
use proptest::prelude::*;

fn read(text: &[u8]) -> incog::Result<Table> {
    csv::read(text, Dialect::default())
}

type Cells = Vec<Vec<Option<String>>>;

fn cells(table: &Table) -> Cells {
    (0..table.rows())
        .map(|row| table.iter().map(|(_, column)| column.cell(row).map(str::to_owned)).collect())
        .collect()
}

#[test]
fn well_formed_texts_give_their_cells() {
    let some = |s: &str| Some(s.to_owned());
    // (name, text, rows). RFC 4180 sections 2.5-2.7 for the quoting cases.
    let cases: [(&str, &str, Cells); 7] = [
        ("plain", "a,b\n1,2\n", vec![vec![some("1"), some("2")]]),
        ("no last line end", "a,b\n1,2", vec![vec![some("1"), some("2")]]),
        ("CR LF", "a,b\r\n1,2\r\n", vec![vec![some("1"), some("2")]]),
        ("byte order mark", "\u{feff}a,b\n1,2\n", vec![vec![some("1"), some("2")]]),
        ("embedded newline", "a,b\n\"x\ny\",2\n", vec![vec![some("x\ny"), some("2")]]),
        ("doubled quote", "a,b\n\"say \"\"hi\"\"\",2\n", vec![vec![some("say \"hi\""), some("2")]]),
        ("missing", "a,b\n,2\n", vec![vec![None, some("2")]]),
    ];
    for (name, text, expected) in cases {
        let table = read(text.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(table.names(), ["a", "b"], "{name}");
        assert_eq!(cells(&table), expected, "{name}");
    }
}

#[test]
fn malformed_texts_are_refused_with_their_line_and_without_their_content() {
    let cases: [(&str, &[u8], &str); 13] = [
        ("empty", b"", "the file is empty"),
        ("only a byte order mark", b"\xef\xbb\xbf", "the file is empty"),
        ("short row", b"a,b\n1,2\nCANARY\n", "line 3: 1 cells where the header has 2 columns"),
        ("long row", b"a,b\n1,2,CANARY\n", "line 2: 3 cells where the header has 2 columns"),
        ("line after an embedded newline", b"a,b\n\"x\ny\",2\nCANARY\n", "line 4: 1 cells"),
        ("unclosed quote", b"a,b\n1,\"CANARY\n2,3\n", "line 2: a quote that opens there is never closed"),
        ("a quote that the next one closes", b"a,b\n1,\"CANARY\n2,\"x\"\n", "line 3: a quote inside a cell"),
        (
            "two byte order marks",
            b"\xef\xbb\xbf\xef\xbb\xbfa,b\n",
            "column 1 of the header has no readable name",
        ),
        ("a column without a name", b"a, \n1,2\n", "column 2 of the header has no readable name"),
        ("a stray quote", b"a,b\n1,5\" CANARY\n", "line 2: a quote inside a cell"),
        ("Latin-1", b"a,b\n1,CANARY\xe9\n", "line 2: not UTF-8; declare the encoding"),
        (
            "UTF-16",
            b"\xff\xfea\0,\0",
            "the file starts with the byte order mark of UTF-16; declare encoding = \"utf-16\"",
        ),
        ("repeated name", b"a,a\n1,2\n", "column 'a' occurs twice"),
    ];
    for (name, text, expected) in cases {
        let error = read(text).map(|_| ()).expect_err(name);
        assert!(error.to_string().starts_with(expected), "{name}: {error}");
        assert!(!error.to_string().contains("CANARY"), "{name}: {error}");
        assert_eq!(error.kind(), ErrorKind::Data, "{name}");
    }
}

#[test]
fn a_cell_that_starts_a_formula_is_defused_unless_its_column_is_verbatim() {
    let table = read(b"a,b\n=1+1,=1+1\n@x,-5\n").unwrap();
    let mut out = Vec::new();
    Writer::default().verbatim(["b"]).write(&table, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "a,b\n'=1+1,=1+1\n'@x,-5\n");
}

#[test]
fn line_ends_are_written_as_they_were_read() {
    for text in ["a;b\r\n1;2\r\n", "a;b\n\"1\r\n2\";3\n"] {
        let (table, dialect) = csv::read_with_dialect(text.as_bytes(), Dialect::new(';').unwrap()).unwrap();
        let mut out = Vec::new();
        Writer::new(dialect).write(&table, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}

#[test]
fn delimiters_that_cannot_be_told_from_quoting_are_refused() {
    for delimiter in ['"', '\n', '\r', 'é', '☃'] {
        assert_eq!(Dialect::new(delimiter).unwrap_err().kind(), ErrorKind::Parameter);
    }
}

/// Gives one byte at a time.
struct Slow<'t>(&'t [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.len().min(buffer.len()).min(1);
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn rows_are_given_in_order_with_their_numbers_whatever_is_read_at_a_time() {
    // Over several stretches of rows, with a record that is longer than the window.
    let long = "y".repeat(600_000);
    let rows: Vec<String> = (1..=20_000)
        .map(|i| if i == 9_000 { format!("{i},\"{long}\n\"\"\"") } else { format!("{i},x{i}") })
        .collect();
    let text = format!("n,text\n{}\n", rows.join("\n"));
    let mut reader = Reader::new(text.as_bytes(), Dialect::default()).unwrap();
    let (mut rows, mut expected, mut stretches) = (Rows::default(), 1u64, 0);
    while reader.next_rows(&mut rows).unwrap() {
        assert_eq!(rows.first(), expected);
        stretches += 1;
        for row in 0..rows.len() {
            assert_eq!(rows.cell(row, 0), Some(expected.to_string().as_str()));
            let text = if expected == 9_000 { format!("{long}\n\"") } else { format!("x{expected}") };
            assert_eq!(rows.cell(row, 1), Some(text.as_str()));
            expected += 1;
        }
    }
    assert_eq!(expected, 20_001);
    assert!(stretches > 2, "{stretches}");
}

proptest! {
    /// The guarantee of `Writer`, for cells that start no formula.
    #[test]
    fn written_tables_read_back_the_same(
        rows in prop::collection::vec(prop::collection::vec("[^=+@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}-][\u{0}-\u{ff}]{0,5}", 3), 0..8),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
    ) {
        let table = Table::new(["x", "y", "z"].into_iter().enumerate().map(|(i, name)| {
            (name, incog::table::Column::from_values(rows.iter().map(|r| &r[i])).unwrap())
        })).unwrap();
        let dialect = Dialect::new(delimiter).unwrap();
        let mut out = Vec::new();
        Writer::new(dialect).write(&table, &mut out).unwrap();
        prop_assert_eq!(cells(&csv::read(&out[..], dialect).unwrap()), cells(&table));
    }

    #[test]
    fn how_much_is_read_at_a_time_makes_no_difference(text in "[ab,\"\r\n\u{e9}]{0,60}") {
        let whole = csv::read(text.as_bytes(), Dialect::default());
        let slow = csv::read(Slow(text.as_bytes()), Dialect::default());
        match (whole, slow) {
            (Ok(a), Ok(b)) => {
                prop_assert_eq!(a.names(), b.names());
                prop_assert_eq!(cells(&a), cells(&b));
            }
            (a, b) => prop_assert_eq!(
                a.map(|_| ()).map_err(|e| e.to_string()),
                b.map(|_| ()).map_err(|e| e.to_string())
            ),
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }
}
