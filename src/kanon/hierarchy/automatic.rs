//! A hierarchy made from the values of a column: a tree over their order, balanced by how often they occur.

use std::collections::HashMap;

use super::{TOP, levels::natural_order};
use crate::{num, table::Column};

/// Divides the ordered values again and again into parts of about the same number of rows.
///
/// ```text
///   value  1   2   3   4   5      [1, 5]
///   rows   5   1   1   1   4      [1, 2]   [3, 5]
///                                 1   2    [3, 4]   5
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Automatic {
    parts: usize,
}

/// For each value its labels, from itself to `*`; and the number of levels.
pub(super) struct Tree {
    pub(super) labels: HashMap<String, Vec<String>>,
    pub(super) depth: usize,
}

impl Automatic {
    /// Each group has up to `parts` groups below it, which must be at least 2.
    pub(super) const fn new(parts: usize) -> Self {
        Automatic { parts }
    }

    /// The tree over the values of `column`, without those that `is_missing` says.
    pub(super) fn tree(self, column: &Column, is_missing: impl Fn(u32, &str) -> bool) -> Tree {
        let mut rows = vec![0u64; column.dictionary_len()];
        column.codes().iter().for_each(|&code| rows[num::index(code)] += 1);
        // Values of the dictionary without rows are divided like rare ones.
        let present = (0u32..).zip(column.dictionary()).filter(|(code, value)| !is_missing(*code, value));
        let (values, rows): (Vec<String>, Vec<u64>) =
            present.map(|(code, value)| (value.to_owned(), rows[num::index(code)].max(1))).unzip();
        let order = natural_order(&values);
        let values: Vec<String> = order.iter().map(|&i| values[num::index(i)].clone()).collect();
        let mut before = vec![0u64];
        for &i in &order {
            before.push(before[before.len() - 1] + rows[num::index(i)]);
        }
        let mut paths = vec![Vec::new(); values.len()];
        // One level more than a tree that is balanced by values needs, to give frequent values their own place.
        let levels = depth_of(values.len(), self.parts) + 1;
        self.divide(&before, (0, values.len()), levels, &mut paths);
        // The root is everything, and one value alone may still be suppressed.
        let depth = paths.iter().map(Vec::len).max().unwrap_or(0).max(2);
        let group = |&(start, end): &(usize, usize)| match end - start {
            1 => values[start].clone(),
            _ => format!("[{}, {}]", values[start], values[end - 1]),
        };
        let labels = values.iter().zip(&paths).map(|(value, path)| {
            // Values of short branches wait for the others to come up.
            let level = |from_top: usize| match from_top {
                0 => TOP.to_owned(),
                _ => path.get(from_top).map_or_else(|| value.clone(), group),
            };
            (value.clone(), (0..depth).rev().map(level).collect())
        });
        Tree { labels: labels.collect(), depth }
    }

    /// Adds the group `(start, end)` and those below it to the paths of its values.
    fn divide(
        self,
        before: &[u64],
        (start, end): (usize, usize),
        levels: usize,
        paths: &mut [Vec<(usize, usize)>],
    ) {
        for path in &mut paths[start..end] {
            path.push((start, end));
        }
        if end - start <= 1 {
            return;
        }
        // No part may hold more values than the levels left can tell apart.
        let most =
            self.parts.saturating_pow(u32::try_from(levels.saturating_sub(1)).unwrap_or(u32::MAX)).max(1);
        let parts = self.parts.min(end - start);
        let mut from = start;
        for part in (1..=parts).rev() {
            let to = if part == 1 {
                end
            } else {
                let share = before[from] + (before[end] - before[from]) / num::count(part);
                let reached = from + before[from..=end].partition_point(|&rows| rows < share);
                let is_nearer = reached > from && share - before[reached - 1] < before[reached] - share;
                let near = if is_nearer { reached - 1 } else { reached };
                let least = (from + 1).max(end.saturating_sub((part - 1).saturating_mul(most)));
                near.clamp(least, (end - (part - 1)).min(from.saturating_add(most)).max(least))
            };
            self.divide(before, (from, to), levels.saturating_sub(1), paths);
            from = to;
        }
    }
}

/// Levels of a tree with so many parts at each group, over so many values.
fn depth_of(values: usize, parts: usize) -> usize {
    let (mut depth, mut leaves) = (0, 1usize);
    while leaves < values {
        leaves = leaves.saturating_mul(parts);
        depth += 1;
    }
    depth
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(values: &[u32], parts: usize) -> Tree {
        let column = Column::from_values(values.iter().map(u32::to_string)).unwrap();
        Automatic::new(parts).tree(&column, |_, _| false)
    }

    #[test]
    fn frequent_values_have_a_place_of_their_own_and_rare_ones_share() {
        let tree = tree(&[1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5], 2);
        let labels = |value: &str| tree.labels[value].join(" ");
        assert_eq!(labels("1"), "1 1 [1, 2] *");
        assert_eq!(labels("3"), "3 [3, 4] [3, 5] *");
        assert_eq!(labels("5"), "5 5 [3, 5] *");
    }

    proptest! {
        #[test]
        fn groups_nest_and_are_few(
            values in prop::collection::vec(0u32..60, 1..200),
            parts in 2usize..5,
        ) {
            let tree = tree(&values, parts);
            let distinct: std::collections::BTreeSet<u32> = values.iter().copied().collect();
            prop_assert!(tree.depth <= depth_of(distinct.len(), parts) + 3, "{} levels", tree.depth);
            for a in &distinct {
                let of_a = &tree.labels[&a.to_string()];
                prop_assert_eq!((of_a.len(), &of_a[0], &of_a[tree.depth - 1]), (tree.depth, &a.to_string(), &TOP.to_owned()));
                for b in &distinct {
                    let of_b = &tree.labels[&b.to_string()];
                    let first = of_a.iter().zip(of_b).position(|(x, y)| x == y);
                    prop_assert!(of_a.iter().zip(of_b).skip(first.unwrap_or(0)).all(|(x, y)| x == y));
                }
            }
        }
    }
}
