//! What a request says of one column.

use crate::{
    error::{Error, Result},
    kanon::hierarchy::{Hierarchy, Levels},
    table::Column,
};

/// A quasi-identifying column of a request.
///
/// # Examples
/// ```
/// use incog::kanon::{Anonymizer, Hierarchy, QuasiColumn, model::KAnonymity};
/// let age = QuasiColumn::new("age", Hierarchy::intervals(&[5.0, 10.0], 0.0)?)
///     .weight(2.0)
///     .finest(1)
///     .missing(["?", "n/a"]);
/// let request = Anonymizer::builder().quasi_identifier_with(age).model(KAnonymity::new(5)?).build()?;
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct QuasiColumn {
    pub(in crate::kanon) name: String,
    pub(in crate::kanon) hierarchy: Hierarchy,
    pub(in crate::kanon) weight: f64,
    pub(in crate::kanon) finest: usize,
    pub(in crate::kanon) coarsest: Option<usize>,
    pub(in crate::kanon) missing: Vec<String>,
    pub(in crate::kanon) outside: Outside,
}

/// What happens to rows with a value that the column's hierarchy does not have.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, Outside, QuasiColumn, model::KAnonymity}, table::{Column, Table}};
/// let table = Table::new([("age", Column::from_values(["31", "unknown", "34"])?)])?;
/// let request = |outside| {
///     Anonymizer::builder()
///         .quasi_identifier_with(QuasiColumn::new("age", Hierarchy::intervals(&[5.0], 0.0)?).outside(outside))
///         .model(KAnonymity::new(2)?)
///         .max_suppressed(0.5)
///         .build()
/// };
/// let error = request(Outside::Refuse)?.run(&table).unwrap_err();
/// assert_eq!(error.position().and_then(|p| p.row), Some(2), "the first row is 1");
/// assert_eq!(request(Outside::Suppress)?.run(&table)?.kept_rows(), [0, 2]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Outside {
    /// The table is refused, with the first such row.
    #[default]
    Refuse,
    /// They are left out, and count as suppressed.
    Suppress,
}

impl QuasiColumn {
    /// The column `name`, whose values may become coarser by `hierarchy`.
    #[must_use]
    pub fn new(name: impl Into<String>, hierarchy: Hierarchy) -> Self {
        QuasiColumn {
            name: name.into(),
            hierarchy,
            weight: 1.0,
            finest: 0,
            coarsest: None,
            missing: Vec::new(),
            outside: Outside::Refuse,
        }
    }

    /// How much its loss counts beside that of other columns. The default is 1.
    #[must_use]
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// The finest level that may leave. The default is 0.
    #[must_use]
    pub fn finest(mut self, level: usize) -> Self {
        self.finest = level;
        self
    }

    /// The coarsest level that may leave. The default is the last one.
    #[must_use]
    pub fn coarsest(mut self, level: usize) -> Self {
        self.coarsest = Some(level);
        self
    }

    /// Cells that hold one of `marks` are missing, like empty ones: together a category of its own up to the coarsest level,
    /// released as the first of the marks.
    #[must_use]
    pub fn missing<S: Into<String>>(mut self, marks: impl IntoIterator<Item = S>) -> Self {
        self.missing.extend(marks.into_iter().map(Into::into));
        self
    }

    /// What happens to rows with a value outside of the hierarchy.
    #[must_use]
    pub fn outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// The hierarchy applied to the values of `column`.
    pub(in crate::kanon) fn levels(&self, column: &Column) -> Result<Levels> {
        self.levels_by(&self.hierarchy, column)
    }

    /// Another hierarchy in place of its own, applied to the values of `column`.
    pub(in crate::kanon) fn levels_by(&self, hierarchy: &Hierarchy, column: &Column) -> Result<Levels> {
        hierarchy.levels_with(&self.name, column, &self.missing, self.outside == Outside::Suppress)
    }

    /// The levels that may leave, of a hierarchy of this height.
    pub(in crate::kanon) fn range(&self, height: usize) -> Result<std::ops::RangeInclusive<usize>> {
        let coarsest = self.coarsest.unwrap_or(height);
        if coarsest > height || self.finest > coarsest {
            return Err(Error::level_bounds(&self.name, self.finest, coarsest, height));
        }
        Ok(self.finest..=coarsest)
    }

    /// Whether rows with a value outside of the hierarchy are left out.
    pub(in crate::kanon) fn suppresses_outside(&self) -> bool {
        self.outside == Outside::Suppress
    }

    /// Whether it says something that only searches with one level per column follow.
    pub(in crate::kanon) fn is_of_levels(&self) -> bool {
        (self.weight - 1.0).abs() > 0.0
            || self.finest > 0
            || self.coarsest.is_some()
            || self.outside == Outside::Suppress
    }
}

/// A sensitive column of a request.
///
/// # Examples
/// ```
/// use incog::kanon::{Hierarchy, SensitiveColumn};
/// let column = SensitiveColumn::new("diagnosis").unknown(["not recorded"]);
/// # let _ = column;
/// ```
#[derive(Clone, Debug)]
pub struct SensitiveColumn {
    pub(in crate::kanon) name: String,
    pub(in crate::kanon) hierarchy: Option<Hierarchy>,
    pub(in crate::kanon) unknown: Vec<String>,
}

impl SensitiveColumn {
    /// The column `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        SensitiveColumn { name: name.into(), hierarchy: None, unknown: Vec::new() }
    }

    /// How alike its values are, for [`Ground::Hierarchical`](crate::kanon::model::Ground::Hierarchical). It is released as
    /// it is all the same.
    #[must_use]
    pub fn hierarchy(mut self, hierarchy: Hierarchy) -> Self {
        self.hierarchy = Some(hierarchy);
        self
    }

    /// Values that say nothing, like missing ones and `*`: they add nothing to diversity.
    #[must_use]
    pub fn unknown<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.unknown.extend(values.into_iter().map(Into::into));
        self
    }
}

impl<S: Into<String>> From<S> for SensitiveColumn {
    fn from(name: S) -> Self {
        SensitiveColumn::new(name)
    }
}
