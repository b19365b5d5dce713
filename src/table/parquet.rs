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
///
/// # Examples
/// One in front of another, which refuses what is too long for this host:
/// ```
/// use std::{fs::File, io::Write};
/// use incog::{Error, ErrorKind, Result, table::{Rows, parquet::{Parquet, ParquetReader, ParquetWriter}}};
/// struct AtMost<P>(u64, P);
/// impl<P: Parquet> Parquet for AtMost<P> {
///     fn reader(&self, file: File, needed: &dyn Fn(&str) -> bool) -> Result<Box<dyn ParquetReader>> {
///         let reader = self.1.reader(file, needed)?;
///         if reader.rows() > self.0 {
///             return Err(Error::new(ErrorKind::Refused, format!("at most {} rows are read here", self.0)));
///         }
///         Ok(reader)
///     }
///     fn writer<'w>(
///         &self, to: &'w mut (dyn Write + Send), columns: &[String], policy_sha256: &str,
///     ) -> Result<Box<dyn ParquetWriter + 'w>> {
///         self.1.writer(to, columns, policy_sha256)
///     }
/// }
/// # /// In place of `incog_arrow::parquet::Files`, which this crate does not have.
/// # struct Files;
/// # struct Of3Rows;
/// # impl Parquet for Files {
/// #     fn reader(&self, _: File, _: &dyn Fn(&str) -> bool) -> Result<Box<dyn ParquetReader>> {
/// #         Ok(Box::new(Of3Rows))
/// #     }
/// #     fn writer<'w>(&self, _: &'w mut (dyn Write + Send), _: &[String], _: &str) -> Result<Box<dyn ParquetWriter + 'w>> {
/// #         Err(Error::new(ErrorKind::Unsupported, "nothing is written here"))
/// #     }
/// # }
/// # impl ParquetReader for Of3Rows {
/// #     fn names(&self) -> &[String] { &[] }
/// #     fn rows(&self) -> u64 { 3 }
/// #     fn next_rows(&mut self, _: &mut Rows) -> Result<bool> { Ok(false) }
/// #     fn foreign(&self, _: &str) -> Option<String> { None }
/// # }
/// # let file = || File::open(std::env::current_exe().unwrap()).unwrap();
/// assert!(AtMost(3, Files).reader(file(), &|_| true).is_ok());
/// assert_eq!(AtMost(2, Files).reader(file(), &|_| true).err().unwrap().kind(), ErrorKind::Refused);
/// ```
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
///
/// # Examples
/// Of one column that is in memory:
/// ```
/// use incog::{Result, table::{Rows, parquet::ParquetReader}};
/// struct Ages(Vec<String>, std::vec::IntoIter<&'static str>);
/// impl ParquetReader for Ages {
///     fn names(&self) -> &[String] { &self.0 }
///     fn rows(&self) -> u64 { 2 }
///     fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
///         let Some(age) = self.1.next() else { return Ok(false) };
///         let number = rows.first() + u64::from(!rows.is_empty());
///         rows.fill(1, 1, number.max(1), |_, _, out| { out.push_str(age); Ok(()) })?;
///         Ok(true)
///     }
///     fn foreign(&self, _: &str) -> Option<String> { Some("it is no file".to_owned()) }
/// }
/// let mut reader: Box<dyn ParquetReader> = Box::new(Ages(vec!["age".to_owned()], vec!["34", "35"].into_iter()));
/// let mut rows = Rows::default();
/// let mut ages = Vec::new();
/// while reader.next_rows(&mut rows)? {
///     ages.extend(rows.cell(0, 0).map(str::to_owned));
/// }
/// assert_eq!((ages, rows.first()), (vec!["34".to_owned(), "35".to_owned()], 2));
/// # Ok::<(), incog::Error>(())
/// ```
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
///
/// # Examples
/// One that writes nothing but counts, for a dry run:
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use incog::{Result, table::{Rows, parquet::ParquetWriter}};
/// struct Counted(Rc<Cell<usize>>);
/// impl ParquetWriter for Counted {
///     fn write(&mut self, rows: &Rows) -> Result<()> {
///         self.0.set(self.0.get() + rows.len());
///         Ok(())
///     }
///     fn finish(self: Box<Self>) -> Result<()> { Ok(()) }
/// }
/// let count = Rc::new(Cell::new(0));
/// let mut writer: Box<dyn ParquetWriter> = Box::new(Counted(Rc::clone(&count)));
/// let mut rows = Rows::default();
/// rows.fill(2, 1, 1, |_, _, out| { out.push_str("34"); Ok(()) })?;
/// writer.write(&rows)?;
/// writer.finish()?;
/// assert_eq!(count.get(), 2);
/// # Ok::<(), incog::Error>(())
/// ```
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
