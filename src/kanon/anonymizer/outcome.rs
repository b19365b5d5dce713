//! What comes out.

use std::fmt;

use crate::{
    error::Result,
    kanon::{FrozenRecoding, Report},
    table::{Column, Table},
};

/// A generalized table, and what is known about it.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["1305", "9999", "1306"])?)])?;
/// # let request = Anonymizer::builder()
/// #     .quasi_identifier("zip", Hierarchy::prefix(&[4, 3, 0])?)
/// #     .model(KAnonymity::new(2)?)
/// #     .max_suppressed(0.5)
/// #     .build()?;
/// let outcome = request.run(&table)?;
/// assert_eq!(outcome.kept_rows(), [0, 2], "row 1 stands alone at level 1, and is left out");
/// assert_eq!(outcome.table()?.column("zip")?.cell(0), Some("130*"));
/// assert_eq!(outcome.report().suppressed_rows, 1);
/// # Ok::<(), incog::Error>(())
/// ```
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
