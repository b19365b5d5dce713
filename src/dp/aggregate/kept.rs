//! Which rows count: a bit per row.

use std::ops::Range;

use crate::num;

/// The rows that count, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dp) struct Kept {
    rows: usize,
    /// A bit per row; none if all rows count.
    words: Option<Vec<u64>>,
}

impl Kept {
    /// All of `rows`.
    pub(in crate::dp) fn all(rows: usize) -> Self {
        Kept { rows, words: None }
    }

    /// The rows of which `test` says so.
    pub(in crate::dp) fn of(rows: usize, test: impl Fn(usize) -> bool) -> Self {
        let word = |start: usize| {
            (start..rows.min(start + 64)).fold(0, |word, row| word | u64::from(test(row)) << (row - start))
        };
        Kept { rows, words: Some((0..rows).step_by(64).map(word).collect()) }
    }

    /// One more row that counts, if not all do.
    pub(in crate::dp) fn insert(&mut self, row: usize) {
        if let Some(words) = &mut self.words {
            words[row / 64] |= 1 << (row % 64);
        }
    }

    /// Of the rows that count, only those of which `test` says so.
    pub(in crate::dp) fn retain(&mut self, test: impl Fn(usize) -> bool) {
        let mut left = Kept::of(self.rows, |_| false);
        self.for_each_in(0..self.rows, |row| {
            if test(row) {
                left.insert(row);
            }
        });
        *self = left;
    }

    /// Whether all rows count.
    pub(in crate::dp) fn is_all(&self) -> bool {
        self.words.is_none()
    }

    /// How many rows count.
    pub(in crate::dp) fn count(&self) -> u64 {
        match &self.words {
            Some(words) => words.iter().map(|word| u64::from(word.count_ones())).sum(),
            None => num::count(self.rows),
        }
    }

    /// How many rows there are.
    pub(in crate::dp) fn rows(&self) -> usize {
        self.rows
    }

    /// Calls `visit` with each row in `range` that counts, ascending. The range starts at a multiple of 64, and
    /// ends at one or behind the last row.
    #[inline]
    pub(in crate::dp) fn for_each_in(&self, range: Range<usize>, mut visit: impl FnMut(usize)) {
        let range = range.start..range.end.min(self.rows);
        let Some(words) = &self.words else { return range.for_each(visit) };
        for start in range.step_by(64) {
            let mut left = words[start / 64];
            if left == u64::MAX {
                (start..start + 64).for_each(&mut visit);
                continue;
            }
            while left != 0 {
                visit(start + num::index(left.trailing_zeros()));
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_visited_once_and_in_order() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let tests: [fn(usize) -> bool; 4] = [|_| true, |_| false, |row| row % 3 == 0, |row| row >= 64];
            for test in tests {
                let (kept, mut seen) = (Kept::of(rows, test), Vec::new());
                kept.for_each_in(0..rows, |row| seen.push(row));
                assert_eq!(seen, (0..rows).filter(|&row| test(row)).collect::<Vec<_>>());
                assert_eq!(kept.count(), num::count(seen.len()));
            }
            assert_eq!(Kept::all(rows).count(), num::count(rows));
        }
    }

    #[test]
    fn rows_are_visited_in_pieces_of_which_the_last_ends_behind_them() {
        for rows in [0, 1, 63, 64, 65, 200] {
            for kept in [Kept::all(rows), Kept::of(rows, |_| true), Kept::of(rows, |row| row % 3 == 0)] {
                let (mut whole, mut pieces) = (Vec::new(), Vec::new());
                kept.for_each_in(0..rows, |row| whole.push(row));
                for start in (0..rows).step_by(128) {
                    kept.for_each_in(start..start + 128, |row| pieces.push(row));
                }
                assert_eq!(whole, pieces, "{rows}");
                assert_eq!(kept.count(), num::count(whole.len()));
            }
        }
    }

    #[test]
    fn a_row_that_counts_still_counts_when_it_is_inserted_again() {
        let mut kept = Kept::of(70, |row| row == 3);
        for row in [3, 69, 69, 0] {
            kept.insert(row);
        }
        assert_eq!(kept, Kept::of(70, |row| [0, 3, 69].contains(&row)));
        kept.retain(|row| row > 0);
        assert_eq!(kept, Kept::of(70, |row| [3, 69].contains(&row)));
    }
}
