//! How many rows are below each cell of a lattice.

use crate::num;

/// Cells that have rows, ascending, with the number of rows up to each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dp) struct Ranks {
    cells: Vec<u32>,
    upto: Vec<u64>,
}

impl Ranks {
    /// From the cell of each row, in any order.
    pub(in crate::dp) fn of_cells(mut cells: Vec<u32>) -> Self {
        if cells.len() >= DENSE {
            let mut counts = vec![0u64; cells.iter().max().map_or(0, |&last| num::index(last) + 1)];
            cells.iter().for_each(|&cell| counts[num::index(cell)] += 1);
            return Ranks::of_counts(&counts);
        }
        cells.sort_unstable();
        let runs = cells.chunk_by(|a, b| a == b);
        Ranks::of_runs(runs.map(|run| (run[0], num::count(run.len()))))
    }

    /// From the number of rows in each cell.
    pub(in crate::dp) fn of_counts(counts: &[u64]) -> Self {
        Ranks::of_runs(
            (0u32..).zip(counts).filter(|(_, count)| **count > 0).map(|(cell, &count)| (cell, count)),
        )
    }

    fn of_runs(runs: impl Iterator<Item = (u32, u64)>) -> Self {
        let mut ranks = Ranks::default();
        let mut total = 0;
        for (cell, count) in runs {
            total += count;
            ranks.cells.push(cell);
            ranks.upto.push(total);
        }
        ranks
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.upto.last().copied().unwrap_or(0)
    }

    /// How many cells have rows.
    pub(in crate::dp) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The `i`th cell that has rows, the rows before it and the rows in it.
    pub(in crate::dp) fn cell(&self, i: usize) -> (u32, u64, u64) {
        let before = if i == 0 { 0 } else { self.upto[i - 1] };
        (self.cells[i], before, self.upto[i] - before)
    }

    /// The first of the cells that have rows which is at or above `cell`.
    pub(super) fn first_at_or_above(&self, cell: u64) -> usize {
        self.cells.partition_point(|&known| u64::from(known) < cell)
    }

    /// The first of the cells that have rows up to which there are at least `rows`.
    pub(super) fn first_upto(&self, rows: u64) -> usize {
        self.upto.partition_point(|&upto| upto < rows)
    }
}

/// From so many rows on, counting by cell is faster than sorting.
pub(in crate::dp) const DENSE: usize = 1 << 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_and_sorted_rows_have_the_same_ranks() {
        let cells: Vec<u32> = (0..200_000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 14).collect();
        let mut sorted = cells.clone();
        sorted.sort_unstable();
        let twin = Ranks::of_runs(sorted.chunk_by(|a, b| a == b).map(|run| (run[0], num::count(run.len()))));
        assert_eq!(Ranks::of_cells(cells), twin);
        assert_eq!((twin.rows(), Ranks::of_cells(vec![]).rows()), (200_000, 0));
        let few = Ranks::of_cells(vec![7, 3, 7]);
        assert_eq!((few.len(), few.cell(0), few.cell(1)), (2, (3, 0, 1), (7, 1, 2)));
        assert_eq!((few.first_at_or_above(4), few.first_upto(1), few.first_upto(2)), (1, 0, 1));
    }
}
