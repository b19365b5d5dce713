//! The graph of nearest atoms, and the lower bound that comes with it.

use super::{
    drafts::Graph,
    ground::Ground,
    space::Space,
    tree::{Near, Tree},
};
use crate::{kanon::class::parallel, num};

/// What the search starts from.
#[derive(Debug)]
pub(super) struct Neighbors {
    pub(super) graph: Graph,
    /// What all rows cost at least.
    pub(super) least: u64,
}

/// For each atom the `degree` nearest others, and over all rows the sum of what the join with the
/// `least_rows - 1` nearest rows costs at least.
///
/// # Guarantee
/// For all classes of at least `least_rows` rows, their rows cost no less than `least` together: the place of a
/// row's class is above it and above that many others, so it costs at least the join with the farthest of the
/// nearest. A row that is left out costs more than any join.
pub(super) fn neighbors(space: &Space, ground: &Ground, degree: usize, least_rows: u32) -> Neighbors {
    let tree = Tree::new(space, ground.places(), ground.rows());
    let parts: Vec<&[u32]> = tree.order().chunks(PART).collect();
    let of_part = |atoms: &[u32]| -> (Vec<u32>, u64) {
        let mut search = Near::new(&tree, space, degree, least_rows);
        let mut near = Vec::with_capacity(atoms.len() * degree);
        let mut least = 0u64;
        for &atom in atoms {
            let mut rows = ground.rows()[num::index(atom)];
            let mut cost = space.cost(ground.place(atom));
            let end = near.len() + degree;
            for (joined, other) in search.search(atom) {
                if rows < least_rows {
                    cost = joined;
                    rows = rows.saturating_add(ground.rows()[num::index(other)]);
                }
                if near.len() < end {
                    near.push(other);
                }
            }
            near.resize(end, Graph::NONE);
            // Too few rows in all: it is left out. So is a row that has nothing in common with enough others.
            if rows < least_rows || !space.is_possible(cost) {
                cost = space.suppressed_cost();
            }
            least += u64::from(cost) * u64::from(ground.rows()[num::index(atom)]);
        }
        (near, least)
    };
    let mut near = vec![Graph::NONE; ground.len() * degree];
    let mut least = 0;
    for (atoms, (found, of_part)) in parts.iter().zip(parallel::map(parts.clone(), of_part)) {
        for (&atom, list) in atoms.iter().zip(found.chunks_exact(degree)) {
            let start = num::index(atom) * degree;
            near[start..start + degree].copy_from_slice(list);
        }
        least += of_part;
    }
    Neighbors { graph: Graph { degree, near }, least }
}

/// Atoms that one thread takes at a time.
const PART: usize = 4096;
