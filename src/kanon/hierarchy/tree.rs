//! Values as the leaves of a tree.

use std::collections::HashMap;

use super::TOP;
use crate::error::{Error, Result};

/// A tree of named groups; its leaves are the values.
///
/// # Examples
/// ```
/// use incog::{kanon::{Hierarchy, hierarchy::Tree}, table::Column};
/// let leaves = |values: &[&str]| Tree::Leaves(values.iter().map(|v| v.to_string()).collect());
/// let tree = Tree::Groups(vec![
///     ("medical".to_owned(), leaves(&["A1", "A2"])),
///     ("surgical".to_owned(), leaves(&["B1"])),
/// ]);
/// let ward = Column::from_values(["A2", "B1"])?;
/// assert_eq!(Hierarchy::tree(&tree)?.levels("ward", &ward)?.label(1, 0), "medical");
/// let error = Hierarchy::tree(&leaves(&["A1", "A1"])).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Policy, "a value has one place");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tree {
    /// Named groups.
    Groups(Vec<(String, Tree)>),
    /// Values.
    Leaves(Vec<String>),
}

/// A tree as rows of more and more general values, all of one length.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    rows: HashMap<String, Vec<String>>,
    depth: usize,
}

impl Declared {
    pub(super) fn new(tree: &Tree) -> Result<Self> {
        let mut paths = Vec::new();
        collect(tree, &mut Vec::new(), &mut paths);
        let depth = paths.iter().map(Vec::len).max().ok_or_else(Error::tree_without_leaves)?;
        let mut rows = HashMap::with_capacity(paths.len());
        for path in paths {
            // A leaf near the root keeps its own value until the others have come up to it.
            let mut row = vec![path[0].clone(); depth - path.len()];
            row.extend(path);
            let leaf = row[0].clone();
            if rows.insert(leaf.clone(), row).is_some() {
                return Err(Error::repeated_leaf(&leaf));
            }
        }
        Ok(Declared { rows, depth })
    }

    pub(super) fn rows(&self) -> &HashMap<String, Vec<String>> {
        &self.rows
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

/// Appends, for each leaf, the leaf, its groups from the inside out, and `*`.
fn collect(tree: &Tree, groups: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    match tree {
        Tree::Groups(children) => {
            for (name, child) in children {
                groups.push(name.clone());
                collect(child, groups, paths);
                groups.pop();
            }
        }
        Tree::Leaves(values) => {
            for value in values {
                let mut path = vec![value.clone()];
                path.extend(groups.iter().rev().cloned());
                path.push(TOP.to_owned());
                paths.push(path);
            }
        }
    }
}
