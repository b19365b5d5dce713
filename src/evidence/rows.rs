//! Released tables, row by row: the verifier's own reader, as docs/CARD.md section 4.2 says.
//!
//! It shares no line with the reader and the writer that made the table, and holds one row at a time.

use std::io::{BufRead, BufReader, Read};

use sha2::{Digest, Sha256};

use crate::digest::hex;

/// The cells of one row, one after the other.
#[derive(Default)]
pub(super) struct Row {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell with this number as text; none if it is not UTF-8.
    ///
    /// # Panics
    /// If there is no such cell.
    pub(super) fn cell(&self, i: usize) -> Option<&str> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        std::str::from_utf8(&self.bytes[start..self.ends[i]]).ok()
    }

    /// The cells as text; none if one is not UTF-8.
    pub(super) fn cells(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|i| self.cell(i))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

/// Reads records, and digests the bytes on the way.
pub(super) struct Rows<R> {
    input: BufReader<Digesting<R>>,
    delimiter: u8,
    started: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a line, or behind an end of line: nothing of a record is there yet.
    Fresh,
    /// Behind a delimiter.
    Start,
    Bare,
    Quoted,
    Closed,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        let input = BufReader::with_capacity(1 << 16, Digesting { input, hash: Sha256::new() });
        Rows { input, delimiter, started: false }
    }

    /// The next record into `row`; whether there was one. A line without any byte is none.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        row.clear();
        let mut state = if self.started { State::Fresh } else { self.skip_mark(row)? };
        loop {
            let chunk = self.input.fill_buf().map_err(|e| unreadable(&e))?;
            if chunk.is_empty() {
                return match state {
                    State::Fresh => Ok(false),
                    State::Quoted => Err("it ends inside quotes".to_owned()),
                    _ => {
                        row.end_cell();
                        Ok(true)
                    }
                };
            }
            let mut used = 0;
            let mut complete = false;
            while used < chunk.len() && !complete {
                let byte = chunk[used];
                used += 1;
                let ends_line = byte == b'\n' || byte == b'\r';
                state = match (state, byte) {
                    (State::Quoted, b'"') => State::Closed,
                    (State::Quoted, _) => {
                        row.bytes.push(byte);
                        State::Quoted
                    }
                    (State::Bare, b'"') => {
                        return Err("it has a quote inside a cell that does not start with one".to_owned());
                    }
                    (State::Closed, b'"') => {
                        row.bytes.push(byte);
                        State::Quoted
                    }
                    (State::Fresh | State::Start, b'"') => State::Quoted,
                    (State::Fresh, _) if ends_line => State::Fresh,
                    _ if byte == self.delimiter => {
                        row.end_cell();
                        State::Start
                    }
                    _ if ends_line => {
                        row.end_cell();
                        complete = true;
                        State::Fresh
                    }
                    (State::Closed, _) => {
                        return Err("it has text between a closing quote and the next delimiter".to_owned());
                    }
                    _ => {
                        row.bytes.push(byte);
                        // The rest of a cell without quotes in one go.
                        let rest = &chunk[used..];
                        let special = |&b: &u8| b == self.delimiter || matches!(b, b'\n' | b'\r' | b'"');
                        let run = rest.iter().position(special).unwrap_or(rest.len());
                        row.bytes.extend_from_slice(&rest[..run]);
                        used += run;
                        State::Bare
                    }
                };
            }
            self.input.consume(used);
            if complete {
                return Ok(true);
            }
        }
    }

    /// SHA-256 of the whole file, once all records are read or reading has failed.
    pub(super) fn finish(self) -> Result<String, String> {
        let mut rest = self.input.into_inner();
        std::io::copy(&mut rest, &mut std::io::sink()).map_err(|e| unreadable(&e))?;
        Ok(hex(&rest.hash.finalize()))
    }

    /// Passes over a byte order mark, however few bytes come at once.
    fn skip_mark(&mut self, row: &mut Row) -> Result<State, String> {
        self.started = true;
        for (i, expected) in MARK.iter().enumerate() {
            let chunk = self.input.fill_buf().map_err(|e| unreadable(&e))?;
            if chunk.first() != Some(expected) {
                row.bytes.extend_from_slice(&MARK[..i]);
                return Ok(if i == 0 { State::Fresh } else { State::Bare });
            }
            self.input.consume(1);
        }
        Ok(State::Fresh)
    }
}

/// U+FEFF in UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

fn unreadable(error: &std::io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// SHA-256 of what is read.
struct Digesting<R> {
    input: R,
    hash: Sha256,
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.hash.update(&buffer[..n]);
        Ok(n)
    }
}

/// SHA-256 of the bytes of `input`.
pub(super) fn digest(input: impl Read) -> Result<String, String> {
    Rows::new(input, b',').finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives one byte at a time.
    struct Drop<'a>(&'a [u8]);

    impl Read for Drop<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.len().min(1);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn records(input: impl Read) -> Result<Vec<Vec<String>>, String> {
        let mut rows = Rows::new(input, b',');
        let (mut row, mut all) = (Row::default(), Vec::new());
        while rows.next(&mut row)? {
            all.push(row.cells().map(|c| c.unwrap_or("?").to_owned()).collect());
        }
        Ok(all)
    }

    #[test]
    fn records_are_those_of_rfc_4180_in_chunks_of_every_size() {
        type Expected = Result<&'static [&'static [&'static str]], &'static str>;
        let cases: [(&str, Expected); 10] = [
            ("a,b\n1,\n", Ok(&[&["a", "b"], &["1", ""]])),
            ("\u{feff}a\r\n\r\n1", Ok(&[&["a"], &["1"]])),
            ("\"a,\"\"x\"\"\r\n\",b\r1,\"\"\n", Ok(&[&["a,\"x\"\r\n", "b"], &["1", ""]])),
            ("a\n\"\"\n", Ok(&[&["a"], &[""]])),
            ("a\n\"\"", Ok(&[&["a"], &[""]])),
            ("", Ok(&[])),
            ("\u{fefe}a\n1\n", Ok(&[&["\u{fefe}a"], &["1"]])),
            ("a,b\n5\" pipe,2\n", Err("it has a quote inside")),
            ("a\n\"x\" y\n", Err("it has text between")),
            ("a\n\"x\ny\n", Err("it ends inside quotes")),
        ];
        for (text, expected) in cases {
            for found in [records(text.as_bytes()), records(Drop(text.as_bytes()))] {
                match (&found, &expected) {
                    (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text:?}"),
                    (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{text:?}: {found}"),
                    _ => panic!("{text:?}: {found:?}"),
                }
            }
        }
    }

    #[test]
    fn the_digest_is_of_the_whole_file_whatever_was_read_of_it() {
        let text = b"a,b\n1,2\n\"x\" y\n".repeat(10_000);
        let expected = crate::evidence::sha256_hex(&text);
        let mut rows = Rows::new(&text[..], b',');
        assert!(records(&text[..]).is_err() && rows.next(&mut Row::default()).is_ok());
        assert_eq!(rows.finish().unwrap(), expected);
        assert_eq!(digest(&text[..]).unwrap(), expected);
    }
}
