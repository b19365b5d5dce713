//! A tree of places for nearest-neighbor search.
//!
//! Each node has a *bound*: the join of all places below it. A place's join with anything below costs at
//! least its join with the bound where the two part (see [`Space::least_join_cost`]), so whole branches are
//! passed over. Children are the values of one column one level finer; the column is the one that makes the
//! rows cheapest, so that expensive differences are decided near the root. Exact: the twin in the tests
//! compares all pairs.

use super::{code, space::Space};
use crate::num;

/// Places, sorted so that each node of the tree is a range of them.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    bounds: Vec<u32>,
    places: Vec<u32>,
    weights: Vec<u32>,
    /// The tree's number of each of the caller's places, and back.
    position: Vec<u32>,
    order: Vec<u32>,
    leaf_of: Vec<u32>,
    width: usize,
}

#[derive(Debug)]
struct Node {
    first_child: u32,
    children: u32,
    start: u32,
    end: u32,
    parent: u32,
}

/// One search: what is near `place`, nearest first.
pub(super) struct Near<'t> {
    tree: &'t Tree,
    space: &'t Space,
    /// Distance and position.
    found: Vec<(u32, u32)>,
    rows: u32,
    least: usize,
    least_rows: u32,
    bound: u32,
    own: usize,
    /// What the place costs by itself: nothing is nearer.
    floor: u32,
}

impl Tree {
    /// Of `places`, each `space.width()` nodes, with their numbers of rows.
    pub(super) fn new(space: &Space, places: &[u32], weights: &[u32]) -> Self {
        let width = space.width();
        let count = weights.len();
        let mut tree = Tree {
            nodes: vec![Node { first_child: 0, children: 0, start: 0, end: code(count), parent: NONE }],
            bounds: Vec::new(),
            places: Vec::new(),
            weights: Vec::new(),
            position: vec![0; count],
            order: (0..code(count)).collect(),
            leaf_of: vec![0; count],
            width,
        };
        let mut at = 0;
        while at < tree.nodes.len() {
            tree.divide(space, places, weights, at);
            at += 1;
        }
        for (position, &original) in (0u32..).zip(&tree.order) {
            tree.position[num::index(original)] = position;
            tree.places.extend_from_slice(place(places, width, original));
            tree.weights.push(weights[num::index(original)]);
        }
        tree
    }

    /// Settles the bound of a node and makes its children.
    fn divide(&mut self, space: &Space, places: &[u32], weights: &[u32], at: usize) {
        let (start, end) = (num::index(self.nodes[at].start), num::index(self.nodes[at].end));
        let members = &self.order[start..end];
        let Some(&first) = members.first() else { return };
        let mut bound = place(places, self.width, first).to_vec();
        for &o in &members[1..] {
            space.join(&mut bound, place(places, self.width, o));
        }
        self.bounds.extend_from_slice(&bound);
        let column = (members.len() > LEAF)
            .then(|| {
                let saved = |column: usize| -> u64 {
                    let node = bound[column];
                    let cost = space.node_cost(column, node);
                    members
                        .iter()
                        .map(|&o| {
                            let finer = finer(space, column, node, place(places, self.width, o)[column]);
                            u64::from(cost - space.node_cost(column, finer))
                                * u64::from(weights[num::index(o)])
                        })
                        .sum()
                };
                let divides = |&column: &usize| {
                    let node =
                        |o: u32| finer(space, column, bound[column], place(places, self.width, o)[column]);
                    members.iter().any(|&o| node(o) != node(first))
                };
                // Of equal columns the first.
                (0..self.width)
                    .filter(divides)
                    .map(|c| (saved(c), c))
                    .max_by_key(|&(s, c)| (s, self.width - c))
            })
            .flatten();
        let Some((_, column)) = column else {
            for position in start..end {
                self.leaf_of[position] = code(at);
            }
            return;
        };
        let mut parts: Vec<(u32, u32)> = members
            .iter()
            .map(|&o| (finer(space, column, bound[column], place(places, self.width, o)[column]), o))
            .collect();
        parts.sort_unstable();
        let first_child = code(self.nodes.len());
        let mut from = 0;
        for i in 1..=parts.len() {
            if i == parts.len() || parts[i].0 != parts[from].0 {
                let (start, end) = (code(start + from), code(start + i));
                self.nodes.push(Node { first_child: 0, children: 0, start, end, parent: code(at) });
                from = i;
            }
        }
        for (slot, part) in self.order[start..end].iter_mut().zip(&parts) {
            *slot = part.1;
        }
        self.nodes[at].first_child = first_child;
        self.nodes[at].children = code(self.nodes.len()) - first_child;
    }

    /// The caller's numbers of the places, in the order of the tree.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    fn bound(&self, node: usize) -> &[u32] {
        place(&self.bounds, self.width, code(node))
    }

    fn place(&self, position: usize) -> &[u32] {
        &self.places[position * self.width..][..self.width]
    }
}

impl<'t> Near<'t> {
    /// A search for at least `least` other places, and enough for `least_rows` rows with its own.
    pub(super) fn new(tree: &'t Tree, space: &'t Space, least: usize, least_rows: u32) -> Self {
        Near { tree, space, found: Vec::new(), rows: 0, least, least_rows, bound: u32::MAX, own: 0, floor: 0 }
    }

    /// What is near the place `original`: cost of the join and the other's number, nearest first; of equal
    /// ones at the end, any. Fewer only if there are no more.
    pub(super) fn search(&mut self, original: u32) -> impl Iterator<Item = (u32, u32)> {
        self.own = num::index(self.tree.position[num::index(original)]);
        self.found.clear();
        self.rows = self.tree.weights[self.own];
        self.bound = if self.is_enough() { 0 } else { u32::MAX };
        self.floor = self.space.cost(self.tree.place(self.own));
        let mut at = num::index(self.tree.leaf_of[self.own]);
        self.scan(at);
        // From the leaf up, so that the bound is small before the rest of the tree is looked at.
        loop {
            let node = &self.tree.nodes[at];
            let Some(parent) = self.tree.nodes.get(num::index(node.parent)) else { break };
            for child in parent.first_child..parent.first_child + parent.children {
                if num::index(child) != at {
                    self.visit(num::index(child));
                }
            }
            at = num::index(node.parent);
        }
        let tree = self.tree;
        self.found.iter().map(|&(cost, position)| (cost, tree.order[num::index(position)]))
    }

    fn visit(&mut self, at: usize) {
        if self.space.least_join_cost(self.tree.place(self.own), self.tree.bound(at)) >= self.bound {
            return;
        }
        let node = &self.tree.nodes[at];
        if node.children == 0 {
            self.scan(at);
        }
        for child in node.first_child..node.first_child + node.children {
            self.visit(num::index(child));
        }
    }

    fn scan(&mut self, at: usize) {
        let node = &self.tree.nodes[at];
        let own = code(self.own);
        // From its own position on: equal places are then shared out among their neighbors.
        let middle = if (node.start..node.end).contains(&own) { own } else { node.start };
        for position in (middle..node.end).chain(node.start..middle) {
            if self.bound <= self.floor {
                return;
            }
            let index = num::index(position);
            if position == own {
                continue;
            }
            let cost = self.space.join_cost(self.tree.place(self.own), self.tree.place(index));
            if cost >= self.bound {
                continue;
            }
            let slot = self.found.partition_point(|f| f.0 <= cost);
            self.found.insert(slot, (cost, position));
            self.rows += self.tree.weights[index];
            while let Some(&(_, last)) = self.found.last() {
                let weight = self.tree.weights[num::index(last)];
                if self.found.len() <= self.least || self.rows - weight < self.least_rows {
                    break;
                }
                self.found.pop();
                self.rows -= weight;
            }
            if self.is_enough() {
                self.bound = self.found.last().map_or(0, |f| f.0);
            }
        }
    }

    fn is_enough(&self) -> bool {
        self.found.len() >= self.least && self.rows >= self.least_rows
    }
}

fn place(places: &[u32], width: usize, at: u32) -> &[u32] {
    &places[num::index(at) * width..][..width]
}

/// The child of `node` above `value`.
fn finer(space: &Space, column: usize, node: u32, value: u32) -> u32 {
    match space.level(column, node).checked_sub(1) {
        Some(level) => space.up(column, value, level),
        None => value,
    }
}

/// Leaves hold at most this many places, unless they are equal.
const LEAF: usize = 8;
/// No node.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kanon::Hierarchy, table::Column};

    /// All pairs compared, on tuples of three columns.
    #[test]
    fn the_tree_finds_what_comparing_all_pairs_finds() {
        let mut state = 7u64;
        let mut draw = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let columns: Vec<Column> = (0..3)
            .map(|_| Column::from_values((0..300).map(|_| format!("{:02}", draw(60)))).expect("few values"))
            .collect();
        let hierarchies = [
            Hierarchy::prefix(&[2, 1, 0]).expect("nests"),
            Hierarchy::intervals(&[5.0, 10.0], 0.0).expect("nests"),
            Hierarchy::flat(),
        ];
        let levels: Vec<_> =
            columns.iter().zip(&hierarchies).map(|(c, h)| h.levels("c", c).expect("inside")).collect();
        let pairs: Vec<_> = columns.iter().zip(&levels).collect();
        let space = Space::new(&pairs, &|i, l, _| f64::from(code(l)) / f64::from(code(levels[i].height())));
        let places: Vec<u32> = (0..300)
            .flat_map(|r| (0..3).map(move |c| (r, c)))
            .map(|(r, c)| space.leaf(c, columns[c].codes()[r]))
            .collect();
        let weights: Vec<u32> = (0..300).map(|i| 1 + i % 3).collect();
        let tree = Tree::new(&space, &places, &weights);
        for (least, least_rows) in [(1, 1), (5, 1), (1, 20), (0, 7)] {
            let mut near = Near::new(&tree, &space, least, least_rows);
            for p in 0..300u32 {
                let mut all: Vec<(u32, u32)> = (0..300)
                    .filter(|&o| o != p)
                    .map(|o| (space.join_cost(place(&places, 3, p), place(&places, 3, o)), o))
                    .collect();
                all.sort_unstable();
                // What is needed of the sorted list, and not one more.
                let mut rows = weights[num::index(p)];
                let mut expected = Vec::new();
                for &(cost, o) in &all {
                    if expected.len() >= least && rows >= least_rows {
                        break;
                    }
                    rows += weights[num::index(o)];
                    expected.push(cost);
                }
                let found: Vec<u32> = near.search(p).map(|f| f.0).collect();
                assert!(found.len() >= least.min(299));
                if least_rows == 1 {
                    assert_eq!(found, expected);
                } else {
                    // Weights at equal distance may come in another order; the last distance is the same.
                    assert_eq!(found.last(), expected.last(), "place {p}");
                }
            }
        }
    }
}
