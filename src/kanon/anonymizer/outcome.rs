//! What comes out.

use std::fmt;

use crate::{
    error::Result,
    kanon::{FrozenRecoding, Report},
    table::{Column, Table},
};

/// A generalized table, and what is known about it.
pub struct Outcome {
    pub(in crate::kanon) names: Vec<String>,
    pub(in crate::kanon) columns: Vec<Column>,
    pub(in crate::kanon) kept_rows: Vec<usize>,
    /// The classes, if each has levels of its own.
    pub(in crate::kanon) frozen: Option<FrozenRecoding>,
    /// For each quasi-identifying column, in the order of the request, the share of its domain that each code of the released
    /// column stands for.
    pub(in crate::kanon) shares: Vec<Vec<f64>>,
    pub(in crate::kanon) report: Report,
}

impl Outcome {
    /// The released rows, in the order of the input: shuffle them before they leave. Dictionaries hold released values only.
    ///
    /// # Errors
    /// None in practice: the columns are of one length by construction.
    pub fn table(&self) -> Result<Table> {
        Table::new(self.names.iter().cloned().zip(self.columns.iter().map(Column::compacted)))
    }

    /// The input's row numbers (from 0) that are released, in order.
    #[must_use]
    pub fn kept_rows(&self) -> &[usize] {
        &self.kept_rows
    }

    /// The released column `name`, which is one of the request's.
    pub(in crate::kanon) fn column(&self, name: &str) -> &Column {
        let at = self.names.iter().position(|n| n == name);
        &self.columns[at.expect("every column of the request is released")]
    }

    /// What was done, and what it cost.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome").field("report", &self.report).finish_non_exhaustive()
    }
}
