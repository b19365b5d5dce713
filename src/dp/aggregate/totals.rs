//! Exact counts and sums per group.

use crate::num;

/// The number of `rows` in each group.
pub(in crate::dp) fn counts(rows: &[usize], groups: Option<&[u32]>, group_count: usize) -> Vec<i128> {
    let mut totals = vec![0i128; group_count];
    for &row in rows {
        totals[groups.map_or(0, |groups| num::index(groups[row]))] += 1;
    }
    totals
}

/// The sum of the lattice points of `rows` in each group: `points[codes[row]]`.
///
/// # Guarantee
/// For all orders of the rows the result is the same, and it is exact: at most 2^64 rows of at most 2^40
/// steps stay below 2^105.
pub(in crate::dp) fn sums(
    rows: &[usize],
    groups: Option<&[u32]>,
    group_count: usize,
    codes: &[u32],
    points: &[i64],
) -> Vec<i128> {
    let mut totals = vec![0i128; group_count];
    for &row in rows {
        let group = groups.map_or(0, |groups| num::index(groups[row]));
        totals[group] += i128::from(points[num::index(codes[row])]);
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_change_a_sum(
            cells in proptest::collection::vec((0u32..3, 0u32..4), 1..60),
            points in proptest::array::uniform4(-(1i64 << 40)..=1 << 40),
        ) {
            let groups: Vec<u32> = cells.iter().map(|c| c.0).collect();
            let codes: Vec<u32> = cells.iter().map(|c| c.1).collect();
            let forward: Vec<usize> = (0..cells.len()).collect();
            let backward: Vec<usize> = (0..cells.len()).rev().collect();
            prop_assert_eq!(
                sums(&forward, Some(&groups), 3, &codes, &points),
                sums(&backward, Some(&groups), 3, &codes, &points)
            );
            let total: i128 = sums(&forward, Some(&groups), 3, &codes, &points).iter().sum();
            prop_assert_eq!(vec![total], sums(&forward, None, 1, &codes, &points));
        }
    }
}
