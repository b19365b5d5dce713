//! Identifiers that nobody declared: columns, and pairs of them, whose values stand alone.
//!
//! Counted in the released rows alone, over all their columns, sensitive ones included, as a recipient would who does not
//! know which of them was thought to be what.

use std::collections::HashMap;

use crate::{
    num,
    table::{Column, Table},
};

/// Columns that single out rows of a release by themselves or together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Identifier {
    /// One column, or two of which neither is listed alone.
    pub columns: Vec<String>,
    /// Rows with values in them that no other row has.
    pub rows_alone: u64,
}

/// The columns and pairs of `table` that single out at least [`LEAST`] of its rows, the strongest first. Of tables with many
/// columns, pairs are made of the [`COLUMNS`] with most values.
pub(super) fn find(table: &Table) -> Vec<Identifier> {
    let rows = num::count(table.rows());
    let counts = |alone: u64| rows > 1 && alone.saturating_mul(LEAST) >= rows;
    let mut found = Vec::new();
    let mut others: Vec<(&str, &Column)> = Vec::new();
    for (name, column) in table.iter() {
        let rows_alone = alone(column.codes().iter().map(|&code| u64::from(code)));
        if counts(rows_alone) {
            found.push(Identifier { columns: vec![name.to_owned()], rows_alone });
        } else {
            others.push((name, column));
        }
    }
    others.sort_by_key(|(_, column)| std::cmp::Reverse(column.dictionary_len()));
    others.truncate(COLUMNS);
    for (i, (first, a)) in others.iter().enumerate() {
        for (second, b) in &others[i + 1..] {
            let pairs = a.codes().iter().zip(b.codes());
            let rows_alone = alone(pairs.map(|(&a, &b)| u64::from(a) << 32 | u64::from(b)));
            if counts(rows_alone) {
                found.push(Identifier {
                    columns: vec![(*first).to_owned(), (*second).to_owned()],
                    rows_alone,
                });
            }
        }
    }
    found.sort_by(|a, b| (b.rows_alone, &a.columns).cmp(&(a.rows_alone, &b.columns)));
    found
}

/// How many values occur once.
fn alone(values: impl Iterator<Item = u64>) -> u64 {
    let mut rows: HashMap<u64, bool> = HashMap::new();
    for value in values {
        rows.entry(value).and_modify(|once| *once = false).or_insert(true);
    }
    num::count(rows.into_values().filter(|once| *once).count())
}

/// One row in so many.
const LEAST: u64 = 100;
/// 66 pairs: of a million rows about 10 s.
const COLUMNS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_listed_whose_columns_are_not() {
        let n = 1000;
        let column =
            |f: &dyn Fn(usize) -> usize| Column::from_values((0..n).map(|i| f(i).to_string())).unwrap();
        let table = Table::new([
            ("a", column(&|i| i / 25)),
            ("serial", column(&|i| i)),
            ("b", column(&|i| i % 25)),
            ("c", column(&|i| i % 2)),
            // Alone in 5 of 1,000 rows, which is too few.
            ("rare", column(&|i| if i < 5 { i } else { 7 })),
        ])
        .unwrap();
        let found = find(&table);
        let sets: Vec<(String, u64)> = found.iter().map(|i| (i.columns.join(" "), i.rows_alone)).collect();
        assert_eq!(sets[..2], [("a b".to_owned(), 1000), ("serial".to_owned(), 1000)]);
        // Five rare values; with b, the rest repeats 39 or 40 times.
        assert_eq!(sets.len(), 2, "{sets:?}");
        for rows in [0, 1] {
            assert!(find(&table.select(&[0][..rows])).is_empty());
        }
    }
}
