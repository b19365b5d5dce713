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
//! Nodes are numbered in mixed radix, so that tags are flat arrays.

/// The levels of each column, and the numbering of nodes.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    heights: Vec<usize>,
    strides: Vec<usize>,
    nodes: usize,
}

impl Lattice {
    /// The lattice for columns of these heights; none if it has more than `limit` nodes.
    pub(crate) fn new(heights: Vec<usize>, limit: usize) -> Option<Self> {
        let mut nodes = 1usize;
        let mut strides = Vec::with_capacity(heights.len());
        for height in &heights {
            strides.push(nodes);
            nodes = nodes.checked_mul(height + 1).filter(|&n| n <= limit)?;
        }
        Some(Lattice { heights, strides, nodes })
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes
    }

    /// The levels of node `node`.
    pub(crate) fn levels(&self, node: usize) -> Vec<usize> {
        self.heights.iter().zip(&self.strides).map(|(h, s)| node / s % (h + 1)).collect()
    }

    /// The nodes one level coarser in one column.
    pub(crate) fn successors(&self, node: usize) -> impl Iterator<Item = usize> {
        self.heights
            .iter()
            .zip(&self.strides)
            .filter(move |(h, s)| node / *s % (*h + 1) < **h)
            .map(move |(_, s)| node + s)
    }

    /// The nodes one level finer in one column.
    pub(crate) fn predecessors(&self, node: usize) -> impl Iterator<Item = usize> {
        self.heights
            .iter()
            .zip(&self.strides)
            .filter(move |(h, s)| !(node / *s).is_multiple_of(*h + 1))
            .map(move |(_, s)| node - s)
    }
}
