//! Generalized tuples, and what it costs to join them.
//!
//! A *place* is one tuple: a node of the value tree of each column, from a value up to the coarsest.
//!
//! ```text
//!   column zip            column sex          place              join with (13068, male)
//!         *                   *
//!       130**  148**        m   f             (13053, male)      (130**, male)
//!   13053 13068  14850                        (130**, *)         (130**, *)
//! ```
//!
//! Nodes are numbered by level and label, so that nothing depends on the order of rows. Costs are whole
//! numbers, rounded down: sums are exact in any order, and a sum of least costs is a lower bound.

use std::collections::HashMap;

use super::code;
use crate::{kanon::hierarchy::Levels, num, table::Column};

/// The value trees of all columns.
#[derive(Debug)]
pub(crate) struct Space {
    axes: Vec<Axis>,
    /// For small trees, all pairs of nodes: axis by axis, row by row.
    tables: Tables,
    /// Whether all trees are small.
    all_small: bool,
    /// What a cell costs that says nothing.
    unit: u32,
    /// What two values cost that have nothing in common: more than all cells of a row together.
    impossible: u32,
}

/// Answers for all pairs of nodes of small trees, side by side: the question decides the table, the axis and
/// the two nodes the place in it.
#[derive(Debug, Default)]
struct Tables {
    join: Vec<u32>,
    join_cost: Vec<u32>,
    least_cost: Vec<u32>,
}

/// The value tree of one column.
#[derive(Debug)]
struct Axis {
    parent: Vec<u32>,
    level: Vec<u32>,
    cost: Vec<u32>,
    /// Where its part of the tables starts, if it is small.
    start: usize,
    is_small: bool,
    /// The level-0 node of each dictionary code.
    leaf: Vec<u32>,
    /// For each node, the level and the generalized code that it stands for; none for the root of several trees.
    origin: Vec<Option<(usize, u32)>>,
}

/// What one generalized value costs per row, before scaling: a share in 0 to 1, by level and generalized code.
pub(crate) type NodeCost<'a> = &'a dyn Fn(usize, usize, u32) -> f64;

impl Space {
    /// The trees of `columns`; `cost` of (column, level, code) must not shrink from a value to a coarser one.
    pub(crate) fn new(columns: &[(&Column, &Levels)], cost: NodeCost<'_>) -> Self {
        let wide = code(columns.len().max(1));
        let impossible = IMPOSSIBLE / wide;
        let unit = UNIT.min(impossible / (2 * wide)).max(1);
        let mut tables = Tables::default();
        let mut axes = Vec::with_capacity(columns.len());
        for (i, (_, levels)) in columns.iter().enumerate() {
            let mut axis = Axis::new(levels, &|level, c| cost(i, level, c), unit, impossible);
            tables.take_in(&mut axis);
            axes.push(axis);
        }
        let all_small = axes.iter().all(|a| a.is_small);
        Space { axes, tables, all_small, unit, impossible }
    }

    /// What a row costs that is left out.
    pub(crate) fn suppressed_cost(&self) -> u32 {
        self.unit * code(self.axes.len())
    }

    /// A cost as a share of a whole cell.
    pub(crate) fn cells(&self, cost: u64) -> f64 {
        num::to_f64(cost) / f64::from(self.unit)
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.axes.len()
    }

    /// The level-0 node of a value of a column.
    pub(crate) fn leaf(&self, column: usize, value: u32) -> u32 {
        self.axes[column].leaf[num::index(value)]
    }

    /// The level and generalized code of a node; none where two values have nothing in common.
    pub(crate) fn origin(&self, column: usize, node: u32) -> Option<(usize, u32)> {
        self.axes[column].origin[num::index(node)]
    }

    /// The coarsest place.
    pub(crate) fn top(&self) -> Vec<u32> {
        self.axes.iter().map(|a| code(a.parent.len() - 1)).collect()
    }

    /// What a place costs per row.
    pub(crate) fn cost(&self, place: &[u32]) -> u32 {
        self.axes.iter().zip(place).map(|(axis, &node)| axis.cost[num::index(node)]).sum()
    }

    /// What the join of two places costs per row.
    #[inline]
    pub(crate) fn join_cost(&self, a: &[u32], b: &[u32]) -> u32 {
        if self.all_small {
            return self.sum(&self.tables.join_cost, a, b);
        }
        let axes = self.axes.iter().zip(a.iter().zip(b));
        axes.map(|(axis, (&a, &b))| axis.cost[num::index(self.join_of(axis, a, b))]).sum()
    }

    /// The least cost per row of a join of `place` with anything below `bound`: where the bound is above the
    /// place's own node, that node; elsewhere all joins are one.
    #[inline]
    pub(crate) fn least_join_cost(&self, place: &[u32], bound: &[u32]) -> u32 {
        if self.all_small {
            return self.sum(&self.tables.least_cost, place, bound);
        }
        let axes = self.axes.iter().zip(place.iter().zip(bound));
        axes.map(|(axis, (&node, &bound))| axis.least(node, bound, self.join_of(axis, node, bound))).sum()
    }

    /// Makes `place` the join of itself and `other`, and returns its cost per row.
    #[inline]
    pub(crate) fn join(&self, place: &mut [u32], other: &[u32]) -> u32 {
        let mut cost = 0;
        for (axis, (node, &other)) in self.axes.iter().zip(place.iter_mut().zip(other)) {
            *node = self.join_of(axis, *node, other);
            cost += axis.cost[num::index(*node)];
        }
        cost
    }

    /// Whether `a` and `b` make the same of `place`.
    pub(crate) fn joins_alike(&self, place: &[u32], a: &[u32], b: &[u32]) -> bool {
        let axes = self.axes.iter().zip(place.iter().zip(a.iter().zip(b)));
        axes.into_iter().all(|(axis, (&node, (&a, &b)))| {
            a == b || self.join_of(axis, node, a) == self.join_of(axis, node, b)
        })
    }

    /// The sum of the entries of `table` for two places.
    #[inline]
    fn sum(&self, table: &[u32], a: &[u32], b: &[u32]) -> u32 {
        let axes = self.axes.iter().zip(a.iter().zip(b));
        axes.map(|(axis, (&a, &b))| table[axis.entry(a, b)]).sum()
    }

    #[inline]
    fn join_of(&self, axis: &Axis, a: u32, b: u32) -> u32 {
        if axis.is_small { self.tables.join[axis.entry(a, b)] } else { axis.climb(a, b) }
    }

    /// Whether rows of this cost may stand in a class: no two values are joined that have nothing in common.
    pub(crate) fn is_possible(&self, cost: u32) -> bool {
        cost < self.impossible
    }

    /// The join of two nodes of a column.
    pub(crate) fn join_nodes(&self, column: usize, a: u32, b: u32) -> u32 {
        self.join_of(&self.axes[column], a, b)
    }

    /// What a cell costs that says nothing.
    pub(crate) fn unit(&self) -> u32 {
        self.unit
    }

    /// The level of a node.
    pub(crate) fn level(&self, column: usize, node: u32) -> u32 {
        self.axes[column].level[num::index(node)]
    }

    /// The ancestor of `node` at `level`, or the node itself if it is coarser.
    pub(crate) fn up(&self, column: usize, mut node: u32, level: u32) -> u32 {
        let axis = &self.axes[column];
        while axis.level[num::index(node)] < level {
            node = axis.parent[num::index(node)];
        }
        node
    }

    /// What a node costs per row.
    pub(crate) fn node_cost(&self, column: usize, node: u32) -> u32 {
        self.axes[column].cost[num::index(node)]
    }
}

impl Axis {
    fn new(levels: &Levels, cost: &dyn Fn(usize, u32) -> f64, unit: u32, impossible: u32) -> Self {
        let depth = levels.height() + 1;
        // Nodes by level, then label: the same whatever the order of rows.
        let mut nodes: Vec<(usize, u32)> = Vec::new();
        let mut number: Vec<Vec<u32>> = Vec::with_capacity(depth);
        for l in 0..depth {
            let labels = levels.level(l).labels();
            let mut order: Vec<u32> = (0..code(labels.len())).collect();
            order.sort_by(|&a, &b| labels[num::index(a)].cmp(&labels[num::index(b)]));
            let mut of_level = vec![0; labels.len()];
            for c in order {
                of_level[num::index(c)] = code(nodes.len());
                nodes.push((l, c));
            }
            number.push(of_level);
        }
        let tops = levels.level(depth - 1).labels().len();
        // Without a common top, values may have nothing in common: a root that no class may be.
        let root = if tops == 1 { nodes.len() - 1 } else { nodes.len() };
        let mut parent = vec![code(root); root + 1];
        for l in 1..depth {
            for (fine, coarse) in levels.step(l - 1, l).into_iter().enumerate() {
                parent[num::index(number[l - 1][fine])] = number[l][num::index(coarse)];
            }
        }
        // A label that occurs at several levels reads as the coarsest of them.
        let mut by_label: HashMap<&str, f64> = HashMap::new();
        for &(l, c) in &nodes {
            let at = by_label.entry(&levels.level(l).labels()[num::index(c)]).or_insert(0.0);
            *at = at.max(cost(l, c));
        }
        let mut costs: Vec<u32> = nodes
            .iter()
            .map(|&(l, c)| scaled(by_label[levels.level(l).labels()[num::index(c)].as_str()], unit))
            .collect();
        let mut level: Vec<u32> = nodes.iter().map(|&(l, _)| code(l)).collect();
        let mut origin: Vec<Option<(usize, u32)>> = nodes.iter().map(|&n| Some(n)).collect();
        if root == nodes.len() {
            costs.push(impossible);
            level.push(code(depth));
            origin.push(None);
        }
        // A parent never costs less than its child, whatever the labels said.
        for node in 0..=root {
            let up = num::index(parent[node]);
            costs[up] = costs[up].max(costs[node]);
        }
        let leaf = levels.level(0).codes().iter().map(|&c| number[0][num::index(c)]).collect();
        Axis { parent, level, cost: costs, start: 0, is_small: false, leaf, origin }
    }

    /// Where the tables have the answers for two nodes.
    #[inline]
    fn entry(&self, a: u32, b: u32) -> usize {
        self.start + num::index(a) * self.parent.len() + num::index(b)
    }

    /// See [`Space::least_join_cost`].
    fn least(&self, node: u32, bound: u32, join: u32) -> u32 {
        self.cost[num::index(if join == bound { node } else { join })]
    }

    fn climb(&self, mut a: u32, mut b: u32) -> u32 {
        while a != b {
            let (of_a, of_b) = (self.level[num::index(a)], self.level[num::index(b)]);
            if of_a <= of_b {
                a = self.parent[num::index(a)];
            }
            if of_b <= of_a {
                b = self.parent[num::index(b)];
            }
        }
        a
    }
}

impl Tables {
    /// Works out all pairs of nodes of `axis`, if they are few.
    fn take_in(&mut self, axis: &mut Axis) {
        axis.start = self.join.len();
        axis.is_small = axis.parent.len() <= MAX_TABLE;
        if !axis.is_small {
            return;
        }
        let all = 0..code(axis.parent.len());
        for (a, b) in all.clone().flat_map(|a| all.clone().map(move |b| (a, b))) {
            let join = axis.climb(a, b);
            self.join.push(join);
            self.join_cost.push(axis.cost[num::index(join)]);
            self.least_cost.push(axis.least(a, b, join));
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 <= share <= 1, times at most 2^20"
)]
fn scaled(share: f64, unit: u32) -> u32 {
    (share.clamp(0.0, 1.0) * f64::from(unit)).floor() as u32
}

/// A cell that says nothing costs this much at most, so that a step is about 1e-6 of a cell.
const UNIT: u32 = 1 << 20;
/// More than all columns together can cost; divided by their number, so that a sum stays below 2^31.
const IMPOSSIBLE: u32 = 1 << 31;
/// Trees of at most this many nodes have all pairs in tables: less than a megabyte.
const MAX_TABLE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kanon::Hierarchy;

    #[test]
    fn joins_by_table_and_by_climbing_are_the_same() {
        let values: Vec<String> = (0..40).map(|i| format!("{:02}", i * 2)).collect();
        let column = Column::from_values(&values).expect("few values");
        let levels = Hierarchy::prefix(&[2, 1, 0]).and_then(|h| h.levels("a", &column)).expect("nests");
        let mut axis = Axis::new(&levels, &|l, _| f64::from(code(l)) / 2.0, 1 << 20, 1 << 30);
        let mut tables = Tables { join: vec![7; 3], join_cost: vec![7; 3], least_cost: vec![7; 3] };
        tables.take_in(&mut axis);
        let nodes = code(axis.parent.len());
        for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))) {
            assert_eq!(tables.join[axis.entry(a, b)], axis.climb(a, b));
            assert_eq!(tables.join_cost[axis.entry(a, b)], axis.cost[num::index(axis.climb(a, b))]);
        }
    }
}
