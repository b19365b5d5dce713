//! Generalization hierarchies: how a value becomes coarser, level by level.
//!
//! ```text
//!   level 0   level 1     level 2   level 3
//!   13053     130**       1****     *            prefix
//!   1961-03   1961        1960-1969 *            date
//!   34        [30, 35)    [30, 40)  *            interval
//!   A1        medical     *                      tree, file
//! ```
//!
//! A [`Hierarchy`] is a rule; [`Levels`] are the rule applied to the values of one column. Level 0 is the
//! finest that may be released. Levels nest: two values that are equal at one level are equal at all
//! coarser ones, which is checked and not assumed. Missing values are a category of their own up to the
//! coarsest level, and never a wildcard.

mod date;
mod file;
mod interval;
mod levels;
mod prefix;
mod tree;

use std::io::Read;

pub use date::DateLevel;
pub use levels::{Level, Levels};
pub use tree::Tree;

use crate::{
    error::{Error, Position, Result},
    table::Column,
};

/// A rule that makes values coarser.
///
/// # Examples
/// ```
/// use incog::{kanon::Hierarchy, table::Column};
/// let zip = Column::from_values(["13053", "13068"])?;
/// let levels = Hierarchy::prefix(&[5, 3, 0])?.levels("zip", &zip)?;
/// assert_eq!(levels.label(1, zip.codes()[0]), "130**");
/// assert_eq!(levels.height(), 2);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hierarchy(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Flat,
    Date(date::Dates),
    File(file::File),
    Interval(interval::Intervals),
    Prefix(prefix::Prefix),
    Tree(tree::Declared),
}

impl Hierarchy {
    /// Kept as it is, or suppressed.
    #[must_use]
    pub fn flat() -> Self {
        Hierarchy(Kind::Flat)
    }

    /// Numbers in half-open intervals of `widths` that start at `origin`: `[origin + i w, origin + (i+1) w)`.
    /// Level 0 is the number itself, the last level is `*`.
    ///
    /// # Errors
    /// `Policy` unless the widths are positive, and each is a multiple of the one before.
    pub fn intervals(widths: &[f64], origin: f64) -> Result<Self> {
        interval::Intervals::new(widths, origin).map(|h| Hierarchy(Kind::Interval(h)))
    }

    /// The first `keep[i]` characters at level `i`, the others as `*`.
    ///
    /// # Errors
    /// `Policy` unless the lengths decrease.
    pub fn prefix(keep: &[usize]) -> Result<Self> {
        prefix::Prefix::new(keep).map(|h| Hierarchy(Kind::Prefix(h)))
    }

    /// Dates (`YYYY-MM-DD`) at the given precisions, finest first.
    ///
    /// # Errors
    /// `Policy` unless each precision is a union of the one before.
    pub fn dates(levels: &[DateLevel]) -> Result<Self> {
        date::Dates::new(levels).map(|h| Hierarchy(Kind::Date(h)))
    }

    /// Values as the leaves of a tree.
    ///
    /// # Errors
    /// `Policy` if a leaf occurs twice, or if there is none.
    pub fn tree(tree: &Tree) -> Result<Self> {
        tree::Declared::new(tree).map(|h| Hierarchy(Kind::Tree(h)))
    }

    /// A line per value: the value, then more and more general values, between `delimiter`.
    ///
    /// # Errors
    /// `Policy` with the line number if the text is ragged, not UTF-8, repeats a value, or does not nest;
    /// `Io` if reading fails.
    pub fn from_lines(input: impl Read, delimiter: char) -> Result<Self> {
        file::File::read(input, delimiter).map(|h| Hierarchy(Kind::File(h)))
    }

    /// The rule applied to the values of the column `name`.
    ///
    /// # Errors
    /// `Value` with column and row if a value is outside the hierarchy; `Policy` if the levels do not nest.
    pub fn levels(&self, name: &str, column: &Column) -> Result<Levels> {
        self.levels_with(name, column, &[], false)
    }

    /// The same, with cells that hold one of `marks` missing; and if `suppressed`, values outside of the hierarchy are
    /// a code of their own, [`Levels::outside`], in place of an error.
    pub(crate) fn levels_with(
        &self,
        name: &str,
        column: &Column,
        marks: &[String],
        suppressed: bool,
    ) -> Result<Levels> {
        let rule = levels::Rule { column, marks, suppressed };
        match &self.0 {
            Kind::Flat => rule.computed(2, |v, level| Some(if level == 0 { v.into() } else { TOP.into() })),
            Kind::Date(h) => rule.computed(h.depth(), |v, level| h.generalize(v, level)),
            Kind::Interval(h) => rule.computed(h.depth(), |v, level| h.generalize(v, level)),
            Kind::Prefix(h) => rule.computed(h.depth(), |v, level| Some(h.generalize(v, level))),
            Kind::File(h) => rule.declared(h.rows(), h.depth()),
            Kind::Tree(h) => rule.declared(h.rows(), h.depth()),
        }
        .map_err(|fault| match fault {
            levels::Fault::Outside { code, values } => {
                let row = column.first_row(code).map_or(0, |r| crate::num::count(r) + 1);
                Error::outside_hierarchy(name, self.kind(), row, values)
                    .at(Position::column(name).with_row(row))
            }
            levels::Fault::Unnested(level) => Error::unnested_levels(name, level),
        })
    }

    /// The kind of rule, in a word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.0 {
            Kind::Flat => "flat",
            Kind::Date(_) => "date",
            Kind::File(_) => "file",
            Kind::Interval(_) => "interval",
            Kind::Prefix(_) => "prefix",
            Kind::Tree(_) => "tree",
        }
    }

    /// Whether the values have an order of which a range means something: numbers and dates.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        matches!(&self.0, Kind::Interval(_) | Kind::Date(_))
    }

    /// Whether every released value was written by whoever wrote the hierarchy, so that none comes out of data.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        matches!(&self.0, Kind::File(_) | Kind::Tree(_))
    }
}

/// The coarsest value.
pub(crate) const TOP: &str = "*";
