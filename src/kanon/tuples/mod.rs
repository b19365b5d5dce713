//! What a search is given: the distinct tuples of a table with their counts.
//!
//! ```text
//!   domains ──> TupleCounter ──add batches──> Tuples ──> Anonymizer::search ──> Solution ──> rows to keep, batch by batch
//! ```
//!
//! So the rows of a table are needed twice and never all at once: to be counted, and to be rewritten. A table in memory
//! is one batch.

mod counter;
mod width;

use std::{fmt, sync::Arc};

pub use counter::TupleCounter;
pub(in crate::kanon) use counter::{Wanted, packing};
pub(crate) use width::{AnyHistogram, by_width};

use super::{
    class::{Histogram, Layout, PackedKey},
    hierarchy::Levels,
    search::CountedColumn,
};
use crate::num;

/// The distinct quasi-identifying tuples of a table, each with its rows, the sensitive values and persons in them, and its
/// rows in a population: all that a search needs.
///
/// # Examples
/// Two searches of one count:
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, class::Codes, model::KAnonymity}, table::{Column, Table}};
/// let domains = Table::new([("zip", Column::from_values(["11", "12", "21"])?)])?;
/// let request = |k| {
///     Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?).model(KAnonymity::new(k)?).build()
/// };
/// let mut counter = request(2)?.counter(&domains)?;
/// counter.add(&[Codes::U8(&[0, 0, 1, 2, 2])])?;
/// let tuples = counter.finish();
/// assert_eq!((tuples.rows(), tuples.distinct()), (5, 3));
/// let level = |k| Ok::<_, incog::Error>(request(k)?.search(&tuples)?.report().levels["zip"]);
/// assert_eq!((level(2)?, level(3)?), (1, 2));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Tuples {
    /// Rows of the table.
    pub(in crate::kanon) rows: u64,
    /// Rows with a value outside of its hierarchy; they are in no tuple.
    pub(in crate::kanon) outside_rows: u64,
    pub(in crate::kanon) levels: Vec<Levels>,
    pub(in crate::kanon) layout: Layout,
    pub(in crate::kanon) histogram: AnyHistogram,
    /// For each column whose finest level is coarser than its values, rows by value.
    pub(in crate::kanon) fine_rows: Vec<Option<Vec<u64>>>,
    /// The columns whose values are counted, in the order of the histogram's lists.
    pub(in crate::kanon) counted: Vec<Arc<CountedColumn>>,
    /// Distinct persons, if they are counted.
    pub(in crate::kanon) persons: Option<u64>,
    /// Rows of the population.
    pub(in crate::kanon) population_rows: u64,
}

impl Tuples {
    /// Rows that were counted.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of distinct tuples at the finest levels.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        by_width!(AnyHistogram, &self.histogram, histogram => num::count(histogram.len()))
    }
}

impl fmt::Debug for Tuples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tuples")
            .field("rows", &self.rows)
            .field("distinct", &self.distinct())
            .finish_non_exhaustive()
    }
}

/// Rows of each code of each column at the finest levels.
pub(in crate::kanon) fn marginals<K: PackedKey>(
    histogram: &Histogram<K>,
    layout: &Layout,
    levels: &[Levels],
) -> Vec<Vec<u64>> {
    let mut rows: Vec<Vec<u64>> = levels.iter().map(|l| vec![0; l.level(0).labels().len()]).collect();
    for (class, &n) in histogram.counts.rows.iter().enumerate() {
        let key = histogram.keys.of(class);
        for (rows, &field) in rows.iter_mut().zip(layout.fields()) {
            rows[num::index(key.get(field))] += u64::from(n);
        }
    }
    rows
}
