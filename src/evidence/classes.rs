//! The classes of a released table and their values, counted by definition. Rows and cells are numbers here, so that tables of many
//! millions of rows fit: 4 bytes a row for its class, and 8 while values are counted (12 for those of persons).

use std::collections::{BTreeMap, HashMap};

use crate::{
    claim::Values,
    num,
    table::{Column, Table},
};

/// How many have each value; the empty text is a missing one.
pub(super) type Counts<'t> = BTreeMap<&'t str, u64>;

/// A released table, and what is counted in it: rows or, if it is known whose they are, persons.
#[derive(Clone, Copy)]
pub(super) struct Counted<'t> {
    pub(super) table: &'t Table,
    /// A number for the person of each row.
    pub(super) persons: Option<&'t [u32]>,
}

/// Which class each row is in. Classes are numbered by their first rows.
pub(super) struct Classes {
    pub(super) of_row: Vec<u32>,
    /// The first row of each class, from 0.
    pub(super) first: Vec<usize>,
}

/// The values of one class.
pub(super) struct ClassValues<'t> {
    pub(super) all: Counts<'t>,
    /// Without missing ones, `*` and those that count as missing.
    pub(super) known: Counts<'t>,
    /// Its first row, from 1.
    pub(super) row: u64,
}

impl<'t> Counted<'t> {
    /// All rows of `table`.
    pub(super) fn rows(table: &'t Table) -> Self {
        Counted { table, persons: None }
    }

    /// The classes of rows that are equal on `columns`.
    pub(super) fn classes(&self, columns: &[String]) -> Result<Classes, String> {
        let mut cells = Vec::with_capacity(columns.len());
        for name in columns {
            cells.push(column(self.table, name)?);
        }
        if self.table.rows() == 0 {
            return Err("the file has no rows".into());
        }
        let mut of_row = vec![0; self.table.rows()];
        for column in cells {
            // Rows are of one class if they were so far and have one cell here.
            let mut numbers: HashMap<(u32, u32), u32> = HashMap::new();
            for (class, &code) in of_row.iter_mut().zip(column.codes()) {
                let next = number(numbers.len())?;
                *class = *numbers.entry((*class, code)).or_insert(next);
            }
        }
        let mut first = Vec::new();
        for (row, &class) in of_row.iter().enumerate() {
            if num::index(class) == first.len() {
                first.push(row);
            }
        }
        Ok(Classes { of_row, first })
    }

    /// How many each class has.
    pub(super) fn sizes(&self, classes: &Classes) -> Vec<u64> {
        let mut sizes = vec![0; classes.first.len()];
        match self.persons {
            None => classes.of_row.iter().for_each(|&class| sizes[num::index(class)] += 1),
            Some(persons) => {
                let mut seen: Vec<(u32, u32)> =
                    classes.of_row.iter().copied().zip(persons.iter().copied()).collect();
                seen.sort_unstable();
                seen.dedup();
                seen.iter().for_each(|&(class, _)| sizes[num::index(class)] += 1);
            }
        }
        sizes
    }

    /// The size of the smallest class, and the first row in it (from 1).
    pub(super) fn smallest_class(&self, columns: &[String]) -> Result<(u64, u64), String> {
        let classes = self.classes(columns)?;
        let rows = classes.first.iter().map(|&row| num::count(row) + 1);
        Ok(self.sizes(&classes).into_iter().zip(rows).min().unwrap_or((0, 0)))
    }

    /// Calls `take` with the values of each class, in the order of their first rows.
    pub(super) fn values(
        &self,
        of: &Values,
        mut take: impl FnMut(ClassValues<'t>) -> Result<(), String>,
    ) -> Result<(), String> {
        let classes = self.classes(&of.columns)?;
        let column = column(self.table, &of.sensitive)?;
        let known: Vec<bool> = column.dictionary().map(|value| is_known(value, of)).collect();
        for of_class in self.pairs(&classes, column).chunk_by(|a, b| a.0 == b.0) {
            let mut values = ClassValues {
                all: Counts::new(),
                known: Counts::new(),
                row: num::count(classes.first[num::index(of_class[0].0)]) + 1,
            };
            for equal in of_class.chunk_by(|a, b| a.1 == b.1) {
                let (code, n) = (equal[0].1, num::count(equal.len()));
                values.all.insert(column.value(code), n);
                if known[num::index(code)] {
                    values.known.insert(column.value(code), n);
                }
            }
            take(values)?;
        }
        Ok(())
    }

    /// How many have each value in all classes together.
    pub(super) fn all_values(&self, of: &Values) -> Result<Counts<'t>, String> {
        let mut all = Counts::new();
        self.values(of, |class| {
            class.all.into_iter().for_each(|(value, n)| *all.entry(value).or_default() += n);
            Ok(())
        })?;
        Ok(all)
    }

    /// Class and value of each row, sorted; where persons are counted, of each person once for a value of a class.
    fn pairs(&self, classes: &Classes, column: &Column) -> Vec<(u32, u32)> {
        let pairs = classes.of_row.iter().copied().zip(column.codes().iter().copied());
        let Some(persons) = self.persons else {
            let mut pairs: Vec<(u32, u32)> = pairs.collect();
            pairs.sort_unstable();
            return pairs;
        };
        let mut whose: Vec<(u32, u32, u32)> =
            pairs.zip(persons).map(|((class, value), &person)| (class, value, person)).collect();
        whose.sort_unstable();
        whose.dedup();
        whose.into_iter().map(|(class, value, _)| (class, value)).collect()
    }
}

fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, String> {
    table.get(name).ok_or_else(|| format!("column '{name}' is not in the file"))
}

fn number(n: usize) -> Result<u32, String> {
    u32::try_from(n).map_err(|_| "it has more classes than can be counted".to_owned())
}

pub(super) fn is_known(value: &str, of: &Values) -> bool {
    !value.is_empty() && value != "*" && !of.unknown.iter().any(|u| u == value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Rows by their cells: slow and obvious.
    fn twin(rows: &[[u8; 3]], columns: usize) -> Vec<(usize, Vec<usize>)> {
        let mut classes: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (i, row) in rows.iter().enumerate() {
            classes.entry(&row[..columns]).or_default().push(i);
        }
        let mut classes: Vec<_> = classes.into_values().map(|rows| (rows[0], rows)).collect();
        classes.sort();
        classes
    }

    #[test]
    fn classes_and_their_values_are_those_of_rows_compared_cell_by_cell() {
        // 500 rows of few values, by a linear congruential generator of fixed seed.
        let mut state = 1u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u8::try_from((state >> 33) % n).unwrap()
        };
        let rows: Vec<[u8; 3]> = (0..500).map(|_| [next(5), next(7), next(4)]).collect();
        let persons: Vec<u32> = (0..500).map(|_| u32::from(next(40))).collect();
        let cell = |value: u8| if value == 0 { String::new() } else { format!("v{value}") };
        let names = ["a", "b", "s"];
        let columns = (0..3).map(|c| {
            let mut column = crate::table::ColumnBuilder::default();
            rows.iter().for_each(|row| {
                let text = cell(row[c]);
                column.push_cell((!text.is_empty()).then_some(text.as_str())).unwrap();
            });
            (names[c], column.finish())
        });
        let table = Table::new(columns).unwrap();
        for width in 0..=2 {
            let of = Values::new("s", names[..width].iter().map(|n| (*n).to_owned()).collect())
                .unknown(vec!["v2".to_owned()]);
            let expected = twin(&rows, width);
            for whose in [None, Some(persons.as_slice())] {
                let counted = Counted { table: &table, persons: whose };
                // Of each value the rows, or their persons.
                let number = |rows: &[usize]| match whose {
                    None => rows.len(),
                    Some(persons) => rows.iter().map(|&r| persons[r]).collect::<BTreeSet<_>>().len(),
                };
                let classes = counted.classes(&of.columns).unwrap();
                let sizes: Vec<u64> = expected.iter().map(|(_, rows)| num::count(number(rows))).collect();
                assert_eq!(classes.first, expected.iter().map(|(first, _)| *first).collect::<Vec<_>>());
                assert_eq!(counted.sizes(&classes), sizes, "{width}");
                let mut found = Vec::new();
                counted
                    .values(&of, |class| {
                        found.push((class.row, class.all.clone(), class.known));
                        Ok(())
                    })
                    .unwrap();
                assert_eq!(found.len(), expected.len());
                for ((row, all, known), (first, of_class)) in found.iter().zip(&expected) {
                    assert_eq!(*row, num::count(*first) + 1);
                    for value in 0..4u8 {
                        let with: Vec<usize> =
                            of_class.iter().copied().filter(|&r| rows[r][2] == value).collect();
                        let n = (!with.is_empty()).then(|| num::count(number(&with)));
                        assert_eq!(all.get(cell(value).as_str()).copied(), n);
                        let is_known = ![0, 2].contains(&value);
                        assert_eq!(known.get(cell(value).as_str()).copied(), n.filter(|_| is_known));
                    }
                }
            }
        }
        assert!(Counted::rows(&table).classes(&["c".to_owned()]).is_err_and(|why| why.contains("'c'")));
    }
}
