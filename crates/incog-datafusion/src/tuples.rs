//! What plans give, put back into rows: distinct tuples with the numbers of their rows, and batches whose rows are numbered.

use datafusion::arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::Int64Type,
};
use incog::{
    Result,
    table::{Column, ColumnBuilder, Rows, Table},
};
use incog_arrow::table::{self, Nulls};

use crate::failure::{misplaced, other_rows};

/// Distinct tuples, and the rows that have them.
#[derive(Default)]
pub(crate) struct Tuples {
    columns: usize,
    /// How many rows the file says that it has: what it says is no reason to hold as much.
    rows: usize,
    batches: Vec<RecordBatch>,
    /// First row of a tuple, the batch that it is in, its place there.
    firsts: Vec<(u32, usize, usize)>,
    /// The rows of one tuple after those of another.
    numbers: Vec<u32>,
    /// For each tuple, how many of them there are up to its last.
    ends: Vec<usize>,
}

impl Tuples {
    /// Of so many columns; of a table of so many rows, as its file says.
    pub(crate) fn of(columns: usize, rows: usize) -> Self {
        Tuples { columns, rows, ..Tuples::default() }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let lists =
            batch.columns().last().and_then(|last| last.as_list_opt::<i32>()).ok_or_else(misplaced)?;
        for place in 0..batch.num_rows() {
            let list = lists.value(place);
            let numbers = list.as_primitive_opt::<Int64Type>().filter(|n| n.null_count() == 0);
            let mut first = NOBODY;
            for &number in numbers.ok_or_else(misplaced)?.values() {
                let row = u32::try_from(number).map_err(|_| misplaced())?;
                first = first.min(row);
                self.numbers.push(row);
            }
            if self.numbers.len() > self.rows {
                return Err(misplaced());
            }
            self.ends.push(self.numbers.len());
            self.firsts.push((first, self.batches.len(), place));
        }
        // The lists are as long as the table, and are done with.
        self.batches.push(cells_of(batch, self.columns)?);
        Ok(())
    }

    /// The table, once every row has its tuple.
    pub(crate) fn table(self, columns: &[&str]) -> Result<Table> {
        let Tuples { rows, batches, firsts, numbers, ends, .. } = self;
        if numbers.len() != rows {
            return Err(other_rows(numbers.len(), rows));
        }
        let mut of_row = vec![NOBODY; rows];
        let mut start = 0;
        for (&end, tuple) in ends.iter().zip(0u32..) {
            for &row in &numbers[start..end] {
                match usize::try_from(row).ok().and_then(|row| of_row.get_mut(row)) {
                    Some(slot) if *slot == NOBODY => *slot = tuple,
                    _ => return Err(misplaced()),
                }
            }
            start = end;
        }
        drop(numbers);
        let mut order: Vec<usize> = (0..firsts.len()).collect();
        order.sort_unstable_by_key(|&tuple| firsts[tuple].0);
        let mut texts = Vec::with_capacity(batches.len());
        for batch in &batches {
            let mut rows = Rows::default();
            match table::rows_of(batch, Nulls::Missing, 1, &mut rows) {
                Ok(()) => texts.push(rows),
                Err(e) => return Err(in_its_row(&batches, &firsts, &order).err().unwrap_or(e)),
            }
        }
        let mut builders: Vec<ColumnBuilder> = columns.iter().map(|_| ColumnBuilder::default()).collect();
        for &tuple in &order {
            let (_, batch, place) = firsts[tuple];
            for (column, builder) in builders.iter_mut().enumerate() {
                builder.push_cell(texts[batch].cell(place, column))?;
            }
        }
        drop(texts);
        let mut place_of = vec![0usize; order.len()];
        order.iter().enumerate().for_each(|(place, &tuple)| place_of[tuple] = place);
        let place_of = |tuple: &u32| place_of[usize::try_from(*tuple).unwrap_or(usize::MAX)];
        let of_rows = |builder: ColumnBuilder| {
            let of_tuples = builder.finish();
            let codes = of_row.iter().map(|tuple| of_tuples.codes()[place_of(tuple)]).collect();
            Column::from_codes_with_missing(codes, of_tuples.dictionary(), of_tuples.missing_code())
        };
        let named = columns.iter().zip(builders).map(|(name, builder)| Ok((*name, of_rows(builder)?)));
        Table::new(named.collect::<Result<Vec<_>>>()?)
    }
}

/// The first row of the table whose cells have no text, as an error that names it.
fn in_its_row(batches: &[RecordBatch], firsts: &[(u32, usize, usize)], order: &[usize]) -> Result<()> {
    let mut rows = Rows::default();
    for &tuple in order {
        let (first, batch, place) = firsts[tuple];
        table::rows_of(&batches[batch].slice(place, 1), Nulls::Missing, u64::from(first) + 1, &mut rows)?;
    }
    Ok(())
}

/// The cells of a numbered batch.
pub(crate) fn cells_of(batch: &RecordBatch, columns: usize) -> Result<RecordBatch> {
    batch.project(&(0..columns).collect::<Vec<_>>()).map_err(|_| misplaced())
}

/// The numbers of its rows, from 1.
pub(crate) fn numbers_of(batch: &RecordBatch) -> Result<Vec<u64>> {
    let numbers = batch.columns().last().and_then(|last| last.as_primitive_opt::<Int64Type>());
    let numbers = numbers.filter(|numbers| numbers.null_count() == 0).ok_or_else(misplaced)?;
    let from_one = |&number: &i64| u64::try_from(number).ok()?.checked_add(1);
    numbers.values().iter().map(|number| from_one(number).ok_or_else(misplaced)).collect()
}

/// The texts of rows with these numbers.
pub(crate) fn texts_of(cells: &RecordBatch, numbers: &[u64], texts: &mut Rows) -> Result<()> {
    let first = numbers.first().copied().unwrap_or(1);
    table::rows_of(cells, Nulls::Missing, first, texts).or_else(|error| {
        // Which of them it was.
        for (place, &number) in numbers.iter().enumerate() {
            table::rows_of(&cells.slice(place, 1), Nulls::Missing, number, texts)?;
        }
        Err(error)
    })
}

/// The tuple of a row that none was seen of.
const NOBODY: u32 = u32::MAX;
