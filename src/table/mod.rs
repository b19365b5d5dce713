//! Tables of dictionary-encoded columns: the one data type that the engines share.
//!
//! ```text
//!   column "ward"      codes       dictionary
//!                     ┌─────┐      0  "A1"
//!   row 0             │  0  │      1  "B1"
//!   row 1             │  1  │      2  (missing)   <- Column::missing_code() == Some(2)
//!   row 2             │  0  │
//!   row 3             │  2  │
//!                     └─────┘
//! ```
//!
//! A missing cell is an ordinary entry of the dictionary that [`Column::missing_code`] names: it forms a
//! category of its own, never a wildcard, and kernels over codes need no branch for it.
//! Work on a value happens once per dictionary entry, not once per row.

mod column;
#[cfg(feature = "csv")]
pub mod csv;
mod index;
#[cfg(feature = "pipeline")]
pub mod json_lines;
pub mod parquet;
mod rows;
#[cfg(feature = "csv")]
mod window;

pub use column::{Column, ColumnBuilder};
pub use rows::Rows;

use crate::error::{Error, Result};

/// Columns of equal length with unique names.
///
/// # Examples
/// ```
/// use incog::table::{Column, Table};
/// let table = Table::new([
///     ("age", Column::from_values(["34", "35", "34"])?),
///     ("sex", Column::from_values(["F", "M", "F"])?),
/// ])?;
/// assert_eq!((table.rows(), table.column("age")?.dictionary_len()), (3, 2));
/// assert_eq!(table.column("zip").unwrap_err().to_string(), "column 'zip' is not in the table; it has 'age', 'sex'");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// A table of `columns`, in this order.
    ///
    /// # Errors
    /// `Data` if two columns have one name, or if they differ in length.
    pub fn new<N: Into<String>>(columns: impl IntoIterator<Item = (N, Column)>) -> Result<Self> {
        let (names, columns): (Vec<String>, Vec<Column>) =
            columns.into_iter().map(|(name, column)| (name.into(), column)).unzip();
        let rows = columns.first().map_or(0, Column::len);
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(Error::duplicate_column(name));
            }
            if columns[i].len() != rows {
                return Err(Error::unequal_columns(name, columns[i].len(), rows));
            }
        }
        Ok(Table { names, columns, rows })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// `Refused` if there is none; the message lists the names that there are.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.get(name).ok_or_else(|| Error::unknown_column(name, &self.names))
    }

    /// The column called `name`, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|i| &self.columns[i])
    }

    /// Names and columns, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.names.iter().map(String::as_str).zip(&self.columns)
    }

    /// Its columns, with their names.
    #[cfg(feature = "pipeline")]
    pub(crate) fn into_columns(self) -> impl Iterator<Item = (String, Column)> {
        self.names.into_iter().zip(self.columns)
    }

    /// The same columns with only `rows`, in that order.
    ///
    /// # Panics
    /// If a row number is outside the table.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Table {
        Table {
            names: self.names.clone(),
            columns: self.columns.iter().map(|c| c.select(rows)).collect(),
            rows: rows.len(),
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("names", &self.names).field("rows", &self.rows).finish_non_exhaustive()
    }
}
