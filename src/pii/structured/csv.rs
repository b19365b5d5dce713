//! CSV without what was found in it.
//!
//! The reader is as strict as [`table::csv`](crate::table::csv), and tells where each cell is, which the parser
//! under that one does not: so a cell without findings keeps its quotes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{csv_stream::CsvStream, lexer::MARK, output::Output, place::cut, ruled};
use crate::{
    Error, Result,
    pii::{Entity, Redactor},
    table::csv::{Dialect, defused},
};

/// Redacts tables, cell by cell, and leaves their form as it is.
///
/// The first line names the columns; the name of a column is the label of its cells. Names are searched as well: a file
/// without such a line loses no value by it.
///
/// # Guarantee
/// For all texts: if it is no table as [`table::csv`](crate::table::csv) reads it, an error and no output. Else the
/// output is a table with as many rows and columns; byte for byte the input, but for cells in which something is found
/// or that a rule replaces. Those are quoted as RFC 4180 needs it, and get an apostrophe in front where a spreadsheet
/// would run them. A search of each cell under the name of its column finds nothing outside of what operators wrote and
/// of what is kept. Time is linear in the length of the text.
///
/// # Examples
/// ```
/// use incog::{pii::{CsvRedactor, Entity, Redactor, Scanner}, table::csv::Dialect};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let csv = CsvRedactor::builder(redactor)
///     .dialect(Dialect::new(';')?)
///     .always("pin", Entity::new("PIN")?)
///     .build();
/// assert_eq!(
///     csv.redact("ssn;pin;note\n536907712;1;\"a;b\"\n;2;to ada@example.org\n")?,
///     "ssn;pin;note\n[US_SSN];[PIN];\"a;b\"\n;[PIN];to [EMAIL_ADDRESS]\n",
/// );
///
/// let error = csv.redact("ssn;pin\n1\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: 1 cells where the header has 2 columns"));
/// let error = csv.redact("ssn\n1\n").unwrap_err();
/// assert_eq!(error.to_string(), "column 'pin' is not in the table; it has 'ssn'");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvRedactor {
    redactor: Redactor,
    dialect: Dialect,
    rules: BTreeMap<String, Rule>,
}

/// Sets up a [`CsvRedactor`].
///
/// # Examples
/// ```
/// use incog::{pii::{CsvRedactor, Entity, Redactor, Scanner}, table::csv::Dialect};
/// let csv = CsvRedactor::builder(Redactor::builder(Scanner::new()).build())
///     .dialect(Dialect::new('\t')?)
///     .keep("office")
///     .always("name", Entity::PERSON)
///     .build();
/// assert_eq!(
///     csv.redact("name\toffice\tmail\nAda\toffice@example.org\tada@example.org\n")?,
///     "name\toffice\tmail\n[PERSON]\toffice@example.org\t[EMAIL_ADDRESS]\n",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct CsvRedactorBuilder {
    redactor: Redactor,
    dialect: Dialect,
    rules: BTreeMap<String, Rule>,
}

#[derive(Clone, Debug)]
pub(super) enum Rule {
    Keep,
    Always(Entity),
}

impl CsvRedactorBuilder {
    /// How the text is written down. By default with commas.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The cells of `column` stay as they are, and its name.
    pub fn keep(mut self, column: impl Into<String>) -> Self {
        self.rules.entry(column.into()).or_insert(Rule::Keep);
        self
    }

    /// The cells of `column`, but for empty ones, are replaced by what the operator of `entity` writes. Goes before
    /// [`keep`](Self::keep).
    pub fn always(mut self, column: impl Into<String>, entity: Entity) -> Self {
        self.rules.insert(column.into(), Rule::Always(entity));
        self
    }

    /// The redactor.
    #[must_use]
    pub fn build(self) -> CsvRedactor {
        CsvRedactor { redactor: self.redactor, dialect: self.dialect, rules: self.rules }
    }
}

impl CsvRedactor {
    /// Sets up a redactor of cells by `redactor`.
    pub fn builder(redactor: Redactor) -> CsvRedactorBuilder {
        CsvRedactorBuilder { redactor, dialect: Dialect::default(), rules: BTreeMap::new() }
    }

    /// The table `text` without what is found in it; borrowed when nothing is.
    ///
    /// # Errors
    /// `Data` with the line if the text is empty, ragged, or has quotes other than RFC 4180's, or if names of columns
    /// are missing or equal; `Refused` if a rule is for a column that the table does not have.
    pub fn redact<'t>(&self, text: &'t str) -> Result<Cow<'t, str>> {
        let mut cells = Cells::new(text, self.dialect);
        let mut out = Output::new(text);
        let (mut row, mut columns) = (Vec::new(), Vec::new());
        while let Some(line) = cells.row(&mut row)? {
            self.row(text, line, &row, &mut columns, &mut out)?;
        }
        if columns.is_empty() { Err(Error::empty_table()) } else { Ok(out.finish()) }
    }

    /// Redacts a table that comes in chunks.
    #[must_use]
    pub fn stream(&self) -> CsvStream<'_> {
        CsvStream::new(self)
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Writes a row of `text`; the first one names the columns.
    pub(super) fn row<'r>(
        &'r self,
        text: &str,
        line: u64,
        row: &[Cell],
        columns: &mut Vec<Column<'r>>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        let before = out.mark();
        let header = columns.is_empty();
        if header {
            *columns = self.columns(text, row)?;
        }
        if row.len() != columns.len() {
            return Err(Error::ragged_row(line, row.len(), columns.len()));
        }
        for (cell, column) in row.iter().zip(&*columns) {
            match column.rule {
                Some(Rule::Keep) => {}
                Some(Rule::Always(entity)) if !header => {
                    let plain = cell.plain(text);
                    if !plain.is_empty() {
                        let written = ruled(&self.redactor, &plain, entity);
                        cell.replace(&written, &[entity], self.dialect, columns.len(), out);
                    }
                }
                _ => {
                    let label = (!header).then_some(&*column.label);
                    if let Some((written, places)) = self.redactor.redact_places(label, &cell.plain(text)) {
                        let entities: Vec<&Entity> = places.iter().map(|place| &place.entity).collect();
                        cell.replace(&written, &entities, self.dialect, columns.len(), out);
                    }
                }
            }
        }
        self.redactor.counts().text(out.since(before));
        Ok(())
    }

    fn columns(&self, text: &str, header: &[Cell]) -> Result<Vec<Column<'_>>> {
        let names: Vec<Cow<'_, str>> = header.iter().map(|cell| cell.plain(text)).collect();
        let mut known = BTreeSet::new();
        for (i, name) in names.iter().enumerate() {
            if name.trim().is_empty() || name.starts_with('\u{feff}') {
                return Err(Error::unnamed_column(i + 1));
            }
            if !known.insert(&**name) {
                return Err(Error::duplicate_column(name));
            }
        }
        if let Some(unknown) = self.rules.keys().find(|column| !known.contains(column.as_str())) {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            return Err(Error::unknown_column(unknown, &names));
        }
        let column =
            |name: Cow<'_, str>| Column { rule: self.rules.get(&*name), label: cut(name).into_owned() };
        Ok(names.into_iter().map(column).collect())
    }
}

pub(super) struct Column<'r> {
    label: String,
    rule: Option<&'r Rule>,
}

/// Where a cell is, with its quotes.
pub(super) struct Cell {
    span: Range<usize>,
    quoted: bool,
}

impl Cell {
    fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.quoted {
            return Cow::Borrowed(&text[self.span.clone()]);
        }
        let inside = &text[self.span.start + 1..self.span.end - 1];
        if inside.contains('"') { inside.replace("\"\"", "\"").into() } else { inside.into() }
    }

    /// Writes `written`, in which these were replaced, as a cell.
    fn replace(
        &self,
        written: &str,
        replaced: &[&Entity],
        dialect: Dialect,
        columns: usize,
        out: &mut Output<'_>,
    ) {
        let written = defused(written);
        // A line without anything on it is no row.
        let lost = written.is_empty() && columns == 1;
        let special = |c: char| matches!(c, '"' | '\r' | '\n') || c == dialect.delimiter();
        let quoted = self.quoted || lost || written.contains(special);
        out.replace(self.span.clone(), |pen| {
            for (i, entity) in replaced.iter().enumerate() {
                pen.place(entity, |out| match (i, quoted) {
                    (0, true) => {
                        out.push('"');
                        out.push_str(&written.replace('"', "\"\""));
                        out.push('"');
                    }
                    (0, false) => out.push_str(&written),
                    _ => {}
                });
            }
        });
    }
}

/// Reads rows as spans. Grammar: RFC 4180; lines may end in LF or CR too, and empty lines are no rows.
pub(super) struct Cells<'t> {
    text: &'t [u8],
    delimiter: u8,
    at: usize,
    line: u64,
}

impl<'t> Cells<'t> {
    fn new(text: &'t str, dialect: Dialect) -> Self {
        Cells::resume(text, dialect, if text.starts_with(MARK) { MARK.len_utf8() } else { 0 }, 1)
    }

    /// From `at` on, where a row starts or ends, in this line.
    pub(super) fn resume(text: &'t str, dialect: Dialect, at: usize, line: u64) -> Self {
        let delimiter = u8::try_from(dialect.delimiter()).unwrap_or(b',');
        Cells { text: text.as_bytes(), delimiter, at, line }
    }

    /// How far it is: the byte, and its line.
    pub(super) fn place(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    /// The cells of the next row, and the line where it starts.
    pub(super) fn row(&mut self, row: &mut Vec<Cell>) -> Result<Option<u64>> {
        row.clear();
        while let Some(b'\r' | b'\n') = self.text.get(self.at) {
            self.step();
        }
        if self.at == self.text.len() {
            return Ok(None);
        }
        let line = self.line;
        loop {
            row.push(self.cell()?);
            match self.text.get(self.at) {
                Some(&byte) if byte == self.delimiter => self.step(),
                _ => return Ok(Some(line)),
            }
        }
    }

    fn cell(&mut self) -> Result<Cell> {
        let from = self.at;
        let quoted = self.text.get(from) == Some(&b'"');
        if quoted {
            let opened = self.line;
            self.step();
            loop {
                match (self.text.get(self.at), self.text.get(self.at + 1)) {
                    (None, _) => return Err(Error::unclosed_quote(opened)),
                    (Some(b'"'), Some(b'"')) => self.at += 2,
                    (Some(b'"'), _) => break,
                    _ => self.step(),
                }
            }
            self.at += 1;
        }
        while let Some(&byte) = self.text.get(self.at) {
            if byte == self.delimiter || matches!(byte, b'\r' | b'\n') {
                break;
            }
            if quoted || byte == b'"' {
                return Err(Error::stray_quote(self.line));
            }
            self.at += 1;
        }
        Ok(Cell { span: from..self.at, quoted })
    }

    fn step(&mut self) {
        self.line += u64::from(self.text.get(self.at) == Some(&b'\n'));
        self.at += 1;
    }
}
