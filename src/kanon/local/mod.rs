//! Local recoding: each class has levels of its own, so that rows lose far less than when a whole column
//! must have one level.
//!
//! ```text
//!   table ──> atoms: equal rows ──> graph of nearest ──> drafts merge ──> drafts are improved ──> classes
//!             (ground, space)       (tree, near)         until they       one after another       rows get
//!                                        │               hold (merge)     (improve, grow)         theirs
//!                                        └──> lower bound of the loss
//! ```
//!
//! A class is a set of rows with one generalized tuple, the same for all of them. The tuple is the join of
//! their values: no coarser than it must be, and every row's own value lies below it.
//!
//! The least that any local recoding must lose is bounded from below: a class of k rows has, for each of
//! them, a place above it and k - 1 others, so each row costs at least the distance to its (k-1)th nearest.
//! The difference to what was found is the gap, which is reported.
//!
//! Nothing depends on the order of rows or on the number of threads: nodes and atoms are sorted by what they
//! are, costs are whole numbers, and rows that differ only in columns that are no quasi-identifiers are shared
//! out by those columns.

mod drafts;
mod ground;
mod grow;
mod improve;
mod merge;
mod near;
mod rows;
mod rules;
mod space;
mod tree;

pub(crate) use ground::{CountedColumn, Ground};
pub(crate) use rules::Rules;
pub(crate) use space::Space;

use drafts::Drafts;
use improve::Effort;
use rules::{Models, Size};

use crate::{
    kanon::{
        code,
        model::{Guarantee, PrivacyModel, Scope, Whole},
        mondrian::{self, Axis, Part},
    },
    num,
    table::Column,
};

/// What is to be recoded, and what must hold.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) space: &'a Space,
    pub(crate) ground: &'a Ground,
    pub(crate) models: &'a [Box<dyn PrivacyModel>],
    /// For each counted column, its distribution in all rows; none for persons.
    pub(crate) wholes: &'a [Option<Whole>],
    /// For each model, which counted column it looks at.
    pub(crate) counted_by_model: &'a [Option<usize>],
    /// No class has fewer rows, whatever the models say.
    pub(crate) least_rows: u32,
    /// Which counted column tells persons apart, if they are not the rows.
    pub(crate) persons: Option<usize>,
    pub(crate) max_suppressed_rows: u64,
    /// At most this many looks at a class; without, until little is gained.
    pub(crate) max_steps: Option<u64>,
}

/// The classes that were found.
#[derive(Debug)]
pub(crate) struct Recoding {
    /// Generalized tuples, sorted.
    pub(crate) places: Vec<Vec<u32>>,
    /// For each atom, which classes get how many of its rows; what is missing is left out.
    pub(crate) shares: Vec<Vec<(u32, u32)>>,
    /// Looks at a class.
    pub(crate) steps: u64,
    /// No recoding of this kind costs less than this, in cells.
    pub(crate) least_cells: f64,
}

/// Recodes; an error is the least number of rows that the classes found would leave out.
///
/// # Guarantee
/// For all requests, each class holds all models, and at most the allowed number of rows is in no class.
pub(crate) fn recode(request: &Request<'_>) -> Result<Recoding, u64> {
    let least_rows = request.least_rows();
    if request.counts_rows_alone() {
        recode_by(request, &Size { k: least_rows }, least_rows)
    } else {
        recode_by(request, &request.models(least_rows), least_rows)
    }
}

/// Cuts the atoms after Mondrian; none if not even all rows together hold.
pub(crate) fn cut(request: &Request<'_>, axes: &[Axis], strict: bool) -> Option<Vec<Part>> {
    let least_rows = request.least_rows();
    let (space, ground) = (request.space, request.ground);
    if request.counts_rows_alone() {
        mondrian::cut(space, ground, axes, &Size { k: least_rows }, strict)
    } else {
        mondrian::cut(space, ground, axes, &request.models(least_rows), strict)
    }
}

impl<'a> Request<'a> {
    /// No class that holds has fewer rows.
    fn least_rows(&self) -> u32 {
        let ks = self.models.iter().map(|m| match m.guarantee() {
            Some(Guarantee::KAnonymity { k } | Guarantee::PersonK { k }) => k,
            Some(Guarantee::DistinctLDiversity { l, .. }) => l,
            _ => 1,
        });
        u32::try_from(ks.max().unwrap_or(1)).unwrap_or(u32::MAX).max(self.least_rows)
    }

    fn counts_rows_alone(&self) -> bool {
        self.persons.is_none()
            && self.models.iter().all(|m| {
                matches!(m.guarantee(), Some(Guarantee::KAnonymity { .. } | Guarantee::PersonK { .. }))
                    || m.scope() != Scope::Class
            })
    }

    fn models(&self, least_rows: u32) -> Models<'a> {
        Models {
            ground: self.ground,
            models: self.models,
            wholes: self.wholes,
            counted_by_model: self.counted_by_model,
            persons: self.persons,
            least_rows,
        }
    }
}

fn recode_by<R: Rules>(request: &Request<'_>, rules: &R, least_rows: u32) -> Result<Recoding, u64> {
    let Request { space, ground, .. } = request;
    let degree = degree(least_rows, R::GUIDED);
    let near::Neighbors { graph, least } = near::neighbors(space, ground, degree, least_rows);
    let max_suppressed = u32::try_from(request.max_suppressed_rows).unwrap_or(u32::MAX);
    let mut drafts = Drafts::new(space, ground, rules, &graph, max_suppressed);
    let without = merge::merge(&mut drafts);
    if without > 0 {
        return Err(without + u64::from(drafts.draft(Drafts::<R>::BIN).rows));
    }
    let effort = Effort { around: 2 * degree, max_steps: request.max_steps.unwrap_or(u64::MAX) };
    let steps = improve::improve(&mut drafts, effort);
    let (places, shares) = rows::classes(&drafts);
    Ok(Recoding { places, shares, steps, least_cells: space.cells(least) })
}

/// The class of each row: none if it is left out. Rows of one atom that go to different classes are told apart
/// by `others`, the columns beside the quasi-identifiers.
pub(crate) fn class_of_rows(
    ground: &Ground,
    shares: &[Vec<(u32, u32)>],
    others: &[&Column],
) -> Vec<Option<u32>> {
    rows::share_out(ground, shares, others)
}

/// Neighbors in the graph: growing with the logarithm of the class size, as the number of rows does that a
/// class is chosen from. Twice as many win a few thousandths of the loss and cost twice the time.
fn degree(least_rows: u32, is_guided: bool) -> usize {
    let by_size = 2 + 6 * num::index(least_rows.max(2).ilog2());
    if is_guided { by_size.clamp(24, MAX_DEGREE) } else { by_size.clamp(8, MAX_DEGREE) }
}

const MAX_DEGREE: usize = 48;
