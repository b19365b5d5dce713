//! Searches for the generalization that loses least.

mod best_effort;
mod findings;
mod holds;
mod optimal;
mod packed;
mod problem;
mod snapshots;

pub(crate) use best_effort::best_effort;
pub(crate) use findings::findings;
pub(crate) use optimal::optimal;
pub(crate) use problem::{CountedColumn, Found, Problem};
#[cfg(feature = "dp")]
pub(crate) use snapshots::Snapshots;

/// How to search.
///
/// # Examples
/// Levels of its own for each class lose less than one level for all:
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, Search, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["11", "11", "21", "22"])?)])?;
/// let run = |search| {
///     let request = Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?);
///     request.model(KAnonymity::new(2)?).search(search).build()?.run(&table)
/// };
/// assert!(run(Search::Optimal)?.table()?.column("zip")?.dictionary().eq(["1*", "2*"]));
/// assert!(run(Search::Local)?.table()?.column("zip")?.dictionary().eq(["11", "2*"]));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Search {
    /// The best of all generalizations that treat equal values alike (full-domain). Exact.
    #[default]
    Optimal,
    /// The best that is found within a limit of looks or time, for lattices of any size, with a bound on what the best of
    /// all may be.
    BestEffort,
    /// Each class has levels of its own (local recoding): far less loss, and not proven to be the least. A bound is
    /// reported. Recommended, unless equal values must read alike in all rows. Since each class is as
    /// fine as can be, more of it can be undone by reasoning about the search (downcoding) than of one choice
    /// of levels for all.
    Local,
    /// The rows are cut in two again and again (Mondrian); equal values stay on one side of a cut. Numbers and dates
    /// are released as the range that a class has, everything else as the join in its hierarchy. Fast; it loses
    /// more than local recoding where hierarchies are fine, and less where ranges say more than intervals.
    Mondrian,
    /// The same; where no such cut is left, rows of one value may be divided.
    MondrianRelaxed,
    /// Local recoding in which a cell is kept or suppressed, and nothing in between: hierarchies are not used.
    CellSuppression,
}

impl Search {
    /// Whether each class has a generalization of its own.
    #[must_use]
    pub const fn is_by_class(self) -> bool {
        matches!(self, Search::Local | Search::Mondrian | Search::MondrianRelaxed | Search::CellSuppression)
    }

    /// The word for it in policies and cards.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Search::Optimal => "optimal",
            Search::BestEffort => "best_effort",
            Search::Local => "local",
            Search::Mondrian => "mondrian",
            Search::MondrianRelaxed => "mondrian_relaxed",
            Search::CellSuppression => "cell_suppression",
        }
    }
}

/// Nodes that the optimal search takes on: their tags and bounds fit in 400 MiB.
pub(crate) const MAX_NODES: usize = 1 << 24;
