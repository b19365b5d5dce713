//! Searches for the generalization that loses least.

mod holds;
mod optimal;
mod packed;
mod problem;
mod snapshots;

pub(crate) use optimal::optimal;
pub(crate) use problem::{CountedColumn, Found, Problem};

/// How to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Search {
    /// The best of all generalizations that treat equal values alike (full-domain). Exact.
    #[default]
    Optimal,
}

/// Nodes that the optimal search takes on: their tags and bounds fit in 400 MiB.
pub(crate) const MAX_NODES: usize = 1 << 24;
