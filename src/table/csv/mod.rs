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

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod encoding;
mod reader;
mod writer;

use std::{fs::File, io::Read, path::Path};

pub use encoding::Encoding;
pub use reader::Reader;
#[cfg(feature = "pipeline")]
pub(crate) use writer::RowWriter;
pub use writer::{Writer, defused};

use crate::{
    error::{Error, Result},
    table::{ColumnBuilder, Rows, Table},
};

/// How a delimited file is written down.
///
/// # Examples
/// ```
/// use incog::table::csv::{Dialect, Encoding};
/// let dialect = Dialect::new(';')?.with_encoding(Encoding::Latin1);
/// assert_eq!((dialect.delimiter(), Dialect::default().delimiter()), (';', ','));
/// assert_eq!(Dialect::new('"').unwrap_err().kind(), incog::ErrorKind::Parameter);
/// # Ok::<(), incog::Error>(())
/// ```
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
pub fn read(input: impl Read + Send, dialect: Dialect) -> Result<Table> {
    read_with_dialect(input, dialect).map(|(table, _)| table)
}

/// Reads a table, and the dialect to write one like it: with the line end of its first line, in UTF-8.
///
/// # Errors
/// As [`read`].
///
/// # Examples
/// ```
/// use incog::table::csv::{self, Dialect, Writer};
/// let (table, like_it) = csv::read_with_dialect("age;ward\r\n34;A\r\n".as_bytes(), Dialect::new(';')?)?;
/// let mut written = Vec::new();
/// Writer::new(like_it).write_rows(&table, &[0, 0], &mut written)?;
/// assert_eq!(written, b"age;ward\r\n34;A\r\n34;A\r\n");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read_with_dialect(input: impl Read + Send, dialect: Dialect) -> Result<(Table, Dialect)> {
    let mut reader = Reader::new(input, dialect)?;
    let mut columns: Vec<ColumnBuilder> = reader.names().iter().map(|_| ColumnBuilder::default()).collect();
    let mut rows = Rows::default();
    while reader.next_rows(&mut rows)? {
        for (i, column) in columns.iter_mut().enumerate() {
            for row in 0..rows.len() {
                column.push_cell(rows.cell(row, i))?;
            }
        }
    }
    let names = reader.names().iter().cloned();
    Ok((Table::new(names.zip(columns.into_iter().map(ColumnBuilder::finish)))?, reader.dialect()))
}

/// Reads the table in the file at `path`, and the dialect to write one like it.
///
/// # Errors
/// `Data` if the file cannot be opened; as [`read`], with the path in front.
///
/// # Examples
/// ```
/// use incog::table::csv::{self, Dialect};
/// # let path = std::env::temp_dir().join(format!("incog-doc-read-{}.csv", std::process::id()));
/// # std::fs::write(&path, "age,ward\n34,A\n").unwrap();
/// let (table, _) = csv::read_path(&path, Dialect::default())?;
/// assert_eq!((table.rows(), table.names()), (1, ["age".to_owned(), "ward".to_owned()].as_slice()));
/// # std::fs::remove_file(&path).unwrap();
/// assert_eq!(csv::read_path(&path, Dialect::default()).unwrap_err().kind(), incog::ErrorKind::Data);
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read_path(path: &Path, dialect: Dialect) -> Result<(Table, Dialect)> {
    let file = File::open(path).map_err(|e| Error::unreadable(path, e))?;
    read_with_dialect(file, dialect).map_err(|e| e.context(format!("reading '{}'", path.display())))
}
