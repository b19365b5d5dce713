//! Generalization hierarchies: how a value becomes coarser, level by level.
//!
//! ```text
//!   level 0   level 1     level 2   level 3
//!   13053     130**       1****     *            prefix
//!   1961-03   1961        1960-1969 *            date
//!   34        [30, 35)    [30, 40)  *            interval
//!   A1        medical     *                      tree, file
//!   mild      [none, mild]            *          order, automatic
//!   192.0.2.7 192.0.2.0/24 192.0.0.0/16 *        ip
//! ```
//!
//! A [`Hierarchy`] is a rule; [`Levels`] are the rule applied to the values of one column. Level 0 is the
//! finest that may be released. Levels nest: two values that are equal at one level are equal at all
//! coarser ones, which is checked and not assumed. Missing values are a category of their own up to the
//! coarsest level, and never a wildcard.

mod automatic;
mod date;
mod file;
mod interval;
mod ip;
mod levels;
mod order;
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
    Automatic(automatic::Automatic),
    Date(date::Dates),
    File(file::File),
    Interval(interval::Intervals),
    Ip(ip::Networks),
    Order(order::Ordered),
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

    /// Networks of Internet addresses: the first `v4[i]` bits of IPv4 and the first `v6[i]` bits of IPv6 addresses above the
    /// address itself, then `*`.
    ///
    /// # Errors
    /// `Policy` unless there are as many lengths of both kinds, at least one, and they decrease.
    ///
    /// # Examples
    /// ```
    /// use incog::{kanon::Hierarchy, table::Column};
    /// let column = Column::from_values(["192.0.2.77", "2001:db8::1"])?;
    /// let levels = Hierarchy::networks(&[24, 16], &[64, 48])?.levels("address", &column)?;
    /// assert_eq!(levels.label(1, column.codes()[0]), "192.0.2.0/24");
    /// let error = Hierarchy::networks(&[16, 24], &[48, 64]).unwrap_err().to_string();
    /// assert!(error.starts_with("network lengths do not nest"), "{error}");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn networks(v4: &[u32], v6: &[u32]) -> Result<Self> {
        ip::Networks::new(v4, v6).map(|h| Hierarchy(Kind::Ip(h)))
    }

    /// Values in the order that is given, in groups of `groups[i]` neighbors at level `i + 1`, then `*`.
    ///
    /// # Errors
    /// `Policy` without values, if one is listed twice, or unless each group is a larger multiple of the one before.
    ///
    /// # Examples
    /// ```
    /// use incog::{kanon::Hierarchy, table::Column};
    /// let column = Column::from_values(["mild", "severe"])?;
    /// let scale = ["none", "mild", "moderate", "severe"];
    /// let levels = Hierarchy::ordered(&scale, &[2])?.levels("pain", &column)?;
    /// assert_eq!(levels.label(1, column.codes()[1]), "[moderate, severe]");
    /// assert!(Hierarchy::ordered(&scale, &[2, 3]).unwrap_err().to_string().starts_with("groups of neighbors do not nest"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn ordered<S: AsRef<str>>(values: &[S], groups: &[usize]) -> Result<Self> {
        let values: Vec<String> = values.iter().map(|v| v.as_ref().to_owned()).collect();
        order::Ordered::new(&values, groups).map(|h| Hierarchy(Kind::Order(h)))
    }

    /// For columns without a hierarchy: a tree over the values present, by number or else by text, in which each group has
    /// up to `parts` parts of about the same number of rows.
    ///
    /// It depends on the data: its boundaries are values of the table, so a hierarchy that was written down says less.
    ///
    /// # Errors
    /// `Policy` if `parts` is below 2.
    ///
    /// # Examples
    /// ```
    /// use incog::{kanon::Hierarchy, table::Column};
    /// let age = Column::from_values(["30", "30", "30", "41", "43"])?;
    /// let levels = Hierarchy::automatic(2)?.levels("age", &age)?;
    /// assert_eq!(levels.label(1, age.codes()[3]), "[41, 43]");
    /// assert_eq!(levels.label(1, age.codes()[0]), "30");
    /// assert_eq!(Hierarchy::automatic(1).unwrap_err().to_string(), "an automatic hierarchy has at least 2 parts, got 1");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn automatic(parts: usize) -> Result<Self> {
        if parts < 2 {
            return Err(Error::automatic_parts(parts));
        }
        Ok(Hierarchy(Kind::Automatic(automatic::Automatic::new(parts))))
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
            Kind::Automatic(h) => {
                let tree = h.tree(column, |code, value| rule.is_missing(code, value));
                rule.computed(tree.depth, |v, level| tree.labels.get(v).map(|labels| labels[level].clone()))
            }
            Kind::Flat => rule.computed(2, |v, level| Some(if level == 0 { v.into() } else { TOP.into() })),
            Kind::Date(h) => rule.computed(h.depth(), |v, level| h.generalize(v, level)),
            Kind::Interval(h) => rule.computed(h.depth(), |v, level| h.generalize(v, level)),
            Kind::Prefix(h) => rule.computed(h.depth(), |v, level| Some(h.generalize(v, level))),
            Kind::File(h) => rule.declared(h.rows(), h.depth()),
            Kind::Ip(h) => rule.computed(h.depth(), |v, level| h.generalize(v, level)),
            Kind::Order(h) => rule.declared(h.rows(), h.depth()),
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

    /// Levels above the values; none if the values decide.
    #[cfg(feature = "dp")]
    pub(crate) fn height(&self) -> Option<usize> {
        let depth = match &self.0 {
            Kind::Automatic(_) => return None,
            Kind::Flat => 2,
            Kind::Date(h) => h.depth(),
            Kind::File(h) => h.depth(),
            Kind::Interval(h) => h.depth(),
            Kind::Ip(h) => h.depth(),
            Kind::Order(h) => h.depth(),
            Kind::Prefix(h) => h.depth(),
            Kind::Tree(h) => h.depth(),
        };
        Some(depth - 1)
    }

    /// The kind of rule, in a word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.0 {
            Kind::Automatic(_) => "automatic",
            Kind::Flat => "flat",
            Kind::Date(_) => "date",
            Kind::File(_) => "file",
            Kind::Interval(_) => "interval",
            Kind::Ip(_) => "ip",
            Kind::Order(_) => "order",
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
        matches!(&self.0, Kind::File(_) | Kind::Order(_) | Kind::Tree(_))
    }
}

/// The coarsest value.
pub(crate) const TOP: &str = "*";
