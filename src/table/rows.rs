//! Some rows of a table, one after another as they are read.
//!
//! ```text
//!            a     b                    text   x y z (..)
//!   row 0    x     yz                   ends   1 3 3 4 ..        cell (row, column) ends at ends[row * columns + column]
//!   row 1    -     z                    an empty cell is missing
//! ```

use std::fmt;

#[cfg(feature = "pipeline")]
use super::{Column, Table};
use crate::error::Result;

/// Rows of a table, as many as a reader gives at a time: what passes that hold no table work on.
///
/// An empty cell is missing, as in every file that is read here.
///
/// # Examples
/// ```
/// # #[cfg(feature = "csv")] {
/// use incog::table::{Rows, csv::{Dialect, Reader}};
/// let mut reader = Reader::new("age,ward\n34,A1\n35,\n".as_bytes(), Dialect::default())?;
/// let mut rows = Rows::default();
/// assert!(reader.next_rows(&mut rows)?);
/// assert_eq!((rows.len(), rows.first()), (2, 1));
/// assert_eq!((rows.cell(0, 1), rows.cell(1, 1)), (Some("A1"), None));
/// assert!(!reader.next_rows(&mut rows)?);
/// # }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Default)]
pub struct Rows {
    text: String,
    ends: Vec<usize>,
    columns: usize,
    rows: usize,
    first: u64,
}

impl Rows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of the first of them in its input, counted from 1 without the header.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The cell of `row` in `column`, both counted from 0; none if it is missing.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        assert!(column < self.columns, "there is no such column");
        let at = row * self.columns + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Some(&self.text[start..self.ends[at]]).filter(|cell| !cell.is_empty())
    }

    /// The rows of `table` that come after these, some thousands at a time; says whether there are any.
    #[cfg(feature = "pipeline")]
    pub(crate) fn follow(&mut self, table: &Table) -> bool {
        let start =
            usize::try_from(self.first.saturating_sub(1)).unwrap_or(usize::MAX).saturating_add(self.rows);
        let (mut text, mut ends) = self.take();
        let columns: Vec<&Column> = table.iter().map(|(_, column)| column).collect();
        let mut row = start;
        while row < table.rows() && row - start < AT_A_TIME && text.len() < STRETCH {
            for column in &columns {
                text.push_str(column.cell(row).unwrap_or_default());
                ends.push(text.len());
            }
            row += 1;
        }
        self.set(text, ends, columns.len(), crate::num::count(start) + 1);
        self.rows > 0
    }

    /// Appends a row; says whether there are enough of them to be passed on.
    #[cfg(feature = "pipeline")]
    pub(crate) fn push<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> bool {
        let before = self.ends.len();
        for cell in cells {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }
        self.columns = self.ends.len() - before;
        self.rows += 1;
        self.first = self.first.max(1);
        self.rows == AT_A_TIME || self.text.len() >= STRETCH
    }

    /// No rows yet, of those behind these.
    #[cfg(feature = "pipeline")]
    pub(crate) fn forget(&mut self) {
        self.first += crate::num::count(self.rows);
        self.rows = 0;
        self.text.clear();
        self.ends.clear();
    }

    /// Takes `rows` rows of `columns` columns instead, the first of which is number `first`; `cell` appends that of a row
    /// and a column, both counted from 0, and nothing if it is missing. For readers outside of this crate.
    ///
    /// # Errors
    /// The first error of `cell`; then there are no rows.
    ///
    /// # Examples
    /// ```
    /// use incog::table::Rows;
    /// let mut rows = Rows::default();
    /// rows.fill(2, 3, 1, |row, column, out| {
    ///     out.push_str([["a", "x", "b"], ["c", "", "d"]][row][column]);
    ///     Ok(())
    /// })?;
    /// assert_eq!((rows.len(), rows.cell(0, 1), rows.cell(1, 1)), (2, Some("x"), None));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn fill(
        &mut self,
        rows: usize,
        columns: usize,
        first: u64,
        mut cell: impl FnMut(usize, usize, &mut String) -> Result<()>,
    ) -> Result<()> {
        self.rows = 0;
        self.ends.clear();
        self.text.clear();
        for row in 0..rows {
            for column in 0..columns {
                cell(row, column, &mut self.text)?;
                self.ends.push(self.text.len());
            }
        }
        (self.rows, self.columns, self.first) = (rows, columns, first);
        Ok(())
    }

    /// Rows of `columns` columns, the first of which is number `first`, from the text of all cells and where each ends.
    /// Every end is on the border of a character.
    #[cfg(feature = "csv")]
    pub(super) fn set(&mut self, text: String, ends: Vec<usize>, columns: usize, first: u64) {
        self.rows = ends.len().checked_div(columns).unwrap_or(0);
        (self.text, self.ends, self.columns, self.first) = (text, ends, columns, first);
    }

    /// Its memory, to be filled anew.
    #[cfg(feature = "csv")]
    pub(super) fn take(&mut self) -> (String, Vec<usize>) {
        self.rows = 0;
        let (mut text, mut ends) = (std::mem::take(&mut self.text), std::mem::take(&mut self.ends));
        text.clear();
        ends.clear();
        (text, ends)
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("len", &self.rows)
            .field("columns", &self.columns)
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

/// About so much text is given at a time.
#[cfg(feature = "csv")]
pub(super) const STRETCH: usize = 1 << 20;
/// At most so many rows are given at a time.
#[cfg(feature = "csv")]
pub(super) const AT_A_TIME: usize = 1 << 13;
