//! Rows from all over an input, as many as can be looked at closely.
//!
//! Every n-th row, where n doubles whenever there are too many: which rows depends on their number alone.

use crate::{
    error::Result,
    num,
    table::{ColumnBuilder, Rows, Table},
};

/// At most [`MOST`] rows and about [`BYTES`] of text.
#[derive(Default)]
pub(super) struct Sample {
    rows: Vec<Vec<Option<Box<str>>>>,
    bytes: usize,
    /// Each 2^n-th row is taken.
    halvings: u32,
    seen: u64,
}

impl Sample {
    /// Takes its share of the rows with the numbers `kept`.
    pub(super) fn take(&mut self, rows: &Rows, kept: &[usize]) {
        for &row in kept {
            if self.seen.trailing_zeros() >= self.halvings {
                let cells: Vec<Option<Box<str>>> =
                    (0..rows.columns()).map(|c| rows.cell(row, c).map(cut).map(Box::from)).collect();
                self.bytes += size(&cells);
                self.rows.push(cells);
            }
            self.seen += 1;
            while self.rows.len() > MOST || (self.bytes > BYTES && self.rows.len() > 1) {
                self.halvings += 1;
                let mut number = 0u32;
                self.rows.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.bytes = self.rows.iter().map(|cells| size(cells)).sum();
            }
        }
    }

    /// Which of `rows` rows have to be taken one after another for the same sample as of all: every 2^n-th, with the least n
    /// that leaves no more than there is room for.
    ///
    /// Coarser divisions that long cells force are then those of all rows: they keep every other one of these.
    pub(super) fn places(rows: u64) -> impl Iterator<Item = u64> {
        let most = num::count(MOST);
        let step = (0..u64::BITS).map(|n| 1u64 << n).find(|&step| rows.div_ceil(step) <= most).unwrap_or(1);
        (0..rows).step_by(usize::try_from(step).unwrap_or(usize::MAX))
    }

    /// The rows, as a table of the columns `names`.
    pub(super) fn table(self, names: &[String]) -> Result<Table> {
        let mut columns: Vec<ColumnBuilder> = names.iter().map(|_| ColumnBuilder::default()).collect();
        for cells in &self.rows {
            for (i, column) in columns.iter_mut().enumerate() {
                column.push_cell(cells.get(i).and_then(|cell| cell.as_deref()))?;
            }
        }
        Table::new(names.iter().cloned().zip(columns.into_iter().map(ColumnBuilder::finish)))
    }
}

fn size(cells: &[Option<Box<str>>]) -> usize {
    cells.iter().map(|cell| size_of::<Option<Box<str>>>() + cell.as_ref().map_or(0, |text| text.len())).sum()
}

/// The start of a long cell.
fn cut(cell: &str) -> &str {
    let end = (0..=CELL.min(cell.len())).rev().find(|&end| cell.is_char_boundary(end));
    &cell[..end.unwrap_or(0)]
}

const MOST: usize = 10_000;
const BYTES: usize = 16 << 20;
/// What is looked at of one cell.
const CELL: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::csv::{Dialect, Reader};

    #[test]
    fn rows_are_taken_from_all_over() {
        let mut text = String::from("n,long\n");
        (0..100_000).for_each(|i| text.push_str(&format!("{i},{}\n", "x".repeat(i % 50))));
        let mut reader = Reader::new(text.as_bytes(), Dialect::default()).unwrap();
        let (mut sample, mut rows) = (Sample::default(), Rows::default());
        while reader.next_rows(&mut rows).unwrap() {
            sample.take(&rows, &(0..rows.len()).collect::<Vec<_>>());
        }
        let table = sample.table(reader.names()).unwrap();
        let numbers = table.column("n").unwrap();
        let taken: Vec<u64> = (0..table.rows()).map(|r| numbers.cell(r).unwrap().parse().unwrap()).collect();
        assert_eq!(taken, (0..100_000).step_by(16).collect::<Vec<u64>>());
        assert_eq!(num::count(taken.len()), 6250);
    }

    #[test]
    fn the_rows_at_their_places_make_the_sample_of_all() {
        for (rows, long) in [(0, 0), (7, 1), (10_000, 1), (10_001, 1), (70_000, 3), (30_000, 4_000)] {
            // Long cells at the end, so that they divide what was taken before.
            let cell = |i: u64| if i * 2 > rows { "x".repeat(long) } else { i.to_string() };
            let taken = |numbers: &[u64]| {
                let mut sample = Sample::default();
                for stretch in numbers.chunks(999) {
                    let mut rows = Rows::default();
                    let fill = |row: usize, _, out: &mut String| {
                        out.push_str(&cell(stretch[row]));
                        Ok(())
                    };
                    rows.fill(stretch.len(), 1, 1, fill).unwrap();
                    sample.take(&rows, &(0..rows.len()).collect::<Vec<_>>());
                }
                let table = sample.table(&["n".to_owned()]).unwrap();
                let column = table.column("n").unwrap().clone();
                (0..column.len()).map(|row| column.cell(row).map(str::to_owned)).collect::<Vec<_>>()
            };
            let all: Vec<u64> = (0..rows).collect();
            let places: Vec<u64> = Sample::places(rows).collect();
            assert!(places.len() <= MOST);
            assert_eq!(taken(&all), taken(&places), "{rows} rows");
        }
    }
}
