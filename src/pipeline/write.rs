//! The file of a released table, written row by row, with the digests that its card holds.

use std::{borrow::Cow, io::Write};

use sha2::{Digest, Sha256};

use super::{
    folder::{Side, Staging},
    plan::PlannedRows,
    policy::Policy,
    record,
    source::ParquetFiles,
};
use crate::{
    digest,
    error::{Error, Result},
    evidence::{ColumnDigest, Output, OutputColumn},
    num,
    table::{
        Rows,
        csv::{Dialect, RowWriter, defused},
        parquet::ParquetWriter,
    },
};

/// How a released table is written down: like its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Csv(Dialect),
    Parquet,
}

impl Written {
    /// The name of the file of the release `name`.
    pub(super) fn file(self, name: &str) -> String {
        match self {
            Written::Csv(_) => format!("{name}.csv"),
            Written::Parquet => format!("{name}.parquet"),
        }
    }

    /// The byte between two cells, if there is one.
    fn delimiter(self) -> Option<char> {
        match self {
            Written::Csv(dialect) => Some(dialect.delimiter()),
            Written::Parquet => None,
        }
    }
}

/// [`Written`], with what it takes.
pub(super) struct AsWritten<'p> {
    written: Written,
    parquet: &'p ParquetFiles,
    policy_sha256: String,
}

impl<'p> AsWritten<'p> {
    pub(super) fn of(policy: &'p Policy, written: Written) -> Self {
        AsWritten {
            written,
            parquet: &policy.parquet,
            policy_sha256: digest::sha256_hex(policy.text.as_bytes()),
        }
    }
}

/// Writes `rows` to the file of the release `name`, and says what was written.
pub(super) fn table(
    staging: &Staging,
    name: &str,
    columns: &[String],
    how: &AsWritten<'_>,
    rows: PlannedRows,
) -> Result<Output> {
    staging.write(Side::Public, &how.written.file(name), |to| write(to, name, columns, how, rows))
}

/// SHA-256 of the file that [`table`] would write.
pub(super) fn digest(
    name: &str,
    columns: &[String],
    how: &AsWritten<'_>,
    rows: PlannedRows,
) -> Result<String> {
    write(std::io::sink(), name, columns, how, rows).map(|output| output.sha256)
}

fn write(
    to: impl Write + Send,
    name: &str,
    columns: &[String],
    how: &AsWritten<'_>,
    rows: PlannedRows,
) -> Result<Output> {
    let names: Vec<String> = columns.iter().map(|n| defused(n).into_owned()).collect();
    let mut to = Digesting { inner: to, hash: Sha256::new(), buffer: Vec::with_capacity(BUFFER) };
    let file = how.written.file(name);
    let lines = match how.written {
        Written::Csv(dialect) => Lines::Csv(RowWriter::new(dialect, &mut to)),
        Written::Parquet => {
            let parquet = how.parquet.for_file(file.as_ref())?;
            Lines::Parquet(parquet.writer(&mut to, &names, &how.policy_sha256)?, Rows::default())
        }
    };
    let mut writer = TableWriter::new(&names, lines)?;
    match rows {
        PlannedRows::Held { table, order, verbatim, .. } => {
            // Defused once per distinct value, not once per cell.
            let columns: Vec<(&[u32], Vec<Cow<'_, str>>)> = table
                .iter()
                .map(|(name, column)| {
                    let verbatim = verbatim.iter().any(|v| v == name);
                    let cells = column.dictionary();
                    let written = |v| if verbatim { Cow::Borrowed(v) } else { defused(v) };
                    (column.codes(), cells.map(written).collect())
                })
                .collect();
            for row in order {
                writer.row(columns.iter().map(|(codes, cells)| &*cells[num::index(codes[row])]))?;
            }
        }
        PlannedRows::Streamed(Some(shuffle)) => {
            shuffle.for_each(&mut |_, record| writer.row(record::cells(record)))?;
        }
        PlannedRows::Streamed(None) => return Err(Error::rows_given_up()),
    }
    let (rows, digests) = writer.finish()?;
    to.flush().map_err(|e| Error::io("writing the table", e))?;
    let columns = names.into_iter().zip(digests).map(|(name, sha256)| OutputColumn::new(name, sha256));
    let sha256 = digest::hex(&to.hash.finalize());
    Ok(Output::new(file, sha256, how.written.delimiter(), Some(rows), columns.collect()))
}

/// Writes rows and digests each of their columns.
struct TableWriter<'w, W: Write> {
    lines: Lines<'w, W>,
    columns: Vec<ColumnDigest>,
    rows: u64,
}

/// Where rows go.
enum Lines<'w, W: Write> {
    Csv(RowWriter<&'w mut Digesting<W>>),
    /// With the rows that are not passed on yet.
    Parquet(Box<dyn ParquetWriter + 'w>, Rows),
}

impl<W: Write> Lines<'_, W> {
    fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<()> {
        match self {
            Lines::Csv(writer) => writer.row(cells),
            Lines::Parquet(writer, rows) => {
                if rows.push(cells) {
                    writer.write(rows)?;
                    rows.forget();
                }
                Ok(())
            }
        }
    }
}

impl<'w, W: Write> TableWriter<'w, W> {
    fn new(names: &[String], mut lines: Lines<'w, W>) -> Result<Self> {
        if let Lines::Csv(writer) = &mut lines {
            writer.row(names.iter().map(String::as_str))?;
        }
        Ok(TableWriter { lines, columns: names.iter().map(|_| ColumnDigest::default()).collect(), rows: 0 })
    }

    fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<()> {
        let columns = &mut self.columns;
        self.rows += 1;
        self.lines.row(cells.zip(columns).map(|(cell, column)| {
            column.add(cell);
            cell
        }))
    }

    /// How many rows there were, and the digest of each column.
    fn finish(self) -> Result<(u64, Vec<String>)> {
        match self.lines {
            Lines::Csv(writer) => drop(writer.finish()?),
            Lines::Parquet(mut writer, rows) => {
                if !rows.is_empty() {
                    writer.write(&rows)?;
                }
                writer.finish()?;
            }
        }
        Ok((self.rows, self.columns.into_iter().map(ColumnDigest::finish).collect()))
    }
}

struct Digesting<W> {
    inner: W,
    hash: Sha256,
    buffer: Vec<u8>,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.hash.update(&self.buffer);
        self.inner.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

const BUFFER: usize = 1 << 16;
