//! Tables from and to delimited text (feature `csv`).
//!
//! The reader is strict, because a row that shifts by one cell puts personal data into a column that was
//! declared harmless: a first line of unique names, then rows with exactly as many cells, in UTF-8 or a declared
//! [`Encoding`], with or without a byte order mark, plain or in a gzip file. Quotes protect delimiters, line ends and doubled quotes, as in RFC 4180, and a
//! quote anywhere else is refused. An empty cell is missing.
//!
//! The writer defuses formulas: a spreadsheet runs a cell that starts with `=`, `+`, `-`, `@`, tab or CR, so
//! such a cell gets an apostrophe in front unless it is made of digits and the punctuation of numbers only.
//! Source: OWASP, *CSV Injection*.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Read, Write},
    path::Path,
};

pub use super::encoding::Encoding;
use crate::{
    error::{Error, Result},
    table::{
        ColumnBuilder, Table,
        quoting::{Fault, Quoting},
    },
};

/// How a delimited file is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// The byte between two cells.
    delimiter: u8,
    /// Whether lines end in CR LF instead of LF. Both are read.
    crlf: bool,
    /// How the bytes stand for characters, when they are read; what is written is UTF-8.
    encoding: Encoding,
}

impl Dialect {
    /// Cells between `delimiter`, lines that end in LF.
    ///
    /// # Errors
    /// `Parameter` if `delimiter` is not ASCII, or is the quote, CR or LF.
    pub fn new(delimiter: char) -> Result<Self> {
        match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => {
                Ok(Dialect { delimiter: byte, crlf: false, encoding: Encoding::Utf8 })
            }
            _ => Err(Error::bad_delimiter()),
        }
    }

    /// The byte between two cells.
    #[must_use]
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// How the bytes of the file stand for characters.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The same dialect for a file in `encoding`. Tables are written in UTF-8, whatever they were read in.
    #[must_use]
    pub fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// The same dialect with the line end of the first line of `text`.
    #[must_use]
    pub fn with_line_end_of(mut self, text: &[u8]) -> Self {
        let first = text.iter().position(|&b| b == b'\n');
        self.crlf = first.is_some_and(|i| i > 0 && text[i - 1] == b'\r');
        self
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { delimiter: b',', crlf: false, encoding: Encoding::Utf8 }
    }
}

/// Reads a table.
///
/// # Errors
/// `Data` with the line number if the text is empty, ragged, not in the declared encoding, or has quotes other than
/// RFC 4180's;
/// `Io` if `input` fails.
///
/// # Examples
/// ```
/// use incog::table::csv::{self, Dialect};
/// let table = csv::read("age;ward\n34;\"A;1\"\n35;\n".as_bytes(), Dialect::new(';')?)?;
/// assert_eq!(table.column("ward")?.cell(0), Some("A;1"));
/// assert_eq!(table.column("ward")?.cell(1), None);
///
/// let error = csv::read("age;ward\n34\n".as_bytes(), Dialect::new(';')?).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 2: 1 cells where the header has 2 columns; check the delimiter and the quotes of that line"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read(input: impl Read, dialect: Dialect) -> Result<Table> {
    read_with_dialect(input, dialect).map(|(table, _)| table)
}

/// Reads a table, and the dialect to write one like it: with the line end of its first line, in UTF-8.
///
/// # Errors
/// As [`read`].
pub fn read_with_dialect(input: impl Read, mut dialect: Dialect) -> Result<(Table, Dialect)> {
    let text = dialect.encoding.decode(input)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(Quoting::new(text, dialect.delimiter));

    let mut record = ::csv::ByteRecord::new();
    let mut next = |record: &mut ::csv::ByteRecord| match reader.read_byte_record(record) {
        Ok(true) => Ok(Some(record.position().map_or(0, ::csv::Position::line))),
        Ok(false) => Ok(None),
        Err(e) => Err(match reader.get_ref().fault() {
            Some(Fault::Stray(line)) => Error::stray_quote(line),
            Some(Fault::Unclosed(line)) => Error::unclosed_quote(line),
            None => Error::io("reading the table", into_io(e)),
        }),
    };

    let Some(line) = next(&mut record)? else { return Err(Error::empty_table()) };
    let names = header(&record, line)?;
    let mut columns: Vec<ColumnBuilder> = names.iter().map(|_| ColumnBuilder::default()).collect();
    while let Some(line) = next(&mut record)? {
        if record.len() != columns.len() {
            return Err(Error::ragged_row(line, record.len(), columns.len()));
        }
        for (column, cell) in columns.iter_mut().zip(record.iter()) {
            if cell.is_empty() {
                column.push_missing()?;
            } else {
                column.push(std::str::from_utf8(cell).map_err(|_| Error::not_utf8(line))?)?;
            }
        }
    }
    dialect =
        Dialect { crlf: reader.get_ref().first_line_ends_in_crlf(), encoding: Encoding::Utf8, ..dialect };
    let table = Table::new(names.into_iter().zip(columns.into_iter().map(ColumnBuilder::finish)))?;
    Ok((table, dialect))
}

/// Reads the table in the file at `path`, and the dialect to write one like it.
///
/// # Errors
/// As [`read`], with the path in front.
pub fn read_path(path: &Path, dialect: Dialect) -> Result<(Table, Dialect)> {
    let file = File::open(path).map_err(|e| Error::unreadable(path, e))?;
    read_with_dialect(file, dialect).map_err(|e| e.context(format!("reading '{}'", path.display())))
}

/// Writes tables.
///
/// # Guarantee
/// For all tables and dialects, [`read`] of the written text gives back the same cells, except that cells
/// that start a formula have an apostrophe in front, and that an empty cell reads as missing.
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
        let failed = |e: ::csv::Error| Error::io("writing the table", into_io(e));
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(self.dialect.delimiter)
            .terminator(if self.dialect.crlf {
                ::csv::Terminator::CRLF
            } else {
                ::csv::Terminator::Any(b'\n')
            })
            .from_writer(BufWriter::new(output));
        writer.write_record(table.names().iter().map(|n| defused(n).into_owned())).map_err(failed)?;
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
            for (codes, cells) in &columns {
                writer.write_field(&*cells[crate::num::index(codes[row])]).map_err(failed)?;
            }
            writer.write_record(None::<&[u8]>).map_err(failed)?;
        }
        writer.flush().map_err(|e| Error::io("writing the table", e))
    }

    /// Writes all rows of `table`, in its order.
    ///
    /// # Errors
    /// As [`write_rows`](Self::write_rows).
    pub fn write(&self, table: &Table, output: impl Write) -> Result<()> {
        self.write_rows(table, &(0..table.rows()).collect::<Vec<_>>(), output)
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

fn header(record: &::csv::ByteRecord, line: u64) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(record.len());
    for (i, cell) in record.iter().enumerate() {
        let name = std::str::from_utf8(cell).map_err(|_| Error::not_utf8(line))?;
        // A second byte order mark would be taken for one when the table is read again.
        if name.trim().is_empty() || name.starts_with('\u{feff}') {
            return Err(Error::unnamed_column(i + 1));
        }
        if names.iter().any(|n| n == name) {
            return Err(Error::duplicate_column(name));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn into_io(error: ::csv::Error) -> std::io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(e) => e,
        // The only other kinds need UTF-8 or equal lengths, which this module checks itself.
        _ => std::io::Error::other("malformed record"),
    }
}
