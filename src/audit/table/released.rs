//! The released rows, and which of them fit what is known of somebody.

use std::{collections::HashMap, rc::Rc};

use super::cell::{Cells, Value};
use crate::{num, table::Column};

/// Released rows in classes of equal cells on the known columns.
///
/// ```text
///   column 0   cell ──> classes that have it        cells[0][class]
///   column 1   cell ──> classes that have it        cells[1][class]
///   class ──> its rows
/// ```
pub(super) struct Released<'t> {
    pub(super) columns: Vec<Cells<'t>>,
    cells: Vec<Vec<u32>>,
    classes_with: Vec<Lists>,
    pub(super) rows_of: Lists,
    pub(super) rows: usize,
}

/// Lists of numbers, end to end.
pub(super) struct Lists {
    ends: Vec<usize>,
    items: Vec<u32>,
}

/// Codes of cells that come into question, for one column.
pub(super) type Wanted = (usize, Rc<[u32]>);

impl<'t> Released<'t> {
    pub(super) fn new(columns: Vec<Cells<'t>>, rows: usize) -> Self {
        let class_of_row = classes(&columns.iter().map(|c| c.column).collect::<Vec<_>>(), rows);
        let count = class_of_row.iter().max().map_or(0, |&last| num::index(last) + 1);
        let rows_of = Lists::new(count, &class_of_row);
        let cells: Vec<Vec<u32>> = columns
            .iter()
            .map(|c| (0..count).map(|class| c.column.codes()[num::index(rows_of.of(class)[0])]).collect())
            .collect();
        let classes_with =
            cells.iter().zip(&columns).map(|(cells, column)| Lists::new(column.cells.len(), cells)).collect();
        Released { columns, cells, classes_with, rows_of, rows }
    }

    pub(super) fn classes(&self) -> usize {
        self.rows_of.len()
    }

    /// The cells that hold the value of each column in `of` for row `row` of the original.
    pub(super) fn wanted(&self, of: &[usize], originals: &[Original<'_>], row: usize) -> Vec<Wanted> {
        of.iter()
            .map(|&i| {
                let code = originals[i].column.codes()[row];
                (i, self.columns[i].holding_code(code, &originals[i].values[num::index(code)]))
            })
            .collect()
    }

    /// The classes whose cells are among the wanted ones in every column; all if nothing is wanted.
    pub(super) fn candidates(&self, wanted: &[Wanted]) -> Vec<u32> {
        let work = |(column, codes): &Wanted| -> usize {
            codes.iter().map(|&code| self.classes_with[*column].of(num::index(code)).len()).sum()
        };
        let Some(rarest) = wanted.iter().min_by_key(|w| work(w)) else {
            return (0..self.classes()).map(code).collect();
        };
        let fits = |class: &&u32| {
            wanted.iter().all(|(column, codes)| {
                *column == rarest.0 || codes.binary_search(&self.cells[*column][num::index(**class)]).is_ok()
            })
        };
        let lists = rarest.1.iter().map(|&code| self.classes_with[rarest.0].of(num::index(code)));
        lists.flatten().filter(fits).copied().collect()
    }

    /// How many rows the classes have together.
    pub(super) fn rows_in(&self, classes: &[u32]) -> usize {
        classes.iter().map(|&class| self.rows_of.of(num::index(class)).len()).sum()
    }
}

impl Lists {
    /// List `i` holds the places at which `list_of` is `i`.
    pub(super) fn new(lists: usize, list_of: &[u32]) -> Self {
        let mut ends = vec![0usize; lists];
        list_of.iter().for_each(|&list| ends[num::index(list)] += 1);
        let mut sum = 0;
        let mut next: Vec<usize> = Vec::with_capacity(lists);
        for end in &mut ends {
            next.push(sum);
            sum += *end;
            *end = sum;
        }
        let mut items = vec![0; list_of.len()];
        for (place, &list) in (0u32..).zip(list_of) {
            let at = &mut next[num::index(list)];
            items[*at] = place;
            *at += 1;
        }
        Lists { ends, items }
    }

    pub(super) fn of(&self, list: usize) -> &[u32] {
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        &self.items[start..self.ends[list]]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A column of the original, its values read once.
pub(super) struct Original<'t> {
    pub(super) column: &'t Column,
    pub(super) values: Vec<Value<'t>>,
}

impl<'t> Original<'t> {
    pub(super) fn new(column: &'t Column) -> Self {
        let missing = column.missing_code();
        let values = (0u32..).zip(column.dictionary());
        let values = values.map(|(code, text)| Value::new((Some(code) != missing).then_some(text)));
        Original { column, values: values.collect() }
    }

    pub(super) fn value(&self, row: usize) -> &Value<'t> {
        &self.values[num::index(self.column.codes()[row])]
    }
}

/// A number for each row, the same for rows that are equal on `columns`; by first occurrence.
pub(super) fn classes(columns: &[&Column], rows: usize) -> Vec<u32> {
    let mut class_of_row = vec![0u32; rows];
    for column in columns {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        for (class, &value) in class_of_row.iter_mut().zip(column.codes()) {
            let next = code(numbers.len());
            *class = *numbers.entry(u64::from(*class) << 32 | u64::from(value)).or_insert(next);
        }
    }
    class_of_row
}

/// Of something that there are at most as many of as rows, of which a table has fewer than 2^32.
pub(super) fn code(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_those_of_looking_at_every_row() {
        let ages = ["[20, 30)", "[20, 30)", "25", "*", "[30, 40)", "31", "25", "[20, 30)"];
        let zips = ["94*", "941", "941", "94*", "*", "941", "941", "94*"];
        let (a, z) = (Column::from_values(ages).unwrap(), Column::from_values(zips).unwrap());
        let released = Released::new(vec![Cells::new(&a, None), Cells::new(&z, None)], 8);
        assert_eq!(released.classes(), 6);
        for age in ["25", "31", "29", "50"] {
            for zip in ["941", "943", "100"] {
                let values = [Value::new(Some(age)), Value::new(Some(zip))];
                let wanted: Vec<Wanted> =
                    (0..2).map(|i| (i, released.columns[i].holding(&values[i]).into())).collect();
                let mut rows: Vec<u32> = released
                    .candidates(&wanted)
                    .iter()
                    .flat_map(|&class| released.rows_of.of(num::index(class)).to_vec())
                    .collect();
                rows.sort_unstable();
                let holds = |row: &u32| {
                    (0..2).all(|i| {
                        let cells = &released.columns[i];
                        let code = cells.column.codes()[num::index(*row)];
                        cells.cells[num::index(code)].holds(&values[i])
                    })
                };
                assert_eq!(rows, (0u32..8).filter(holds).collect::<Vec<_>>(), "{age} {zip}");
            }
        }
        assert_eq!(released.rows_in(&released.candidates(&[])), 8);
    }
}
