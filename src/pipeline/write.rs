//! The file of a released table, written row by row, with the digests that its card holds.

use std::{borrow::Cow, io::Write};

use sha2::{Digest, Sha256};

use super::{
    folder::{Side, Staging},
    plan::PlannedRows,
    record,
};
use crate::{
    digest,
    error::{Error, Result},
    evidence::{ColumnDigest, Output, OutputColumn},
    num,
    table::csv::{Dialect, RowWriter, defused},
};

/// Writes `rows` to `name`.csv, and says what was written.
pub(super) fn table(
    staging: &Staging,
    name: &str,
    columns: &[String],
    dialect: Dialect,
    rows: PlannedRows,
) -> Result<Output> {
    staging.write(Side::Public, &format!("{name}.csv"), |to| write(to, name, columns, dialect, rows))
}

/// SHA-256 of the file that [`table`] would write.
pub(super) fn digest(name: &str, columns: &[String], dialect: Dialect, rows: PlannedRows) -> Result<String> {
    write(std::io::sink(), name, columns, dialect, rows).map(|output| output.sha256)
}

fn write(
    to: impl Write,
    name: &str,
    columns: &[String],
    dialect: Dialect,
    rows: PlannedRows,
) -> Result<Output> {
    let mut writer = TableWriter::new(columns, dialect, to)?;
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
    writer.finish(format!("{name}.csv"), columns, dialect)
}

/// Writes rows and digests them: the file, and each of its columns.
struct TableWriter<W: Write> {
    writer: RowWriter<Digesting<W>>,
    columns: Vec<ColumnDigest>,
    rows: u64,
}

impl<W: Write> TableWriter<W> {
    fn new(columns: &[String], dialect: Dialect, to: W) -> Result<Self> {
        let to = Digesting { inner: to, hash: Sha256::new(), buffer: Vec::with_capacity(BUFFER) };
        let mut writer = RowWriter::new(dialect, to);
        let names: Vec<Cow<'_, str>> = columns.iter().map(|n| defused(n)).collect();
        writer.row(names.iter().map(|n| &**n))?;
        let columns = columns.iter().map(|_| ColumnDigest::default()).collect();
        Ok(TableWriter { writer, columns, rows: 0 })
    }

    fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<()> {
        let columns = &mut self.columns;
        self.rows += 1;
        self.writer.row(cells.zip(columns).map(|(cell, column)| {
            column.add(cell);
            cell
        }))
    }

    fn finish(self, file: String, names: &[String], dialect: Dialect) -> Result<Output> {
        let digests = self.columns.into_iter().map(ColumnDigest::finish);
        let columns = names.iter().map(|n| defused(n).into_owned()).zip(digests);
        let columns = columns.map(|(name, sha256)| OutputColumn::new(name, sha256)).collect();
        let sha256 = digest::hex(&self.writer.finish()?.hash.finalize());
        Ok(Output::new(file, sha256, Some(dialect.delimiter()), Some(self.rows), columns))
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
