//! The rows of an input, whatever it is written in, with the digest of its bytes.

use std::{
    fs::File,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use super::policy::{Form, InputPolicy};
use crate::{
    error::{Error, Result},
    table::{
        Rows,
        csv::{self, Dialect},
        json_lines,
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
}

/// What was read of a file so far.
#[derive(Default)]
struct Progressed {
    bytes: u64,
    hash: Sha256,
}

impl Source<'_> {
    /// Opens the file of `input`.
    pub(super) fn open(input: &InputPolicy) -> Result<Self> {
        let file = File::open(&input.path).map_err(|e| Error::unreadable(&input.path, e))?;
        let total = file.metadata().map_or(0, |m| m.len());
        let read = Arc::new(Mutex::new(Progressed::default()));
        let counted = Counted { inner: file, read: Arc::clone(&read) };
        let reader = match input.form {
            Form::Csv(dialect) => csv::Reader::new(counted, dialect).map(Reader::Csv),
            // The declared columns first: where they are does not depend on the lines.
            Form::JsonLines(encoding) => {
                json_lines::Reader::new(counted, encoding, input.columns.keys()).map(Reader::JsonLines)
            }
        };
        let reader = reader.map_err(|e| of_file(e, input))?;
        Ok(Source { reader, read, total })
    }

    /// The names of the columns; of JSON Lines, those so far.
    pub(super) fn names(&self) -> &[String] {
        match &self.reader {
            Reader::Csv(reader) => reader.names(),
            Reader::JsonLines(reader) => reader.names(),
        }
    }

    /// Whether there is a column `name`; of JSON Lines, whether some line so far had it.
    pub(super) fn has(&self, name: &str) -> bool {
        match &self.reader {
            Reader::Csv(reader) => reader.names().iter().any(|n| n == name),
            Reader::JsonLines(reader) => reader.has(name),
        }
    }

    /// Whether more columns may come with more rows.
    pub(super) fn grows(&self) -> bool {
        matches!(self.reader, Reader::JsonLines(_))
    }

    /// How a table like it is written.
    pub(super) fn dialect(&self) -> Dialect {
        match &self.reader {
            Reader::Csv(reader) => reader.dialect(),
            Reader::JsonLines(_) => Dialect::default(),
        }
    }

    pub(super) fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        match &mut self.reader {
            Reader::Csv(reader) => reader.next_rows(rows),
            Reader::JsonLines(reader) => reader.next_rows(rows),
        }
    }

    /// Bytes of the file that were read, and that there are.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.read.lock().unwrap_or_else(PoisonError::into_inner).bytes, self.total)
    }

    /// SHA-256 of the file. The readers stop at its end, so this is the digest of all of it.
    pub(super) fn sha256(self) -> String {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        crate::digest::hex(&read.hash.clone().finalize())
    }
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
