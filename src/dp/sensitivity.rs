//! How far one person can move what noise is added to: the only place where that is derived.

use crate::dp::{ContributionBounds, Neighbors};

/// By how much a vector of sums can move between neighboring tables, in lattice steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sensitivity {
    /// In the sum of the absolute differences.
    pub(super) l1: u64,
    /// In the sum of the squared differences.
    pub(super) l2_squared: u128,
}

/// Where the rows of one person go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cells {
    /// Into one sum.
    One,
    /// Into sums of which each row is in one, all of them into the same if they like.
    Binned,
    /// Into sums of which each row is in one, at most [`rows_per_group`](ContributionBounds::rows_per_group) in each.
    Many,
}

impl Sensitivity {
    /// For sums to which every row adds a number in `lower..=upper`. A count adds 1: `lower == upper == 1`.
    ///
    /// # Guarantee
    /// For all neighboring tables after contribution bounding, the sums move by at most `l1` in the sum of the
    /// absolute differences, and by at most `l2_squared` in the sum of the squared ones.
    ///
    /// With `t` rows of a person, at most `c` in each cell, and `m = max(|lower|, |upper|)`: what a person adds is at
    /// most `t m` in L1, and in the sum of squares at most `a m^2` with `a = floor(t / c) c^2 + (t mod c)^2`, because
    /// the sum of squares is convex in the rows per cell and so largest where cells are full or empty. Adding,
    /// removing and zeroing out moves the sums by what one person adds. Replacing moves one sum from within
    /// `t [min(lower, 0), max(upper, 0)]` to within the same. Of many sums it moves at most `2 t m` in L1, where one
    /// person leaves one cell and the other enters another. In the sum of squares it moves at most `2 a m^2` if all
    /// numbers have one sign, since `(x - y)^2 <= x^2 + y^2` then, and `4 a m^2` by the triangle inequality else.
    pub(super) fn of_sums(
        neighbors: Neighbors,
        bounds: ContributionBounds,
        (lower, upper): (i64, i64),
        cells: Cells,
    ) -> Self {
        let rows = rows(bounds, cells);
        let in_one = match cells {
            Cells::One | Cells::Binned => rows,
            Cells::Many => bounds.rows_per_group().map_or(rows, u64::from).min(rows),
        };
        let largest = lower.unsigned_abs().max(upper.unsigned_abs());
        let range = upper.max(0).unsigned_abs() + lower.min(0).unsigned_abs();
        let squares = rows / in_one * in_one * in_one + (rows % in_one) * (rows % in_one);
        // At most 2^20 rows and 2^41 steps per row, by their constructors: below 2^62, and its square below 2^124.
        let added = u128::from(squares) * u128::from(largest) * u128::from(largest);
        let (l1, l2_squared) = match (neighbors, cells) {
            (Neighbors::ReplaceOne, Cells::One) => {
                let moved = rows * range;
                (moved, u128::from(moved) * u128::from(moved))
            }
            (Neighbors::ReplaceOne, Cells::Binned | Cells::Many) => {
                (2 * rows * largest, if lower < 0 && upper > 0 { 4 } else { 2 } * added)
            }
            _ => (rows * largest, added),
        };
        Sensitivity { l1, l2_squared }
    }
}

/// How many rows can differ between neighboring tables after contribution bounding: what one person puts in or takes
/// away, or both.
pub(super) fn moved_rows(neighbors: Neighbors, bounds: ContributionBounds, cells: Cells) -> u64 {
    match neighbors {
        Neighbors::ReplaceOne => 2 * rows(bounds, cells),
        _ => rows(bounds, cells),
    }
}

/// How many rows of one person count in all.
fn rows(bounds: ContributionBounds, cells: Cells) -> u64 {
    let rows = u64::from(bounds.rows_per_person());
    match (cells, bounds.rows_per_group()) {
        (Cells::Many, Some(each)) => rows.min(u64::from(bounds.groups_per_person()) * u64::from(each)),
        _ => rows,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sensitivities_follow_the_relation() {
        use Cells::{Many, One};
        use Neighbors::{AddOrRemoveOne, ReplaceOne};
        let bounds = ContributionBounds::new(3, 2).unwrap();
        // (relation, lower, upper, cells, L1, squared L2), by hand.
        let cases = [
            (AddOrRemoveOne, 1, 1, One, 3, 9),
            (AddOrRemoveOne, 1, 1, Many, 3, 9),
            (ReplaceOne, 1, 1, One, 3, 9),
            (ReplaceOne, 1, 1, Many, 6, 18),
            (AddOrRemoveOne, -5, 2, One, 15, 225),
            (ReplaceOne, -5, 2, One, 21, 441),
            (ReplaceOne, 5, 7, One, 21, 441),
            (ReplaceOne, -5, 2, Many, 30, 900),
            (ReplaceOne, 5, 7, Many, 42, 882),
        ];
        for (relation, lower, upper, cells, l1, l2_squared) in cases {
            let found = Sensitivity::of_sums(relation, bounds, (lower, upper), cells);
            assert_eq!(found, Sensitivity { l1, l2_squared }, "{relation} {lower} {upper} {cells:?}");
        }
        // 5 rows, 2 in each of 3 groups: 2, 2 and 1.
        let spread = ContributionBounds::new(5, 3).unwrap().per_group(2).unwrap();
        let found = Sensitivity::of_sums(AddOrRemoveOne, spread, (1, 1), Many);
        assert_eq!(found, Sensitivity { l1: 5, l2_squared: 9 });
        // 2 groups of 2 rows are 4 rows.
        let spread = ContributionBounds::new(5, 2).unwrap().per_group(2).unwrap();
        let found = Sensitivity::of_sums(AddOrRemoveOne, spread, (-1, 3), Many);
        assert_eq!(found, Sensitivity { l1: 12, l2_squared: 72 });
    }

    /// All that a person can add to `CELLS` sums: up to `bounds` rows, each with the lower or the upper number. What lies
    /// between moves no further.
    fn contributions(bounds: ContributionBounds, ends: [i64; 2], cells: Cells) -> BTreeSet<[i64; CELLS]> {
        let places = if cells == Cells::One { 1 } else { CELLS };
        // The sums, and the rows in each.
        let mut known = BTreeSet::from([([0; CELLS], [0; CELLS])]);
        for _ in 0..bounds.rows_per_person() {
            for (sums, rows) in known.clone() {
                for (place, end) in (0..places).flat_map(|place| ends.map(|end| (place, end))) {
                    let (mut sums, mut rows): ([i64; CELLS], [u32; CELLS]) = (sums, rows);
                    sums[place] += end;
                    rows[place] += 1;
                    let groups = rows.iter().filter(|&&rows| rows > 0).count();
                    let fits = cells != Cells::Many
                        || groups <= usize::try_from(bounds.groups_per_person()).unwrap()
                            && bounds.rows_per_group().is_none_or(|most| rows[place] <= most);
                    if fits {
                        known.insert((sums, rows));
                    }
                }
            }
        }
        known.into_iter().map(|(sums, _)| sums).collect()
    }

    /// The largest distances between what neighboring tables add, found by trying all.
    fn by_trying(relation: Neighbors, contributions: &BTreeSet<[i64; CELLS]>) -> Sensitivity {
        let nobody = BTreeSet::from([[0; CELLS]]);
        let others = if relation == Neighbors::ReplaceOne { contributions } else { &nobody };
        let mut most = Sensitivity { l1: 0, l2_squared: 0 };
        for (one, other) in contributions.iter().flat_map(|one| others.iter().map(move |other| (one, other)))
        {
            let moved = || one.iter().zip(other).map(|(a, b)| a.abs_diff(*b));
            most.l1 = most.l1.max(moved().sum());
            most.l2_squared = most.l2_squared.max(moved().map(|d| u128::from(d * d)).sum());
        }
        most
    }

    /// The guarantee of `of_sums`, and that it is no larger than it has to be where the proof says that it is met.
    #[test]
    fn no_two_neighboring_tables_move_the_sums_further_and_some_move_them_as_far() {
        let limits =
            [(1, 1, None), (2, 1, None), (2, 2, Some(1)), (3, 2, Some(2)), (3, 1, Some(2)), (2, 3, Some(3))];
        for (rows, groups, each) in limits {
            let bounds = ContributionBounds::new(rows, groups).unwrap();
            let bounds = each.map_or(bounds, |each| bounds.per_group(each).unwrap());
            for (lower, upper) in [(1, 1), (0, 2), (-2, 0), (-1, 2), (-2, 2), (1, 3), (-3, -1)] {
                for cells in [Cells::One, Cells::Binned, Cells::Many] {
                    let contributions = contributions(bounds, [lower, upper], cells);
                    for relation in [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut] {
                        let name = format!("{relation}, {bounds:?}, {lower}..={upper}, {cells:?}");
                        let tried = by_trying(relation, &contributions);
                        let stated = Sensitivity::of_sums(relation, bounds, (lower, upper), cells);
                        assert_eq!(stated.l1, tried.l1, "{name}");
                        assert!(stated.l2_squared >= tried.l2_squared, "{name}: {stated:?} {tried:?}");
                        // The triangle inequality is met if what one person adds is what another takes away.
                        let met = relation != Neighbors::ReplaceOne
                            || cells == Cells::One
                            || lower >= 0
                            || upper <= 0
                            || lower == -upper;
                        assert!(
                            !met || stated.l2_squared == tried.l2_squared,
                            "{name}: {stated:?} {tried:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn all_rows_of_a_person_move_and_of_another_where_one_replaces_the_other() {
        let bounds = ContributionBounds::new(5, 2).unwrap().per_group(2).unwrap();
        for (cells, rows) in [(Cells::One, 5), (Cells::Binned, 5), (Cells::Many, 4)] {
            assert_eq!(moved_rows(Neighbors::AddOrRemoveOne, bounds, cells), rows);
            assert_eq!(moved_rows(Neighbors::ZeroOut, bounds, cells), rows);
            assert_eq!(moved_rows(Neighbors::ReplaceOne, bounds, cells), 2 * rows);
        }
    }

    /// Enough for two persons with two full sums each, none of them shared.
    const CELLS: usize = 4;
}
