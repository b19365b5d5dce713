//! The rows of an input, whatever it is written in, with the digest of its bytes.

use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use super::{
    policy::{Form, InputPolicy, names_parquet},
    write::Written,
};
use crate::{
    error::{Error, Result},
    table::{
        ColumnBuilder, Rows, Table,
        csv::{self, Dialect},
        json_lines,
        parquet::{Parquet, ParquetReader},
    },
};

/// Rows out of a file.
pub(super) struct Source<'a> {
    reader: Reader<'a>,
    read: Arc<Mutex<Progressed>>,
    total: u64,
}

enum Reader<'a> {
    Csv(csv::Reader<'a>),
    JsonLines(json_lines::Reader<'a>),
    Parquet(Box<ParquetSource>),
}

/// A file of Parquet that nobody is to write to while it is read. Its end is read first, so the digest is not one of what was
/// read, as it is of a text: the same file is read twice.
struct ParquetSource {
    reader: Box<dyn ParquetReader>,
    file: File,
    found: (u64, Option<SystemTime>),
    sha256: String,
    given: u64,
}

/// What reads and writes Parquet, if somebody handed it in.
#[derive(Clone, Default)]
pub(super) struct ParquetFiles(pub(super) Option<Arc<dyn Parquet>>);

impl ParquetFiles {
    /// What reads the file at `path`.
    pub(super) fn for_file(&self, path: &Path) -> Result<&dyn Parquet> {
        self.0.as_deref().ok_or_else(|| Error::parquet_not_handed_in(path))
    }

    /// All of the table at `path`: Parquet if its name says so, else delimited text in `dialect`.
    pub(super) fn table(&self, path: &Path, dialect: Dialect) -> Result<Table> {
        let reading = |e: Error| e.context(format!("reading '{}'", path.display()));
        let mut reader = self.stretches(path, dialect)?;
        let mut columns: Vec<ColumnBuilder> =
            reader.names().iter().map(|_| ColumnBuilder::default()).collect();
        let mut rows = Rows::default();
        while reader.next_rows(&mut rows).map_err(reading)? {
            for (i, column) in columns.iter_mut().enumerate() {
                (0..rows.len()).try_for_each(|row| column.push_cell(rows.cell(row, i)))?;
            }
        }
        Table::new(reader.names().iter().cloned().zip(columns.into_iter().map(ColumnBuilder::finish)))
    }

    /// The same, a stretch of rows at a time.
    pub(super) fn stretches(&self, path: &Path, dialect: Dialect) -> Result<Beside> {
        let reading = |e: Error| e.context(format!("reading '{}'", path.display()));
        let file = File::open(path).map_err(|e| Error::unreadable(path, e))?;
        if names_parquet(path) {
            return self.for_file(path)?.reader(file, &|_| true).map(Beside::Parquet).map_err(reading);
        }
        csv::Reader::new(file, dialect).map(|reader| Beside::Csv(Box::new(reader))).map_err(reading)
    }
}

/// A table that is no input.
pub(super) enum Beside {
    Csv(Box<csv::Reader<'static>>),
    Parquet(Box<dyn ParquetReader>),
}

impl Beside {
    pub(super) fn names(&self) -> &[String] {
        match self {
            Beside::Csv(reader) => reader.names(),
            Beside::Parquet(reader) => reader.names(),
        }
    }

    pub(super) fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        match self {
            Beside::Csv(reader) => reader.next_rows(rows),
            Beside::Parquet(reader) => reader.next_rows(rows),
        }
    }
}

impl fmt::Debug for ParquetFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParquetFiles")
    }
}

/// What was read of a file so far.
#[derive(Default)]
struct Progressed {
    bytes: u64,
    hash: Sha256,
}

impl Source<'_> {
    /// Opens the file of `input`, with `parquet` if it is that.
    pub(super) fn open(input: &InputPolicy, parquet: &ParquetFiles) -> Result<Self> {
        let file = File::open(&input.path).map_err(|e| Error::unreadable(&input.path, e))?;
        let total = file.metadata().map_or(0, |m| m.len());
        let read = Arc::new(Mutex::new(Progressed::default()));
        if input.form == Form::Parquet {
            let parquet = parquet.for_file(&input.path)?;
            let source = ParquetSource::open(file, parquet, input).map_err(|e| of_file(e, input))?;
            return Ok(Source { reader: Reader::Parquet(Box::new(source)), read, total });
        }
        let counted = Counted { inner: file, read: Arc::clone(&read) };
        let reader = match input.form {
            Form::Csv(dialect) => csv::Reader::new(counted, dialect).map(Reader::Csv),
            // The declared columns first: where they are does not depend on the lines.
            Form::JsonLines(encoding) => {
                json_lines::Reader::new(counted, encoding, input.columns.keys()).map(Reader::JsonLines)
            }
            Form::Parquet => return Err(Error::parquet_not_handed_in(&input.path)),
        };
        let reader = reader.map_err(|e| of_file(e, input))?;
        Ok(Source { reader, read, total })
    }

    /// The names of the columns; of JSON Lines, those so far.
    pub(super) fn names(&self) -> &[String] {
        match &self.reader {
            Reader::Csv(reader) => reader.names(),
            Reader::JsonLines(reader) => reader.names(),
            Reader::Parquet(source) => source.reader.names(),
        }
    }

    /// Whether there is a column `name`; of JSON Lines, whether some line so far had it.
    pub(super) fn has(&self, name: &str) -> bool {
        match &self.reader {
            Reader::JsonLines(reader) => reader.has(name),
            Reader::Csv(_) | Reader::Parquet(_) => self.names().iter().any(|n| n == name),
        }
    }

    /// Whether more columns may come with more rows.
    pub(super) fn grows(&self) -> bool {
        matches!(self.reader, Reader::JsonLines(_))
    }

    /// How a table like it is written.
    pub(super) fn written(&self) -> Written {
        match &self.reader {
            Reader::Csv(reader) => Written::Csv(reader.dialect()),
            Reader::JsonLines(_) => Written::Csv(Dialect::default()),
            Reader::Parquet(_) => Written::Parquet,
        }
    }

    pub(super) fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        match &mut self.reader {
            Reader::Csv(reader) => reader.next_rows(rows),
            Reader::JsonLines(reader) => reader.next_rows(rows),
            Reader::Parquet(source) => source.next_rows(rows),
        }
    }

    /// What was read of the file, and what there is: bytes, or rows.
    pub(super) fn progress(&self) -> (u64, u64) {
        if let Reader::Parquet(source) = &self.reader {
            return (source.given, source.reader.rows());
        }
        (self.read.lock().unwrap_or_else(PoisonError::into_inner).bytes, self.total)
    }

    /// SHA-256 of the file. The readers stop at its end, so this is the digest of all of it.
    pub(super) fn sha256(self) -> String {
        if let Reader::Parquet(source) = self.reader {
            return source.sha256;
        }
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        crate::digest::hex(&read.hash.clone().finalize())
    }
}

impl ParquetSource {
    fn open(mut file: File, parquet: &dyn Parquet, input: &InputPolicy) -> Result<Self> {
        let failed = |e| Error::io("reading the file", e);
        let found = state(&file).map_err(failed)?;
        let mut hash = Hashing(Sha256::new());
        io::copy(&mut file, &mut hash).and_then(|_| file.rewind()).map_err(failed)?;
        let sha256 = crate::digest::hex(&hash.0.finalize());
        let reader = parquet.reader(file.try_clone().map_err(failed)?, &|name| input.needs(name))?;
        Ok(ParquetSource { reader, file, found, sha256, given: 0 })
    }

    fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        let more = self.reader.next_rows(rows)?;
        self.given += crate::num::count(rows.len());
        if !more && state(&self.file).map_err(|e| Error::io("reading the file", e))? != self.found {
            return Err(Error::written_while_read());
        }
        Ok(more)
    }
}

/// What changes when somebody writes to a file.
fn state(file: &File) -> io::Result<(u64, Option<SystemTime>)> {
    let found = file.metadata()?;
    Ok((found.len(), found.modified().ok()))
}

/// An error about the file says which.
pub(super) fn of_file(error: Error, input: &InputPolicy) -> Error {
    error.context(format!("reading '{}'", input.path.display()))
}

struct Counted<R> {
    inner: R,
    read: Arc<Mutex<Progressed>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.hash.update(&buffer[..n]);
        read.bytes += crate::num::count(n);
        Ok(n)
    }
}

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
