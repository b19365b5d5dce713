//! The lattice of generalizations: one node per choice of levels.
//!
//! ```text
//!            (1,2)                levels (sex, age); an arrow makes one column one level coarser
//!           ↗     ↖
//!        (0,2)    (1,1)
//!          ↑   ↖ ↗   ↑
//!        (0,1)    (1,0)
//!             ↖ ↗
//!            (0,0)
//! ```
//!
//! Nodes are numbered in mixed radix, so that tags are flat arrays. A request may leave out the finest or the coarsest
//! levels of a column; then the lattice is the part between.

use std::ops::RangeInclusive;

/// The levels of each column, and the numbering of nodes.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    finest: Vec<usize>,
    coarsest: Vec<usize>,
    strides: Vec<usize>,
    nodes: Option<usize>,
}

impl Lattice {
    /// The lattice for columns whose levels are in these ranges, numbered if it has at most `limit` nodes.
    pub(crate) fn new(levels: &[RangeInclusive<usize>], limit: usize) -> Self {
        let mut nodes = Some(1usize);
        let mut strides = Vec::with_capacity(levels.len());
        for range in levels {
            strides.push(nodes.unwrap_or(0));
            let height = range.end() - range.start();
            nodes = nodes.and_then(|n| n.checked_mul(height + 1)).filter(|&n| n <= limit);
        }
        Lattice {
            finest: levels.iter().map(|r| *r.start()).collect(),
            coarsest: levels.iter().map(|r| *r.end()).collect(),
            strides,
            nodes,
        }
    }

    /// Number of nodes; none if there are more than the limit.
    pub(crate) fn len(&self) -> Option<usize> {
        self.nodes
    }

    /// Number of nodes, however many.
    pub(crate) fn size(&self) -> u128 {
        let heights =
            self.finest.iter().zip(&self.coarsest).map(|(a, b)| u128::from(crate::num::count(b - a + 1)));
        heights.fold(1, u128::saturating_mul)
    }

    /// Levels of the finest node.
    pub(crate) fn finest(&self) -> &[usize] {
        &self.finest
    }

    /// Levels of the coarsest node.
    pub(crate) fn coarsest(&self) -> &[usize] {
        &self.coarsest
    }

    /// The levels of node `node`.
    pub(crate) fn levels(&self, node: usize) -> Vec<usize> {
        let columns = self.finest.iter().zip(&self.coarsest).zip(&self.strides);
        columns.map(|((a, b), stride)| a + node / stride % (b - a + 1)).collect()
    }

    /// The level of `column` at `node`.
    pub(crate) fn level(&self, node: usize, column: usize) -> usize {
        let (finest, coarsest) = (self.finest[column], self.coarsest[column]);
        finest + node / self.strides[column] % (coarsest - finest + 1)
    }

    /// How far apart in number two nodes are that are one level of `column` apart.
    pub(crate) fn stride(&self, column: usize) -> usize {
        self.strides[column]
    }

    /// The nodes one level finer in one column.
    pub(crate) fn finer(&self, node: usize) -> impl Iterator<Item = usize> {
        let columns = self.finest.iter().zip(&self.coarsest).zip(&self.strides);
        columns
            .filter(move |((a, b), stride)| !(node / **stride).is_multiple_of(*b - *a + 1))
            .map(move |(_, stride)| node - stride)
    }
}
