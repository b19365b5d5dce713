//! Identifiers that nobody declared: columns, and pairs of them, whose values few rows have.
//!
//! Counted in the released rows alone, over all their columns, sensitive ones included, as a recipient would who does not
//! know which of them was thought to be what. A value that stands alone names a row; one that few rows have leaves whoever
//! knows it with a handful to choose from, as small counts do in a table of counts (\[HDF12\] Hundepool, Domingo-Ferrer,
//! Franconi, Giessing, Schulte Nordholt, Spicer, de Wolf, *Statistical Disclosure Control*, 2012: the minimum frequency
//! rule).
//!
//! ```text
//!   rows in the order of persons ──by the first column──> group ──by the second──> rows, persons, last person
//! ```
//!
//! So a pair of columns costs one pass over the rows, and no table of pairs is made.

use std::borrow::Cow;

use super::released::Lists;
use crate::{
    num,
    table::{Column, Table},
};

/// Columns whose values few rows of a release have, by themselves or together.
///
/// # Examples
/// ```
/// # use incog::{audit::table::{Attacker, ControlSplit}, table::{Column, Table}};
/// # let ages = Column::from_values((0..200).map(|i| (i % 4).to_string()))?;
/// # let receipts = Column::from_values((0..200).map(|i| (i * 7919).to_string()))?;
/// # let table = Table::new([("age", ages), ("receipt", receipts)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// // Nobody thought of the receipt as something that an attacker knows, and it names every row.
/// let report = Attacker::builder(&released, &table, &split).known(["age"]).build()?.run(&|_, _, _| {});
/// let worst = &report.identifiers[0];
/// assert_eq!(worst.columns, ["receipt"]);
/// assert_eq!(worst.rows_alone, report.rows);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Identifier {
    /// One column, or two of which neither singles out one row in a hundred by itself.
    pub columns: Vec<String>,
    /// Near-unique values, or pairs of values: those of fewer rows, or persons, than the report's `few`.
    pub values_few: u64,
    /// The rows with such a value in them.
    pub rows_few: u64,
    /// The rows among them with a value that no other row, or person, has.
    pub rows_alone: u64,
}

/// The columns of `table` with near-unique values, and the pairs by which at least [`LEAST`] of the rows have one, the strongest
/// first. Of tables with many columns, pairs are made of the [`COLUMNS`] with most values. If the table has the column
/// `person`, its values are counted, and not rows.
pub(super) fn find(table: &Table, person: Option<&str>, few: u32) -> Vec<Identifier> {
    let rows = num::count(table.rows());
    if rows < 2 {
        return Vec::new();
    }
    let person = person.and_then(|name| Some((name, table.get(name)?)));
    let order = person.map(|(_, column)| Lists::new(column.dictionary_len(), column.codes()));
    let in_order = |column: &'_ Column| -> Vec<u32> {
        let order = order.as_ref().expect("asked for with persons only");
        order.items().iter().map(|&row| column.codes()[num::index(row)]).collect()
    };
    let persons = person.map(|(_, column)| in_order(column));
    let columns: Vec<Coded<'_>> = table
        .iter()
        .map(|(name, column)| Coded {
            name,
            codes: if order.is_some() { in_order(column).into() } else { column.codes().into() },
            values: column.dictionary_len(),
        })
        .collect();
    let counts = |found: &Identifier| found.rows_few.saturating_mul(LEAST) >= rows;
    let mut counter = Counter { persons: persons.as_deref(), few, seen: Vec::new(), touched: Vec::new() };
    let everything: Vec<u32> = (0..=u32::MAX).take(table.rows()).collect();

    let mut found = Vec::new();
    let mut others: Vec<&Coded<'_>> = Vec::new();
    for column in &columns {
        let alone = counter.count(&[column], [everything.as_slice()].into_iter());
        if !counts(&alone) {
            others.push(column);
        }
        // Who the persons are is no finding.
        if alone.values_few > 0 && person.is_none_or(|(name, _)| name != column.name) {
            found.push(alone);
        }
    }
    others.sort_by_key(|column| std::cmp::Reverse(column.values));
    others.truncate(COLUMNS);
    for (i, first) in others.iter().enumerate() {
        let groups = Lists::new(first.values, &first.codes);
        for second in &others[i + 1..] {
            let of_pair = counter.count(&[first, second], (0..groups.len()).map(|group| groups.of(group)));
            if counts(&of_pair) {
                found.push(of_pair);
            }
        }
    }
    found.sort_by(|a, b| (b.rows_few, b.rows_alone, &a.columns).cmp(&(a.rows_few, a.rows_alone, &b.columns)));
    found
}

/// A column, its codes in the order of persons.
struct Coded<'t> {
    name: &'t str,
    codes: Cow<'t, [u32]>,
    values: usize,
}

/// Counts the rows and persons of each value, group by group.
struct Counter<'p> {
    /// Who each row belongs to, ascending; without it each row is somebody else's.
    persons: Option<&'p [u32]>,
    few: u32,
    seen: Vec<Seen>,
    touched: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    rows: u32,
    persons: u32,
    last: u32,
}

impl Counter<'_> {
    /// Of the values of the last of `columns` in each of `groups` of rows that are equal on those before it.
    fn count<'g>(&mut self, columns: &[&Coded<'_>], groups: impl Iterator<Item = &'g [u32]>) -> Identifier {
        let names = columns.iter().map(|column| column.name.to_owned()).collect();
        let mut found = Identifier { columns: names, values_few: 0, rows_few: 0, rows_alone: 0 };
        let Some(column) = columns.last() else { return found };
        if self.seen.len() < column.values {
            self.seen.resize(column.values, Seen::default());
        }
        for group in groups {
            for &row in group {
                let code = column.codes[num::index(row)];
                let seen = &mut self.seen[num::index(code)];
                if seen.rows == 0 {
                    self.touched.push(code);
                }
                let person = self.persons.map_or(row, |persons| persons[num::index(row)]);
                if seen.rows == 0 || seen.last != person {
                    (seen.last, seen.persons) = (person, seen.persons + 1);
                }
                seen.rows += 1;
            }
            for code in self.touched.drain(..) {
                let seen = std::mem::take(&mut self.seen[num::index(code)]);
                if seen.persons < self.few {
                    found.values_few += 1;
                    found.rows_few += u64::from(seen.rows);
                }
                if seen.persons == 1 {
                    found.rows_alone += u64::from(seen.rows);
                }
            }
        }
        found
    }
}

/// One row in so many.
const LEAST: u64 = 100;
/// 66 pairs: of a million rows about a second.
const COLUMNS: usize = 12;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn column(rows: usize, f: &dyn Fn(usize) -> usize) -> Column {
        Column::from_values((0..rows).map(|i| f(i).to_string())).unwrap()
    }

    #[test]
    fn pairs_are_listed_whose_columns_are_not() {
        let n = 1000;
        let table = Table::new([
            ("a", column(n, &|i| i / 25)),
            ("serial", column(n, &|i| i)),
            ("b", column(n, &|i| i % 25)),
            ("c", column(n, &|i| i % 2)),
            // Alone in 5 of 1,000 rows, and twice in 2: a few values, too few for pairs.
            (
                "rare",
                column(n, &|i| {
                    if i < 5 {
                        i
                    } else if i < 7 {
                        5
                    } else {
                        7
                    }
                }),
            ),
        ])
        .unwrap();
        let found = find(&table, None, 5);
        let sets: Vec<(String, [u64; 3])> =
            found.iter().map(|i| (i.columns.join(" "), [i.values_few, i.rows_few, i.rows_alone])).collect();
        let expected = [
            ("a b".to_owned(), [1000, 1000, 1000]),
            ("serial".to_owned(), [1000, 1000, 1000]),
            // Five rare values and one of two rows; with b, the rest repeats 39 or 40 times.
            ("rare".to_owned(), [6, 7, 5]),
        ];
        assert_eq!(sets, expected);
        for rows in [0, 1] {
            assert!(find(&table.select(&[0][..rows]), None, 5).is_empty());
        }
        assert_eq!(find(&table, None, 2).last().unwrap().values_few, 5, "fewer than 2 is alone");
    }

    /// By a map from values to the persons who have them.
    #[test]
    fn persons_are_counted_as_by_listing_them() {
        for seed in 1..6 {
            let table = Table::new([
                ("who", column(300, &|i| i * seed % 97)),
                ("x", column(300, &|i| i * i % (40 + seed))),
                ("y", column(300, &|i| i / 9 % 13)),
                ("z", column(300, &|i| i * 7 % 11)),
            ])
            .unwrap();
            for person in [None, Some("who"), Some("nobody")] {
                for found in find(&table, person, 4) {
                    let mut who: BTreeMap<Vec<&str>, (BTreeSet<usize>, u64)> = BTreeMap::new();
                    for row in 0..300 {
                        let values =
                            found.columns.iter().map(|name| table.column(name).unwrap().cell(row).unwrap());
                        let entry = who.entry(values.collect()).or_default();
                        let of = table.get(person.unwrap_or_default());
                        entry.0.insert(of.map_or(row, |c| num::index(c.codes()[row])));
                        entry.1 += 1;
                    }
                    let few: Vec<_> = who.values().filter(|(persons, _)| persons.len() < 4).collect();
                    let alone = few.iter().filter(|(persons, _)| persons.len() == 1);
                    assert_eq!(found.values_few, num::count(few.len()), "{found:?}");
                    assert_eq!(found.rows_few, few.iter().map(|v| v.1).sum::<u64>(), "{found:?}");
                    assert_eq!(found.rows_alone, alone.map(|v| v.1).sum::<u64>(), "{found:?}");
                }
                let of_who = find(&table, person, 4).iter().any(|f| f.columns == ["who"]);
                assert!(person != Some("who") || !of_who);
            }
        }
    }
}
