//! What the rows of a table show by themselves: classes, how often values stand alone, distributions.
//!
//! Values are numbered by how frequent they are and never named: a report holds no cell. Of a released table this says
//! nothing that the table does not; of a raw table it is for those who hold the raw data.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

use crate::{
    error::Result,
    num,
    table::{Column, Table},
};

/// What the rows of a table show.
///
/// # Examples
/// ```
/// use incog::{evidence::TableFacts, table::{Column, Table}};
/// let table = Table::new([
///     ("age", Column::from_values(["20s", "20s", "30s"])?),
///     ("stage", Column::from_values(["1", "2", "2"])?),
/// ])?;
/// let facts = TableFacts::of(&table, &["age"])?;
/// assert_eq!(facts.class_sizes(), [(1, 1), (2, 1)]);
/// assert_eq!(facts.alone("stage"), Some(1));
///
/// let error = TableFacts::of(&table, &["name"]).unwrap_err();
/// assert_eq!(error.to_string(), "column 'name' is not in the table; it has 'age', 'stage'");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFacts {
    pub(super) rows: u64,
    pub(super) class_sizes: Vec<(u64, u64)>,
    pub(super) columns: Vec<ColumnFacts>,
}

/// What one column shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnFacts {
    pub(super) name: String,
    pub(super) quasi: bool,
    pub(super) distinct: u64,
    /// Rows with a value that no other row has.
    pub(super) alone: u64,
    /// Rows of the most frequent values, in this order.
    pub(super) rows: Vec<u64>,
    /// Rows of all others.
    pub(super) others: u64,
}

impl TableFacts {
    /// Of `table`, whose classes are the rows that are equal on `quasi`.
    ///
    /// # Errors
    /// `Refused` if a column is not in the table.
    pub fn of(table: &Table, quasi: &[&str]) -> Result<Self> {
        Self::of_columns(table, table.names().iter().map(String::as_str), quasi)
    }

    /// Of the columns `names` of `table` alone.
    pub(crate) fn of_columns<'n>(
        table: &Table,
        names: impl Iterator<Item = &'n str>,
        quasi: &[&str],
    ) -> Result<Self> {
        let columns: Vec<&Column> = quasi.iter().map(|name| table.column(name)).collect::<Result<_>>()?;
        let class_sizes = match packed(&columns, table.rows()) {
            Some(keys) => sizes(keys),
            None => {
                sizes((0..table.rows()).map(|row| columns.iter().map(|c| c.codes()[row]).collect::<Vec<_>>()))
            }
        };
        let facts = |name| Ok(ColumnFacts::of(name, table.column(name)?, quasi.contains(&name)));
        Ok(TableFacts {
            rows: num::count(table.rows()),
            class_sizes,
            columns: names.map(facts).collect::<Result<_>>()?,
        })
    }

    /// Sizes of classes, ascending, and the number of classes of that size.
    #[must_use]
    pub fn class_sizes(&self) -> &[(u64, u64)] {
        &self.class_sizes
    }

    /// Rows whose value of `column` no other row has.
    #[must_use]
    pub fn alone(&self, column: &str) -> Option<u64> {
        self.columns.iter().find(|c| c.name == column).map(|c| c.alone)
    }
}

impl ColumnFacts {
    fn of(name: &str, column: &Column, quasi: bool) -> Self {
        let mut rows: Vec<u64> = rows_of_codes(column).into_iter().filter(|&rows| rows > 0).collect();
        rows.sort_unstable_by(|a, b| b.cmp(a));
        let distinct = num::count(rows.len());
        let alone = num::count(rows.iter().filter(|&&rows| rows == 1).count());
        let others = rows.split_off(rows.len().min(SHOWN)).iter().sum();
        ColumnFacts { name: name.to_owned(), quasi, distinct, alone, rows, others }
    }
}

/// For each released value of a column, how many rows of the input would have it, and how many released rows do.
///
/// # Examples
/// ```
/// use incog::{evidence::{Card, Internal, Overlay, ReportExtras, Tool, report}, table::Column};
/// # let card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// let raw = Column::from_values(["21", "22", "35", "99"])?;
/// let released = Column::from_values(["20s", "20s", "30s"])?;
/// let overlay = Overlay::of("age", &raw, &released, &[0, 1, 2]);
/// let page = report(&card, &ReportExtras::default().internal(Internal::default().overlay("table", overlay)));
/// assert!(page.contains("age") && !page.contains("99"), "a page holds no cell of the input");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    pub(super) column: String,
    /// Rows of the input and released rows, of the most frequent values of the input, in this order.
    pub(super) values: Vec<(u64, u64)>,
    /// The same for all others.
    pub(super) others: (u64, u64),
}

impl Overlay {
    /// Of the column `name`: `raw` as it was, `released` as it is in the rows `kept` of the input. A raw value counts for
    /// the released value that most of its rows have; one that has no released row counts for no value.
    #[must_use]
    pub fn of(name: &str, raw: &Column, released: &Column, kept: &[usize]) -> Self {
        let mut became: HashMap<(u32, u32), u64> = HashMap::new();
        for (&row, &code) in kept.iter().zip(released.codes()) {
            *became.entry((raw.codes()[row], code)).or_default() += 1;
        }
        let mut most: HashMap<u32, (u64, u32)> = HashMap::new();
        for (&(from, to), &rows) in &became {
            let best = most.entry(from).or_insert((rows, to));
            // Of equally many rows the smaller code, so that the page does not depend on the order of a map.
            if (rows, std::cmp::Reverse(to)) > (best.0, std::cmp::Reverse(best.1)) {
                *best = (rows, to);
            }
        }
        let after = rows_of_codes(released);
        let mut before = vec![0u64; after.len()];
        let mut nowhere = 0;
        for (code, rows) in (0u32..).zip(rows_of_codes(raw)) {
            match most.get(&code) {
                Some(&(_, to)) => before[num::index(to)] += rows,
                None => nowhere += rows,
            }
        }
        let mut values: Vec<(u64, u64)> =
            before.into_iter().zip(after).filter(|(_, after)| *after > 0).collect();
        values.sort_unstable_by(|a, b| b.cmp(a));
        let rest = values.split_off(values.len().min(SHOWN));
        let others = rest.iter().fold((nowhere, 0), |(b, a), (before, after)| (b + before, a + after));
        Overlay { column: name.to_owned(), values, others }
    }
}

/// The codes of each row as one number, where all there can be fit one.
fn packed<'c>(columns: &'c [&Column], rows: usize) -> Option<impl Iterator<Item = u128> + 'c> {
    let radix = |column: &Column| u128::from(num::count(column.dictionary_len()));
    columns.iter().try_fold(1u128, |all, column| all.checked_mul(radix(column).max(1)))?;
    Some((0..rows).map(move |row| {
        columns.iter().fold(0, |key, column| key * radix(column) + u128::from(column.codes()[row]))
    }))
}

/// Sizes of classes, ascending, and the number of classes of that size.
fn sizes<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> Vec<(u64, u64)> {
    let mut classes: HashMap<K, u64> = HashMap::new();
    for key in keys {
        *classes.entry(key).or_default() += 1;
    }
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    for size in classes.into_values() {
        *sizes.entry(size).or_default() += 1;
    }
    sizes.into_iter().collect()
}

fn rows_of_codes(column: &Column) -> Vec<u64> {
    let mut rows = vec![0u64; column.dictionary_len()];
    for &code in column.codes() {
        rows[num::index(code)] += 1;
    }
    rows
}

/// How many values of a column are shown.
const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_their_rows() {
        let values = ["a", "a", "a", "b", "b", "rare", ""];
        let facts = ColumnFacts::of("c", &Column::from_values(values).unwrap(), false);
        assert_eq!((facts.rows, facts.others), (vec![3, 2, 1, 1], 0));
        assert_eq!((facts.alone, facts.distinct), (2, 4));
    }

    #[test]
    fn an_overlay_counts_what_was_left_out() {
        let raw = Column::from_values(["21", "22", "22", "35", "99"]).unwrap();
        let released = Column::from_values(["20s", "20s", "30s"]).unwrap();
        let overlay = Overlay::of("age", &raw, &released, &[0, 1, 3]);
        assert_eq!(overlay.values, [(3, 2), (1, 1)]);
        assert_eq!(overlay.others, (1, 0), "99 has no released row");
    }
}
