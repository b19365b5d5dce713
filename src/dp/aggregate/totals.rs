//! Exact counts and sums per group.

use crate::{
    dp::{
        aggregate::{Bins, Kept, Lattice, Unreadable},
        quantile::{DENSE, Ranks},
    },
    num,
};

/// Numbers by row.
#[derive(Clone, Debug)]
pub(in crate::dp) enum Numbers<'a> {
    /// One per row.
    Slice(&'a [f64]),
    /// One per code of a dictionary; NaN where the entry is no number.
    Coded { codes: &'a [u32], values: Vec<f64> },
}

/// Rows that count, each in one group of `groups`; without places all are in the first.
#[derive(Clone, Copy, Debug)]
pub(in crate::dp) struct Grouped<'a> {
    pub(in crate::dp) kept: &'a Kept,
    pub(in crate::dp) places: Option<&'a [u32]>,
    pub(in crate::dp) groups: usize,
}

impl Numbers<'_> {
    /// The number of a row.
    pub(in crate::dp) fn at(&self, row: usize) -> f64 {
        match self {
            Numbers::Slice(values) => values[row],
            Numbers::Coded { codes, values } => values[num::index(codes[row])],
        }
    }
}

impl Grouped<'_> {
    /// The number of rows in each group.
    pub(in crate::dp) fn counts(self) -> Vec<i128> {
        match self.places {
            None if self.groups == 1 => vec![i128::from(self.kept.count())],
            _ => self.accumulate(self.groups, |totals, row| totals[self.place(row)] += 1),
        }
    }

    /// The total in each group, in steps of `lattice`.
    ///
    /// # Guarantee
    /// For all orders of the rows, cuts into chunks and numbers of threads the result is the same, and it is exact: at
    /// most 2^64 rows of at most 2^40 steps stay below 2^105.
    pub(in crate::dp) fn sums(self, numbers: &Numbers<'_>, lattice: &Lattice) -> Vec<i128> {
        match numbers {
            Numbers::Slice(values) if self.is_all_in_one() => vec![total(lattice, values)],
            Numbers::Slice(values) => self.accumulate(self.groups, |totals, row| {
                totals[self.place(row)] += i128::from(lattice.point(values[row]).unwrap_or(0));
            }),
            Numbers::Coded { codes, values } => {
                // Once per entry of the dictionary.
                let points: Vec<i64> = values.iter().map(|&v| lattice.point(v).unwrap_or(0)).collect();
                self.accumulate(self.groups, |totals, row| {
                    totals[self.place(row)] += i128::from(points[num::index(codes[row])]);
                })
            }
        }
    }

    /// The number of rows in each bin of each group.
    pub(in crate::dp) fn bins(self, numbers: &Numbers<'_>, bins: &Bins, rule: Unreadable) -> Vec<i128> {
        let count = |totals: &mut [i128], row: usize, bin: Option<usize>| {
            if let Some(bin) = bin {
                totals[self.place(row) * bins.count() + bin] += 1;
            }
        };
        match numbers {
            Numbers::Slice(values) if self.is_all_in_one() => {
                let counts = bin_counts(bins, values, rule);
                counts.into_iter().take(bins.count()).map(i128::from).collect()
            }
            Numbers::Slice(values) => self.accumulate(self.groups * bins.count(), |totals, row| {
                count(totals, row, bins.place(values[row], rule));
            }),
            Numbers::Coded { codes, values } => {
                let places: Vec<Option<usize>> = values.iter().map(|&v| bins.place(v, rule)).collect();
                self.accumulate(self.groups * bins.count(), |totals, row| {
                    count(totals, row, places[num::index(codes[row])]);
                })
            }
        }
    }

    /// How many rows of each group are below each cell of `lattice`, whose cells begin with 0.
    pub(in crate::dp) fn ranks(self, numbers: &Numbers<'_>, lattice: &Lattice) -> Vec<Ranks> {
        // Counters for all cells, for a table that is worth them.
        if let (Numbers::Slice(values), true) = (numbers, self.is_all_in_one() && self.kept.rows() >= DENSE) {
            return vec![Ranks::of_counts(&lattice.cell_counts(values))];
        }
        let cell = |value: f64| lattice.point(value).and_then(|point| u32::try_from(point).ok());
        let of_code: Vec<Option<u32>> = match numbers {
            Numbers::Slice(_) => Vec::new(),
            Numbers::Coded { values, .. } => values.iter().map(|&value| cell(value)).collect(),
        };
        let mut cells = vec![Vec::new(); self.groups];
        self.kept.for_each_in(0..self.kept.rows(), |row| {
            let found = match numbers {
                Numbers::Slice(values) => cell(values[row]),
                Numbers::Coded { codes, .. } => of_code[num::index(codes[row])],
            };
            cells[self.place(row)].extend(found);
        });
        cells.into_iter().map(Ranks::of_cells).collect()
    }

    fn is_all_in_one(self) -> bool {
        self.kept.is_all() && self.places.is_none() && self.groups == 1
    }

    /// The group of a row that counts.
    #[inline]
    pub(in crate::dp) fn place(&self, row: usize) -> usize {
        self.places.map_or(0, |places| num::index(places[row]))
    }

    /// `add` for each row that counts; chunks of rows at a time, whose totals are added up.
    #[cfg(feature = "rayon")]
    fn accumulate(self, cells: usize, add: impl Fn(&mut [i128], usize) + Sync) -> Vec<i128> {
        use rayon::prelude::*;
        let chunk = CHUNK.max(cells.next_multiple_of(64));
        let starts: Vec<usize> = (0..self.kept.rows()).step_by(chunk).collect();
        let one = |&start: &usize| {
            let mut totals = vec![0; cells];
            self.kept.for_each_in(start..start + chunk, |row| add(&mut totals, row));
            totals
        };
        let added = |mut a: Vec<i128>, b: Vec<i128>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        };
        starts.par_iter().map(one).reduce_with(added).unwrap_or_else(|| vec![0; cells])
    }

    #[cfg(not(feature = "rayon"))]
    fn accumulate(self, cells: usize, add: impl Fn(&mut [i128], usize) + Sync) -> Vec<i128> {
        let mut totals = vec![0; cells];
        self.kept.for_each_in(0..self.kept.rows(), |row| add(&mut totals, row));
        totals
    }
}

#[cfg(feature = "rayon")]
fn total(lattice: &Lattice, values: &[f64]) -> i128 {
    use rayon::prelude::*;
    values.par_chunks(CHUNK).map(|values| lattice.total(values).steps).sum()
}

#[cfg(not(feature = "rayon"))]
fn total(lattice: &Lattice, values: &[f64]) -> i128 {
    lattice.total(values).steps
}

#[cfg(feature = "rayon")]
fn bin_counts(bins: &Bins, values: &[f64], rule: Unreadable) -> Vec<u64> {
    use rayon::prelude::*;
    let added = |mut a: Vec<u64>, b: Vec<u64>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let counts = values.par_chunks(CHUNK).map(|values| bins.counts(values, rule));
    counts.reduce(|| vec![0; bins.count() + 1], added)
}

#[cfg(not(feature = "rayon"))]
fn bin_counts(bins: &Bins, values: &[f64], rule: Unreadable) -> Vec<u64> {
    bins.counts(values, rule)
}

/// Rows per task: a millisecond of work, a multiple of 64.
#[cfg(feature = "rayon")]
const CHUNK: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{Unreadable, aggregate::Clamp};
    use proptest::prelude::*;

    #[test]
    fn ranks_of_few_and_many_rows_are_those_of_coded_rows() {
        for rule in [Unreadable::Lower, Unreadable::LeftOut] {
            let lattice = Lattice::ranks(Clamp::new("x", -3.0, 7.0, rule).unwrap());
            for rows in [0, 1, DENSE - 1, DENSE] {
                let small: Vec<f64> =
                    vec![f64::NAN, -3.0, 7.0, 9.0, f64::NEG_INFINITY, 0.1, 0.7, -0.0, 6.999_999];
                let codes: Vec<u32> =
                    (0..u32::try_from(rows).unwrap()).map(|row| (row % 9) * (row % 5) % 9).collect();
                let values: Vec<f64> = codes.iter().map(|&code| small[num::index(code)]).collect();
                let kept = Kept::all(rows);
                let grouped = Grouped { kept: &kept, places: None, groups: 1 };
                let plain = grouped.ranks(&Numbers::Slice(&values), &lattice);
                assert_eq!(
                    plain,
                    grouped.ranks(&Numbers::Coded { codes: &codes, values: small }, &lattice),
                    "{rows}"
                );
            }
        }
    }

    /// The quick ways, for a column as it stands, against one row after another: whether all rows count, whether they
    /// are in groups, how many groups there are, and of numbers with and without a dictionary.
    #[test]
    fn every_way_to_count_gives_what_one_row_after_another_gives() {
        let small = [f64::NAN, -3.0, 7.0, 9.0, f64::NEG_INFINITY, 0.1, 0.7, -0.0, 6.5];
        let bins = Bins::uniform(-3.0, 7.0, 5).unwrap();
        for rule in [Unreadable::Lower, Unreadable::LeftOut] {
            let clamp = Clamp::new("x", -3.0, 7.0, rule).unwrap();
            let (sums, ranks) = (Lattice::of(clamp), Lattice::ranks(clamp));
            for rows in [100, DENSE + 1] {
                let codes: Vec<u32> = (0..u32::try_from(rows).unwrap()).map(|row| row * 5 % 9).collect();
                let column: Vec<f64> = codes.iter().map(|&code| small[num::index(code)]).collect();
                let coded = Numbers::Coded { codes: &codes, values: small.to_vec() };
                for (kept, groups, placed) in [
                    (Kept::all(rows), 1u32, false),
                    (Kept::all(rows), 1, true),
                    (Kept::all(rows), 3, false),
                    (Kept::all(rows), 3, true),
                    (Kept::of(rows, |row| row % 7 < 4), 1, false),
                    (Kept::of(rows, |row| row % 7 < 4), 3, true),
                ] {
                    let places: Vec<u32> = codes.iter().map(|code| (code + 1) % groups).collect();
                    let places = placed.then_some(places.as_slice());
                    let groups = num::index(groups);
                    let grouped = Grouped { kept: &kept, places, groups };
                    let (mut counts, mut totals) = (vec![0i128; groups], vec![0i128; groups]);
                    let (mut binned, mut cells) = (vec![0i128; groups * 5], vec![Vec::new(); groups]);
                    kept.for_each_in(0..rows, |row| {
                        let group = places.map_or(0, |places| num::index(places[row]));
                        counts[group] += 1;
                        totals[group] += sums.point(column[row]).map_or(0, i128::from);
                        if let Some(bin) = bins.place(column[row], rule) {
                            binned[5 * group + bin] += 1;
                        }
                        cells[group]
                            .extend(ranks.point(column[row]).map(|cell| u32::try_from(cell).unwrap()));
                    });
                    let what = format!("{rule:?} {rows} {groups} {placed} {}", kept.count());
                    let cells: Vec<Ranks> = cells.into_iter().map(Ranks::of_cells).collect();
                    assert_eq!(grouped.counts(), counts, "{what}");
                    for numbers in [&Numbers::Slice(&column), &coded] {
                        assert_eq!(grouped.sums(numbers, &sums), totals, "{what}");
                        assert_eq!(grouped.bins(numbers, &bins, rule), binned, "{what}");
                        assert_eq!(grouped.ranks(numbers, &ranks), cells, "{what}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_change_a_sum(
            mut rows in proptest::collection::vec((0u32..3, prop_oneof![proptest::num::f64::ANY, -9.0..9.0], any::<bool>()), 1..200),
        ) {
            let lattice = Lattice::of(Clamp::new("x", -3.0, 7.0, Unreadable::Lower).unwrap());
            let mut results = Vec::new();
            for _ in 0..2 {
                let places: Vec<u32> = rows.iter().map(|row| row.0).collect();
                let values: Vec<f64> = rows.iter().map(|row| row.1).collect();
                let codes: Vec<u32> = (0..u32::try_from(rows.len()).unwrap()).collect();
                let kept = Kept::of(rows.len(), |row| rows[row].2);
                let grouped = Grouped { kept: &kept, places: Some(&places), groups: 3 };
                let sums = grouped.sums(&Numbers::Slice(&values), &lattice);
                prop_assert_eq!(&sums, &grouped.sums(&Numbers::Coded { codes: &codes, values }, &lattice));
                let twin = |group| rows.iter().filter(|row| row.2 && row.0 == group)
                    .map(|row| i128::from(lattice.point(row.1).unwrap())).sum::<i128>();
                prop_assert_eq!(&sums, &(0..3).map(twin).collect::<Vec<_>>());
                results.push((sums, grouped.counts()));
                rows.reverse();
            }
            prop_assert_eq!(&results[0], &results[1]);
        }
    }
}
