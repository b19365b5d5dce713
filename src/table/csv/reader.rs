//! Rows out of delimited text, a stretch at a time.
//!
//! One pass over a window of the text. A record that the window cuts is read again with more of it, so memory is that
//! of the window, of the rows that are asked for at a time, and of the longest record.
//!
//! ```text
//!   Start ──"──> Quoted ──"──> Closed ──delimiter, line end──> Start     (anything else behind a closing quote: a fault)
//!     │             ▲ └────"────┘ a doubled quote
//!     └─other─> Bare ──delimiter, line end──> Start                      (a quote in a bare cell: a fault)
//! ```

use std::{fmt, io::Read};

use memchr::memchr;

use super::Dialect;
use crate::{
    error::{Error, Result},
    num,
    table::{
        Rows,
        rows::{AT_A_TIME, STRETCH},
        window::Window,
    },
};

/// Reads a table some rows at a time.
///
/// # Guarantee
/// For all texts, every row has as many cells as the header has names, or the text is refused with the line of the first
/// fault. Memory does not grow with the number of rows.
///
/// # Examples
/// ```
/// use incog::table::{Rows, csv::{Dialect, Reader}};
/// let mut reader = Reader::new("a,b\n1,\"2\n3\"\n4\n".as_bytes(), Dialect::default())?;
/// assert_eq!(reader.names(), ["a", "b"]);
/// let error = reader.next_rows(&mut Rows::default()).unwrap_err().to_string();
/// assert!(error.starts_with("line 4: 1 cells where the header has 2 columns"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Reader<'a> {
    window: Window<'a>,
    dialect: Dialect,
    names: Vec<String>,
    /// Which bytes end a bare cell.
    special: [bool; 256],
    line: u64,
    rows: u64,
}

/// What stands at the start of the unread text.
enum Found {
    /// A record, the line where it starts, and whether CR LF ends it.
    Record {
        line: u64,
        crlf: bool,
    },
    Nothing,
}

/// The end of the window, in the middle of something.
struct Cut;

impl<'a> Reader<'a> {
    /// Reads the header of `input`.
    ///
    /// # Errors
    /// `Data` if there is none, if a column has no name or two have one, or if the text is not in the declared
    /// encoding; `Io` if `input` fails.
    pub fn new(input: impl Read + Send + 'a, dialect: Dialect) -> Result<Self> {
        let mut special = [false; 256];
        for byte in [dialect.delimiter, b'"', b'\r', b'\n'] {
            special[usize::from(byte)] = true;
        }
        let mut reader = Reader {
            window: Window::new(dialect.encoding.decode(input)?),
            dialect: Dialect { encoding: super::Encoding::Utf8, ..dialect },
            names: Vec::new(),
            special,
            line: 1,
            rows: 0,
        };
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        let Found::Record { line, crlf } = reader.record(&mut text, &mut ends)? else {
            return Err(Error::empty_table());
        };
        reader.dialect.crlf = crlf;
        reader.names = header(&checked(text, &ends, |_| line)?, &ends)?;
        Ok(reader)
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The dialect to write a table like it: with the line end of its first line, in UTF-8.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Puts the next rows into `rows`, some thousands or about a megabyte; says whether there were any.
    ///
    /// # Errors
    /// `Data` with the line number if a row is ragged, not in the declared encoding, or has quotes other than RFC 4180's;
    /// `Io` if the input fails.
    pub fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        let (text, mut ends) = rows.take();
        let mut text = text.into_bytes();
        let columns = self.names.len();
        let mut lines = Vec::new();
        while text.len() < STRETCH && lines.len() < AT_A_TIME {
            let before = ends.len();
            let Found::Record { line, .. } = self.record(&mut text, &mut ends)? else { break };
            if ends.len() - before != columns {
                return Err(Error::ragged_row(line, ends.len() - before, columns));
            }
            lines.push(line);
        }
        let read = lines.len();
        let text = checked(text, &ends, |cell| lines[cell / columns])?;
        rows.set(text, ends, columns, self.rows + 1);
        self.rows += num::count(read);
        Ok(read > 0)
    }

    /// Appends the cells of the next record.
    fn record(&mut self, text: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<Found> {
        let (length, cells) = (text.len(), ends.len());
        loop {
            match self.try_record(text, ends)? {
                Ok(found) => return Ok(found),
                Err(Cut) => {
                    text.truncate(length);
                    ends.truncate(cells);
                    self.window.fill()?;
                }
            }
        }
    }

    fn try_record(
        &mut self,
        text: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> Result<std::result::Result<Found, Cut>> {
        let (bytes, ended) = (self.window.unread(), self.window.is_whole());
        let (mut at, mut line) = (0, self.line);
        // A line with nothing on it is no record.
        while let Some(b'\n' | b'\r') = bytes.get(at) {
            line += u64::from(bytes[at] == b'\n');
            at += 1;
        }
        if at == bytes.len() {
            self.line = line;
            self.window.consume(at);
            return Ok(if ended { Ok(Found::Nothing) } else { Err(Cut) });
        }
        let start = line;
        let crlf = loop {
            if bytes.get(at) == Some(&b'"') {
                let opened = line;
                at += 1;
                loop {
                    let Some(length) = memchr(b'"', &bytes[at..]) else {
                        return if ended { Err(Error::unclosed_quote(opened)) } else { Ok(Err(Cut)) };
                    };
                    let inside = &bytes[at..at + length];
                    line += num::count(inside.iter().filter(|&&b| b == b'\n').count());
                    text.extend_from_slice(inside);
                    at += length + 1;
                    match bytes.get(at) {
                        Some(b'"') => {
                            text.push(b'"');
                            at += 1;
                        }
                        None if !ended => return Ok(Err(Cut)),
                        _ => break,
                    }
                }
            } else {
                let length = bytes[at..].iter().position(|&b| self.special[usize::from(b)]);
                let end = length.map_or(bytes.len(), |length| at + length);
                text.extend_from_slice(&bytes[at..end]);
                at = end;
            }
            ends.push(text.len());
            match bytes.get(at) {
                None if ended => break false,
                None => return Ok(Err(Cut)),
                Some(&b) if b == self.dialect.delimiter => at += 1,
                Some(b'\n') => {
                    (at, line) = (at + 1, line + 1);
                    break false;
                }
                Some(b'\r') => {
                    let crlf = match bytes.get(at + 1) {
                        None if !ended => return Ok(Err(Cut)),
                        next => next == Some(&b'\n'),
                    };
                    (at, line) = (at + 1 + usize::from(crlf), line + u64::from(crlf));
                    break crlf;
                }
                Some(_) => return Err(Error::stray_quote(line)),
            }
        };
        self.line = line;
        self.window.consume(at);
        Ok(Ok(Found::Record { line: start, crlf }))
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("names", &self.names).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// `text` if each of its cells is UTF-8; else the line of the first that is not.
fn checked(text: Vec<u8>, ends: &[usize], line_of: impl Fn(usize) -> u64) -> Result<String> {
    let text = String::from_utf8(text).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Error::not_utf8(line_of(ends.partition_point(|&end| end <= at)))
    })?;
    // Two halves of a character in neighboring cells are one in the text.
    match ends.iter().position(|&end| !text.is_char_boundary(end)) {
        Some(cell) => Err(Error::not_utf8(line_of(cell))),
        None => Ok(text),
    }
}

fn header(text: &str, ends: &[usize]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(ends.len());
    let mut start = 0;
    for &end in ends {
        let name = &text[start..end];
        start = end;
        // A second byte order mark would be taken for one when the table is read again.
        if name.trim().is_empty() || name.starts_with('\u{feff}') {
            return Err(Error::unnamed_column(names.len() + 1));
        }
        if names.iter().any(|n| n == name) {
            return Err(Error::duplicate_column(name));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}
