//! CSV that comes in chunks.

use std::fmt;

use super::{
    CsvRedactor,
    csv::{Cells, Column},
    incomplete::{Incomplete, LIMIT, utf8},
    lexer::MARK,
    output::Output,
};
use crate::{Error, Result, num};

/// Redacts a table chunk by chunk, row by row. Made by [`CsvRedactor::stream`].
///
/// # Guarantee
/// For all texts and all ways to cut them into chunks, also inside of characters: all that is written together is what
/// [`CsvRedactor::redact`] writes for the whole text, or there is an error exactly if it has one, but for rows of more than
/// 16 MiB, which are errors here. Of the text no more than such a row is held, and a tenth of a megabyte. What is
/// undecided is not written; what stands before an error may have been written.
///
/// # Examples
/// ```
/// use incog::pii::{CsvRedactor, Redactor, Scanner};
/// let table = CsvRedactor::builder(Redactor::builder(Scanner::new()).build()).build();
/// let (mut stream, mut out) = (table.stream(), Vec::new());
/// for chunk in ["id,to\n1,ada@exam", "ple.org\n2,\"a", ",b\"\n"] {
///     stream.push(chunk.as_bytes(), &mut out)?;
/// }
/// stream.finish(&mut out)?;
/// assert_eq!(out, b"id,to\n1,[EMAIL_ADDRESS]\n2,\"a,b\"\n");
///
/// let mut stream = table.stream();
/// let error = stream.push(b"id,to\n1\n2", &mut out).unwrap_err();
/// assert!(error.to_string().starts_with("line 2: 1 cells where the header has 2 columns"));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct CsvStream<'r> {
    rows: WholeRows<'r>,
    incomplete: Incomplete,
}

struct WholeRows<'r> {
    table: &'r CsvRedactor,
    columns: Vec<Column<'r>>,
    /// The line that what is held starts in.
    line: u64,
}

impl<'r> CsvStream<'r> {
    pub(super) fn new(table: &'r CsvRedactor) -> Self {
        let rows = WholeRows { table, columns: Vec::new(), line: 1 };
        CsvStream { rows, incomplete: Incomplete::default() }
    }

    /// Takes the next chunk and appends to `out` what is decided.
    ///
    /// # Errors
    /// `Data` with the line if what came is no table, or more than 16 MiB of one row; `Refused` if a rule is for a column
    /// that the table does not have. Then nothing more is taken: every further call has an error.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.incomplete.push(chunk, |held, gone| self.rows.write(held, gone, false, out))
    }

    /// Appends the rest to `out`.
    ///
    /// # Errors
    /// As [`push`](Self::push), and if the text ends inside of quotes or is empty.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.incomplete.decide(|held, gone| self.rows.write(held, gone, true, out))?;
        if self.rows.columns.is_empty() { Err(Error::empty_table()) } else { Ok(()) }
    }
}

impl WholeRows<'_> {
    /// Writes the rows that are complete in `held`, before which so many bytes are `gone`, and says how far they go.
    fn write(&mut self, held: &[u8], gone: usize, last: bool, out: &mut Vec<u8>) -> Result<usize> {
        let text = utf8(held, gone, last)?;
        let start = gone == 0;
        if start && !last && text.len() < MARK.len_utf8() {
            return Ok(0);
        }
        let mark = if start && text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
        let mut cells = Cells::resume(text, self.table.dialect(), mark, self.line);
        let (mut written, mut row) = (Output::new(text), Vec::new());
        let (mut done, mut line) = cells.place();
        loop {
            let read = cells.row(&mut row);
            let open = cells.place().0 == text.len() && !last;
            match read {
                // Without a line end, more of it may come.
                _ if open => break,
                Ok(None) => {
                    done = text.len();
                    break;
                }
                Ok(Some(number)) => {
                    self.table.row(text, number, &row, &mut self.columns, &mut written)?;
                    let before = std::mem::replace(&mut done, cells.place().0);
                    line = cells.place().1;
                    if done - before > LIMIT {
                        return Err(Error::row_too_long(number, LIMIT));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        if text.len() - done > LIMIT {
            let ends =
                text[done..].bytes().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|&b| b == b'\n');
            return Err(Error::row_too_long(line + num::count(ends.count()), LIMIT));
        }
        self.line = line;
        written.finish_at(done, out);
        Ok(done)
    }
}

impl fmt::Debug for CsvStream<'_> {
    /// Without what is held back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvStream").field("held_back", &self.incomplete.len()).finish_non_exhaustive()
    }
}
