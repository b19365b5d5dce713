//! Mondrian: the rows are cut in two, again and again, while both sides hold.
//!
//! ```text
//!   age  17 ────────────── 90        strict: equal values stay on one side
//!        [17, 36] │ [37, 90]         relaxed: where no such cut is left, rows of one value may be divided
//!   zip           130** │ rest       a tree is cut between one branch and the others
//! ```
//!
//! Of all cuts the one is taken that makes the rows cheapest on its own column. Classes are released with
//! their true bounding boxes, recomputed from their rows: the range of the values of numbers and dates, the join
//! in a tree. \[LDR06\] LeFevre, DeWitt, Ramakrishnan, *Mondrian multidimensional k-anonymity*, ICDE 2006; there
//! the cut is at the median of the widest column, which loses more.
//!
//! The work is on atoms, so it grows with the distinct tuples and the depth of the cuts, not with the rows.

use super::{
    code,
    local::{Ground, Rules, Space},
};
use crate::num;

/// One column, as Mondrian cuts it.
#[derive(Debug)]
pub(crate) enum Axis {
    /// Numbers or dates: the rank of each level-0 node.
    Ordered {
        /// For each level-0 node its place in the order.
        ranks: Vec<u32>,
        /// Number of ranks.
        domain: u32,
        /// Whether rank 0 stands for missing values, which are in no range.
        has_missing: bool,
    },
    /// Everything else: the tree of its hierarchy.
    Tree,
}

/// A generalized value of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// From rank to rank, both inside.
    Range(u32, u32),
    /// A node of the tree.
    Node(u32),
}

/// For each atom, which classes get how many of its rows.
pub(crate) type Shares = Vec<Vec<(u32, u32)>>;

/// Rows of atoms.
pub(crate) type Part = Vec<(u32, u32)>;

/// Cuts the atoms of `ground` until no cut is left, and returns the parts; none if not even all rows together hold.
///
/// # Guarantee
/// For all inputs, each part holds by `rules`, each row is in one part, and with `strict` the rows of one atom are in one.
pub(crate) fn cut<R: Rules>(
    space: &Space,
    ground: &Ground,
    axes: &[Axis],
    rules: &R,
    strict: bool,
) -> Option<Vec<Part>> {
    let all: Part = (0u32..).zip(ground.rows().iter().copied()).collect();
    let mondrian = Mondrian { space, ground, axes, rules, strict };
    if !mondrian.holds(&all) {
        return None;
    }
    let (mut open, mut done) = (vec![all], Vec::new());
    while let Some(part) = open.pop() {
        match mondrian.divide(&part) {
            Some((left, right)) => open.extend([right, left]),
            None => done.push(part),
        }
    }
    Some(done)
}

/// The true bounding box of a part.
pub(crate) fn extents(space: &Space, ground: &Ground, axes: &[Axis], part: &Part) -> Vec<Extent> {
    let values = |column: usize| part.iter().map(move |&(atom, _)| ground.place(atom)[column]);
    axes.iter()
        .enumerate()
        .map(|(column, axis)| match axis {
            Axis::Ordered { ranks, .. } => {
                let rank = |node: u32| ranks[num::index(node)];
                let low = values(column).map(rank).min().unwrap_or(0);
                Extent::Range(low, values(column).map(rank).max().unwrap_or(0))
            }
            Axis::Tree => {
                let join = values(column).reduce(|a, b| space.join_nodes(column, a, b));
                Extent::Node(join.unwrap_or(0))
            }
        })
        .collect()
}

struct Mondrian<'a, R: Rules> {
    space: &'a Space,
    ground: &'a Ground,
    axes: &'a [Axis],
    rules: &'a R,
    strict: bool,
}

/// A cut of one column: what goes left.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Ranks up to this one.
    Up(u32),
    /// What lies below this node.
    Branch { node: u32, level: u32 },
}

impl<R: Rules> Mondrian<'_, R> {
    fn holds(&self, part: &Part) -> bool {
        let (rows, content) = self.counted(part);
        self.rules.holds(rows, &content)
    }

    fn counted(&self, part: &[(u32, u32)]) -> (u32, R::Content) {
        let mut content = R::Content::default();
        if R::GUIDED {
            part.iter().for_each(|&(atom, rows)| self.rules.add(&mut content, atom, rows));
        }
        (part.iter().map(|p| p.1).sum(), content)
    }

    /// The two sides of the best cut after which both hold.
    fn divide(&self, part: &Part) -> Option<(Part, Part)> {
        let mut cuts: Vec<(u64, usize, Cut)> = Vec::new();
        for (column, axis) in self.axes.iter().enumerate() {
            match axis {
                Axis::Ordered { ranks, .. } => self.cuts_of_order(part, column, ranks, &mut cuts),
                Axis::Tree => self.cuts_of_tree(part, column, &mut cuts),
            }
        }
        // Best first; of equal ones the first column, then the first cut.
        cuts.sort_by_key(|c| std::cmp::Reverse(c.0));
        for &(_, column, cut) in cuts.iter().take(if R::GUIDED { TRIES } else { usize::MAX }) {
            let (left, right): (Part, Part) = part
                .iter()
                .partition(|&&(atom, _)| self.is_left(column, cut, self.ground.place(atom)[column]));
            if self.holds(&left) && self.holds(&right) {
                return Some((left, right));
            }
        }
        if self.strict { None } else { self.divide_within(part) }
    }

    fn is_left(&self, column: usize, cut: Cut, node: u32) -> bool {
        match (cut, &self.axes[column]) {
            (Cut::Up(last), Axis::Ordered { ranks, .. }) => ranks[num::index(node)] <= last,
            (Cut::Branch { node: branch, level }, _) => self.space.up(column, node, level) == branch,
            _ => false,
        }
    }

    /// Cuts between two ranks, with what they save: rows times the ranks that their range loses.
    fn cuts_of_order(&self, part: &Part, column: usize, ranks: &[u32], cuts: &mut Vec<(u64, usize, Cut)>) {
        let rank = |atom: u32| ranks[num::index(self.ground.place(atom)[column])];
        let (mut low, mut high) = (u32::MAX, 0);
        for &(atom, _) in part {
            low = low.min(rank(atom));
            high = high.max(rank(atom));
        }
        if low >= high {
            return;
        }
        let mut rows_of_rank = vec![0u32; num::index(high - low + 1)];
        let mut total = 0u32;
        for &(atom, rows) in part {
            rows_of_rank[num::index(rank(atom) - low)] += rows;
            total += rows;
        }
        let axis = &self.axes[column];
        let whole = self.width(axis, low, high);
        let mut left = 0u32;
        let mut last: Option<u32> = None;
        for (&rows, rank) in rows_of_rank.iter().zip(low..) {
            if rows == 0 {
                continue;
            }
            if let Some(before) = last {
                let right = total - left;
                if self.may_hold(left) && self.may_hold(right) {
                    let saved = u64::from(left) * (whole - self.width(axis, low, before))
                        + u64::from(right) * (whole - self.width(axis, rank, high));
                    cuts.push((saved, column, Cut::Up(before)));
                }
            }
            left += rows;
            last = Some(rank);
        }
    }

    /// What a range costs per row, in the unit of the trees: the share of the whole range; with missing values, all.
    fn width(&self, axis: &Axis, low: u32, high: u32) -> u64 {
        let Axis::Ordered { domain, has_missing, .. } = axis else { return 0 };
        let steps = (*domain).max(2) - 1;
        let width = if *has_missing && low == 0 && high > 0 { steps } else { high - low };
        u64::from(width) * u64::from(self.space.unit()) / u64::from(steps)
    }

    /// Cuts between one branch of the part's node and the others.
    fn cuts_of_tree(&self, part: &Part, column: usize, cuts: &mut Vec<(u64, usize, Cut)>) {
        let space = self.space;
        let value = |atom: u32| self.ground.place(atom)[column];
        let Some(node) = part.iter().map(|p| value(p.0)).reduce(|a, b| space.join_nodes(column, a, b)) else {
            return;
        };
        let Some(level) = space.level(column, node).checked_sub(1) else { return };
        // Branches with their rows and the join of what is there.
        let mut branches: Vec<(u32, u32, u32)> = Vec::new();
        for &(atom, rows) in part {
            let branch = space.up(column, value(atom), level);
            match branches.iter_mut().find(|b| b.0 == branch) {
                Some(entry) => {
                    entry.1 += rows;
                    entry.2 = space.join_nodes(column, entry.2, value(atom));
                }
                None => branches.push((branch, rows, value(atom))),
            }
        }
        branches.sort_unstable();
        let total: u32 = branches.iter().map(|b| b.1).sum();
        let join = |list: &mut dyn Iterator<Item = u32>| list.reduce(|a, b| space.join_nodes(column, a, b));
        for (i, &(branch, rows, inside)) in branches.iter().enumerate() {
            let others = branches.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, b)| b.2);
            let Some(rest) = join(&mut others.into_iter()) else { continue };
            if !self.may_hold(rows) || !self.may_hold(total - rows) || (branches.len() == 2 && i == 1) {
                continue;
            }
            let saved = |node_of_side: u32| {
                u64::from(space.node_cost(column, node) - space.node_cost(column, node_of_side))
            };
            let gain = u64::from(rows) * saved(inside) + u64::from(total - rows) * saved(rest);
            cuts.push((gain, column, Cut::Branch { node: branch, level }));
        }
    }

    fn may_hold(&self, rows: u32) -> bool {
        R::GUIDED || self.rules.holds(rows, &R::Content::default())
    }

    /// Divides the rows of one value: on the widest ordered column, as many to each side as it takes to hold.
    fn divide_within(&self, part: &Part) -> Option<(Part, Part)> {
        let total: u32 = part.iter().map(|p| p.1).sum();
        let before = self.cost(part);
        let mut best: Option<(u64, Part, Part)> = None;
        for (column, axis) in self.axes.iter().enumerate() {
            let Axis::Ordered { ranks, .. } = axis else { continue };
            let mut sorted = part.clone();
            sorted.sort_unstable_by_key(|&(atom, _)| {
                (ranks[num::index(self.ground.place(atom)[column])], atom)
            });
            let (mut left, mut right, mut taken) = (Part::new(), Part::new(), 0u32);
            for (atom, rows) in sorted {
                let take = rows.min((total / 2).saturating_sub(taken));
                taken += take;
                if take > 0 {
                    left.push((atom, take));
                }
                if take < rows {
                    right.push((atom, rows - take));
                }
            }
            if left.is_empty() || right.is_empty() || !self.holds(&left) || !self.holds(&right) {
                continue;
            }
            let after = self.cost(&left) + self.cost(&right);
            if after < before && best.as_ref().is_none_or(|b| after < b.0) {
                best = Some((after, left, right));
            }
        }
        best.map(|(_, left, right)| (left, right))
    }

    /// What the rows of a part cost in their bounding box.
    fn cost(&self, part: &Part) -> u64 {
        let rows: u64 = part.iter().map(|p| u64::from(p.1)).sum();
        let extents = extents(self.space, self.ground, self.axes, part);
        let per_row: u64 = extents
            .iter()
            .zip(self.axes)
            .enumerate()
            .map(|(column, (extent, axis))| match (extent, axis) {
                (Extent::Range(low, high), axis) => self.width(axis, *low, *high),
                (Extent::Node(node), _) => u64::from(self.space.node_cost(column, *node)),
            })
            .sum();
        rows * per_row
    }
}

/// The extents of parts, sorted and each once, and for each atom its shares as (class, rows).
pub(crate) fn classes(
    space: &Space,
    ground: &Ground,
    axes: &[Axis],
    parts: &[Part],
) -> (Vec<Vec<Extent>>, Shares) {
    let boxes: Vec<Vec<Extent>> = parts.iter().map(|part| extents(space, ground, axes, part)).collect();
    let mut distinct = boxes.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let mut shares: Shares = vec![Vec::new(); ground.len()];
    for (part, extents) in parts.iter().zip(&boxes) {
        let class = code(distinct.partition_point(|d| d < extents));
        for &(atom, rows) in part {
            let shares = &mut shares[num::index(atom)];
            match shares.iter_mut().find(|s| s.0 == class) {
                Some(share) => share.1 += rows,
                None => shares.push((class, rows)),
            }
        }
    }
    shares.iter_mut().for_each(|s| s.sort_unstable());
    (distinct, shares)
}

/// Where models look at values, so many of the best cuts are tried.
const TRIES: usize = 64;
