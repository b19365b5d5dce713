//! Parquet, as the pipeline and the verifiers of this crate ask for it.
//!
//! What reads and writes the format brings more code along than this crate has, so it is handed in, by those who have it:
//! `incog_arrow::parquet::Files` of the crate `incog-arrow`, or something of your own.

use std::{fs::File, io::Write};

use super::Rows;
use crate::error::Result;

/// Reads and writes files of Parquet.
///
/// What it reads comes as text, cell by cell, as of any other file: see `incog_arrow::table` for how numbers, dates and
/// others are written down.
pub trait Parquet: Send + Sync {
    /// Opens `file`, whose columns are those at its top. A column without a cell of text for each row, such as one of
    /// structures, is an error if it is `needed`; else all its cells are missing, and of its values nothing is looked at.
    ///
    /// # Errors
    /// `Data` if it is no whole file of Parquet, or one with what is not read here; with the column if two have one name, one
    /// has none, or a needed one has no cells.
    fn reader(&self, file: File, needed: &dyn Fn(&str) -> bool) -> Result<Box<dyn ParquetReader>>;

    /// Writes a file of `columns`, all of them text, to `to`. Besides names and cells it holds `policy_sha256`, the digest of
    /// the policy under which the rows leave, and nothing: no statistics, and no value that no row has.
    ///
    /// # Guarantee
    /// For all rows, the same columns, digest and stretches of rows give the same bytes.
    ///
    /// # Errors
    /// `Io` if the output fails.
    fn writer<'w>(
        &self,
        to: &'w mut (dyn Write + Send),
        columns: &[String],
        policy_sha256: &str,
    ) -> Result<Box<dyn ParquetWriter + 'w>>;
}

/// Rows out of a file of Parquet, one stretch after another.
pub trait ParquetReader: Send {
    /// The names of the columns.
    fn names(&self) -> &[String];

    /// How many rows the file says that it has.
    fn rows(&self) -> u64;

    /// Puts the next rows into `rows`; says whether there were any.
    ///
    /// # Errors
    /// `Data` with the row behind which the file cannot be read, or if it holds other rows than it says; `Value` with column
    /// and row for a date or time that no calendar has.
    fn next_rows(&mut self, rows: &mut Rows) -> Result<bool>;

    /// How the file is not one that [`Parquet::writer`] writes under the policy with the digest `policy_sha256`, if it is not:
    /// a column that is not text, statistics, metadata, bytes that belong to no column.
    fn foreign(&self, policy_sha256: &str) -> Option<String>;
}

/// Rows into a file of Parquet.
pub trait ParquetWriter {
    /// Appends `rows`. A missing cell is null.
    ///
    /// # Errors
    /// `Io` if the output fails.
    fn write(&mut self, rows: &Rows) -> Result<()>;

    /// Ends the file.
    ///
    /// # Errors
    /// `Io` if the output fails.
    fn finish(self: Box<Self>) -> Result<()>;
}
