//! Inputs as people name them: files, `-` for stdin, tables with or without a stated delimiter.

use std::{
    fs::File,
    io::{Cursor, Read, stdin},
    path::Path,
};

use incog::{
    pipeline::policy,
    table::{
        ColumnBuilder, Rows, Table,
        csv::{self, Dialect, Encoding},
        json_lines,
        parquet::ParquetReader,
    },
};

use crate::{failure::Failure, parquet};

/// The bytes of the file at `path`, or of stdin for `-`.
pub(crate) fn bytes(path: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let unreadable = |e: std::io::Error| Failure::unreadable(&format!("'{path}'"), &e);
    if path == "-" {
        stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        File::open(path).and_then(|mut f| f.read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    refuse_what_is_no_text(path, &bytes)?;
    Ok(bytes)
}

/// The bytes of the file at `path`, or of stdin for `-`, as they come.
pub(crate) fn reader(path: &str) -> Result<Peeked, Failure> {
    let unreadable = |e: std::io::Error| Failure::unreadable(&format!("'{path}'"), &e);
    let inner: Box<dyn Read> =
        if path == "-" { Box::new(stdin().lock()) } else { Box::new(File::open(path).map_err(unreadable)?) };
    let mut source = Peeked { inner, start: Vec::new(), given: 0 };
    source.fill(8).map_err(unreadable)?;
    refuse_what_is_no_text(path, &source.start)?;
    Ok(source)
}

/// An input whose start was looked at.
pub(crate) struct Peeked {
    inner: Box<dyn Read>,
    start: Vec<u8>,
    given: usize,
}

impl Peeked {
    /// The first line, or as much of it as a header may have; the source still begins with it.
    pub(crate) fn start(&mut self, path: &str) -> Result<&[u8], Failure> {
        while !self.start.contains(&b'\n') && self.start.len() < LONGEST_HEADER {
            let before = self.start.len();
            self.fill(4 << 10).map_err(|e| Failure::unreadable(&format!("'{path}'"), &e))?;
            if self.start.len() == before {
                break;
            }
        }
        Ok(&self.start)
    }

    fn fill(&mut self, more: u64) -> std::io::Result<()> {
        self.inner.by_ref().take(more).read_to_end(&mut self.start).map(|_| ())
    }
}

impl Read for Peeked {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.start[self.given..];
        if rest.is_empty() {
            return self.inner.read(buffer);
        }
        let now = rest.len().min(buffer.len());
        buffer[..now].copy_from_slice(&rest[..now]);
        self.given += now;
        Ok(now)
    }
}

/// How far the header of a table is looked for.
const LONGEST_HEADER: usize = 1 << 20;

/// What would be searched and found clean, because its text is not there as it is.
fn refuse_what_is_no_text(path: &str, start: &[u8]) -> Result<(), Failure> {
    let utf_16 = match *start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        // Without a mark: every other byte of a Western text is zero.
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] => a != 0 && b != 0,
        _ => false,
    };
    if utf_16 {
        return Err(Failure::unreadable_form(format!("'{path}' is UTF-16; convert it to UTF-8 first")));
    }
    match PACKED.into_iter().find(|(magic, _)| start.starts_with(magic)) {
        Some((_, form)) if form == PARQUET => Err(Failure::unreadable_form(format!(
            "'{path}' is {form}, whose text cannot be searched as it is; unpack or export it first, or add: --format parquet"
        ))),
        Some((_, form)) => Err(Failure::unreadable_form(format!(
            "'{path}' is {form}, whose text cannot be searched as it is; unpack or export it first"
        ))),
        None => Ok(()),
    }
}

/// How files usually start that hold text in another form. Sources: RFC 1952, RFC 8878, the formats' own descriptions.
const PACKED: [(&[u8], &str); 7] = [
    (b"\x1f\x8b", "a gzip file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"BZh9", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"PK\x03\x04", "a ZIP file, such as those of office programs"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1\x15", PARQUET),
];
const PARQUET: &str = "a Parquet file";

/// The text of the file at `path`, or of stdin for `-`.
pub(crate) fn text(path: &str) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::unreadable_form(format!("'{path}' is not UTF-8 at byte {at}; convert it to UTF-8 first"))
    })
}

/// How a table is written down, for commands that read one.
#[derive(Default, clap::Args)]
pub(crate) struct Form {
    /// The character between two cells; guessed from the first line if left out.
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
    /// Delimited text, a JSON object a line, or Parquet; told from the name if left out.
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// utf-8, utf-16 or latin-1. A gzip file is unpacked.
    #[arg(long, value_name = "NAME", default_value_t)]
    encoding: Encoding,
}

/// What a table is written in.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Jsonl,
    Parquet,
}

impl Form {
    /// How the table at `path` is written down.
    fn of(&self, path: &str) -> Format {
        self.format.unwrap_or_else(|| match path {
            _ if looks_like_json_lines(path) => Format::Jsonl,
            _ if looks_like_parquet(path) => Format::Parquet,
            _ => Format::Csv,
        })
    }

    /// Whether the table at `path` is JSON Lines.
    fn is_json_lines(&self, path: &str) -> bool {
        self.of(path) == Format::Jsonl
    }

    /// Whether the table at `path` is Parquet, in which no delimiter and no encoding has a meaning.
    pub(crate) fn is_parquet(&self, path: &str) -> Result<bool, Failure> {
        let is_parquet = self.of(path) == Format::Parquet;
        if is_parquet && (self.delimiter.is_some() || self.encoding != Encoding::default()) {
            return Err(Failure::usage(format!(
                "'{path}' is Parquet, which has neither delimiter nor encoding; leave them out, or add: --format csv"
            )));
        }
        Ok(is_parquet)
    }

    /// Refuses JSON Lines, for commands that write the table back as delimited text: its form would be lost.
    pub(crate) fn refuse_json_lines(&self, path: &str, way_out: &str) -> Result<(), Failure> {
        match self.is_json_lines(path) {
            true => {
                Err(Failure::usage(format!("'{path}' is JSON Lines, and a column is one of CSV; {way_out}")))
            }
            false => Ok(()),
        }
    }

    /// By its name; if that says nothing else, UTF-8 with this delimiter, or the one that the first line suggests.
    pub(crate) fn new(delimiter: Option<char>) -> Self {
        Form { delimiter, ..Form::default() }
    }

    /// Delimited text, whatever its name.
    pub(crate) fn csv(delimiter: Option<char>) -> Self {
        Form { delimiter, format: Some(Format::Csv), ..Form::default() }
    }

    /// Parquet, whatever its name.
    pub(crate) fn parquet(delimiter: Option<char>) -> Self {
        Form { delimiter, format: Some(Format::Parquet), ..Form::default() }
    }
}

/// Rows of a table, some thousands at a time.
pub(crate) enum Source {
    Csv(csv::Reader<'static>),
    JsonLines(json_lines::Reader<'static>),
    Parquet(Box<dyn ParquetReader>),
}

impl Source {
    /// The table at `path`, or at stdin for `-`, its delimiter as given or as the first line suggests; and how it is
    /// written down.
    pub(crate) fn open(path: &str, form: &Form) -> Result<(Self, policy::Form), Failure> {
        if form.is_parquet(path)? {
            let reader = parquet::reader(path, &|_| false)?;
            return Ok((Source::Parquet(reader), policy::Form::Parquet));
        }
        let unreadable = |e: std::io::Error| Failure::unreadable(&format!("'{path}'"), &e);
        let raw: Box<dyn Read + Send> =
            if path == "-" { Box::new(stdin()) } else { Box::new(File::open(path).map_err(unreadable)?) };
        let reading = |e: incog::Error| e.context(format!("reading '{path}'"));
        if form.is_json_lines(path) {
            let reader = json_lines::Reader::new(raw, form.encoding, None::<String>).map_err(reading)?;
            return Ok((Source::JsonLines(reader), policy::Form::JsonLines(form.encoding)));
        }
        let mut decoded = form.encoding.decode(raw).map_err(reading)?;
        let mut start = Vec::new();
        decoded.by_ref().take(START).read_to_end(&mut start).map_err(unreadable)?;
        let dialect = dialect(&start, form.delimiter)?;
        let reader = csv::Reader::new(Cursor::new(start).chain(decoded), dialect).map_err(reading)?;
        Ok((Source::Csv(reader), policy::Form::Csv(dialect.with_encoding(form.encoding))))
    }

    /// The names of the columns; of JSON Lines, those so far.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Source::Csv(reader) => reader.names(),
            Source::JsonLines(reader) => reader.names(),
            Source::Parquet(reader) => reader.names(),
        }
    }

    /// Puts the next rows into `rows`; says whether there were any.
    pub(crate) fn next_rows(&mut self, rows: &mut Rows) -> incog::Result<bool> {
        match self {
            Source::Csv(reader) => reader.next_rows(rows),
            Source::JsonLines(reader) => reader.next_rows(rows),
            Source::Parquet(reader) => reader.next_rows(rows),
        }
    }
}

/// The table at `path`, or at stdin for `-`, its delimiter as given or as the first line suggests.
pub(crate) fn table(path: &str, form: &Form) -> Result<(Table, Dialect), Failure> {
    table_of(path, form, &|_| true)
}

/// The same, of which some columns are `needed`: of others of Parquet, cells that are no text are missing.
pub(crate) fn table_of(
    path: &str,
    form: &Form,
    needed: &dyn Fn(&str) -> bool,
) -> Result<(Table, Dialect), Failure> {
    if form.is_parquet(path)? {
        let mut reader = parquet::reader(path, needed)?;
        let mut columns: Vec<ColumnBuilder> =
            reader.names().iter().map(|_| ColumnBuilder::default()).collect();
        let mut rows = Rows::default();
        while reader.next_rows(&mut rows).map_err(|e| e.context(format!("reading '{path}'")))? {
            for (i, column) in columns.iter_mut().enumerate() {
                (0..rows.len()).try_for_each(|row| column.push_cell(rows.cell(row, i)))?;
            }
        }
        let columns = columns.into_iter().map(ColumnBuilder::finish);
        return Ok((Table::new(reader.names().iter().cloned().zip(columns))?, Dialect::default()));
    }
    let raw: Box<dyn Read + Send> = if path == "-" {
        Box::new(stdin())
    } else {
        Box::new(File::open(path).map_err(|e| Failure::unreadable(&format!("'{path}'"), &e))?)
    };
    let reading = |e: incog::Error| e.context(format!("reading '{path}'"));
    if form.is_json_lines(path) {
        return Ok((json_lines::read(raw, form.encoding).map_err(reading)?, Dialect::default()));
    }
    let mut text = Vec::new();
    let mut decoded = form.encoding.decode(raw).map_err(reading)?;
    decoded.read_to_end(&mut text).map_err(|e| Failure::unreadable(&format!("'{path}'"), &e))?;
    Ok(csv::read_with_dialect(&text[..], dialect(&text, form.delimiter)?)
        .map(|(table, dialect)| (table, dialect.with_encoding(form.encoding)))
        .map_err(reading)?)
}

/// The delimiter as given or as the first line suggests, and the line end.
pub(crate) fn dialect(bytes: &[u8], delimiter: Option<char>) -> Result<Dialect, Failure> {
    Ok(Dialect::new(delimiter.unwrap_or_else(|| guess(bytes)))?.with_line_end_of(bytes))
}

/// Whether the file's name says that it is a table.
pub(crate) fn looks_like_csv(path: &str) -> bool {
    is_named(Path::new(path), &["csv", "tsv"])
}

/// Whether the file's name says that it is JSON Lines, packed or not.
pub(crate) fn looks_like_json_lines(path: &str) -> bool {
    let path = Path::new(path);
    let unpacked = path.file_stem().filter(|_| is_named(path, &["gz"])).map_or(path, Path::new);
    is_named(unpacked, &["jsonl", "ndjson"])
}

/// Whether the file's name says that it is Parquet.
pub(crate) fn looks_like_parquet(path: &str) -> bool {
    is_named(Path::new(path), &["parquet"])
}

/// Whether the file's name says that it is a JSON document.
pub(crate) fn looks_like_json(path: &str) -> bool {
    is_named(Path::new(path), &["json"])
}

/// In any case: what is not told from its name is read as plain text, in which a column or a key says less.
fn is_named(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|e| extensions.iter().any(|extension| e.eq_ignore_ascii_case(extension)))
}

/// The delimiter that splits the first line into most cells; a comma if none does.
fn guess(bytes: &[u8]) -> char {
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|&&b| b == delimiter).count();
    // Of equal counts the first in the list; max_by_key takes the last, so the list is reversed.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&d| count(d)).map_or(',', char::from)
}

/// Where the first line is looked for.
const START: u64 = 1 << 16;
