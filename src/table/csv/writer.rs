//! Tables to delimited text.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::{BufWriter, Write},
};

use super::Dialect;
use crate::{
    error::{Error, Result},
    table::Table,
};

/// Writes tables.
///
/// # Guarantee
/// For all tables and dialects, [`read`](super::read) of the written text gives back the same cells, except that cells
/// that start a formula have an apostrophe in front, and that an empty cell reads as missing.
///
/// # Examples
/// ```
/// use incog::table::{Column, Table, csv::{Dialect, Writer}};
/// let table = Table::new([("note", Column::from_values(["=1+1", "a,b"])?)])?;
/// let written = |writer: Writer| -> incog::Result<String> {
///     let mut text = Vec::new();
///     writer.write_rows(&table, &[1, 0], &mut text)?;
///     Ok(String::from_utf8(text).expect("text stays text"))
/// };
/// assert_eq!(written(Writer::new(Dialect::default()))?, "note\n\"a,b\"\n'=1+1\n");
/// assert_eq!(written(Writer::default().verbatim(["note"]))?, "note\n\"a,b\"\n=1+1\n");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    dialect: Dialect,
    verbatim: BTreeSet<String>,
}

impl Writer {
    /// A writer of `dialect` that defuses formulas in all columns.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Writer { dialect, verbatim: BTreeSet::new() }
    }

    /// The same writer, leaving the cells of `columns` as they are: for values that a person wrote into a
    /// policy or a hierarchy, not for values out of data.
    #[must_use]
    pub fn verbatim<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.verbatim.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Writes `table`, its rows in the order `rows`.
    ///
    /// # Errors
    /// `Io` if `output` fails.
    ///
    /// # Panics
    /// If a row number is outside the table.
    pub fn write_rows(&self, table: &Table, rows: &[usize], output: impl Write) -> Result<()> {
        let mut writer = RowWriter::new(self.dialect, BufWriter::new(output));
        let names: Vec<Cow<'_, str>> = table.names().iter().map(|n| defused(n)).collect();
        writer.row(names.iter().map(|n| &**n))?;
        // Defuse once per distinct value, not once per cell.
        let columns: Vec<(&[u32], Vec<Cow<'_, str>>)> = table
            .iter()
            .map(|(name, column)| {
                let verbatim = self.verbatim.contains(name);
                let cells = column.dictionary();
                (column.codes(), cells.map(|v| if verbatim { v.into() } else { defused(v) }).collect())
            })
            .collect();
        for &row in rows {
            writer.row(columns.iter().map(|(codes, cells)| &*cells[crate::num::index(codes[row])]))?;
        }
        writer.finish().map(drop)
    }

    /// Writes all rows of `table`, in its order.
    ///
    /// # Errors
    /// As [`write_rows`](Self::write_rows).
    pub fn write(&self, table: &Table, output: impl Write) -> Result<()> {
        self.write_rows(table, &(0..table.rows()).collect::<Vec<_>>(), output)
    }
}

/// Writes rows as they come.
pub(crate) struct RowWriter<W> {
    dialect: Dialect,
    output: W,
    line: Vec<u8>,
}

impl<W: Write> RowWriter<W> {
    pub(crate) fn new(dialect: Dialect, output: W) -> Self {
        RowWriter { dialect, output, line: Vec::new() }
    }

    /// Writes one row, or the header. What has to be quoted is.
    pub(crate) fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<()> {
        self.line.clear();
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.line.push(self.dialect.delimiter);
            }
            let special = |b: u8| b == self.dialect.delimiter || matches!(b, b'"' | b'\r' | b'\n');
            if cell.bytes().any(special) {
                self.line.push(b'"');
                for part in cell.split_inclusive('"') {
                    self.line.extend_from_slice(part.as_bytes());
                    if part.ends_with('"') {
                        self.line.push(b'"');
                    }
                }
                self.line.push(b'"');
            } else {
                self.line.extend_from_slice(cell.as_bytes());
            }
        }
        if self.line.is_empty() {
            // A line with nothing on it would be no row.
            self.line.extend_from_slice(b"\"\"");
        }
        self.line.extend_from_slice(if self.dialect.crlf { b"\r\n" } else { b"\n" });
        self.output.write_all(&self.line).map_err(|e| Error::io("writing the table", e))
    }

    /// The output, flushed.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.output.flush().map_err(|e| Error::io("writing the table", e))?;
        Ok(self.output)
    }
}

/// The cell, with an apostrophe in front if a spreadsheet would run it.
///
/// # Examples
/// ```
/// use incog::table::csv::defused;
/// assert_eq!(defused("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
/// assert_eq!(defused("-12.5"), "-12.5");
/// assert_eq!(defused("+1 (212) 555-0100"), "+1 (212) 555-0100");
/// ```
#[must_use]
pub fn defused(cell: &str) -> Cow<'_, str> {
    let starts_formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    // Digits and punctuation of numbers alone can call nothing.
    let harmless = || {
        cell.starts_with(['+', '-'])
            && cell.chars().any(|c| c.is_ascii_digit())
            && cell.chars().all(|c| c.is_ascii_digit() || " +-.,()/:".contains(c))
    };
    if starts_formula && !harmless() { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}
