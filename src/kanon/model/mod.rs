//! Privacy models: rules that each class must meet.
//!
//! A model sees counts of one class and nothing else, so that it cannot depend on a row. Classes that
//! break a model are suppressed; the search looks for the generalization that loses least with at most the
//! allowed share of rows suppressed.

mod k_anonymity;
mod l_diversity;

use std::fmt;

pub use k_anonymity::KAnonymity;
pub use l_diversity::LDiversity;

/// Counts of one class: the rows that are equal on all quasi-identifying columns.
#[derive(Clone, Copy, Debug)]
pub struct Class<'a> {
    rows: u64,
    persons: u64,
    values: &'a [(u32, u32)],
}

impl<'a> Class<'a> {
    /// A class of `rows` rows that belong to `persons` persons, with `values` as (code, rows) of the
    /// column that the model names.
    #[must_use]
    pub fn new(rows: u64, persons: u64, values: &'a [(u32, u32)]) -> Self {
        Class { rows, persons, values }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of distinct persons: equal to the rows when no column names the person.
    #[must_use]
    pub fn persons(&self) -> u64 {
        self.persons
    }

    /// Distinct values of the model's column, each with its number of rows (at least 1). Missing is a value
    /// only to those who count it; [`PrivacyModel::column`] names the column.
    #[must_use]
    pub fn values(&self) -> &'a [(u32, u32)] {
        self.values
    }
}

/// How a model behaves when classes merge: what the search may skip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Monotonicity {
    /// The union of a class that holds and any other class holds. Coarser generalizations then suppress
    /// fewer rows, never more.
    Upward,
    /// Nothing can be concluded.
    None,
}

/// A rule that each class must meet. Open: users write their own.
///
/// # Examples
/// At most half of a class may share one value:
/// ```
/// use incog::kanon::model::{Class, PrivacyModel};
/// #[derive(Debug)]
/// struct HalfAtMost;
/// impl PrivacyModel for HalfAtMost {
///     fn name(&self) -> String {
///         "half at most".into()
///     }
///     fn column(&self) -> Option<&str> {
///         Some("diagnosis")
///     }
///     fn holds(&self, class: &Class<'_>) -> bool {
///         class.values().iter().all(|&(_, rows)| 2 * u64::from(rows) <= class.rows())
///     }
/// }
/// assert!(HalfAtMost.holds(&Class::new(4, 4, &[(0, 2), (1, 2)])));
/// assert!(!HalfAtMost.holds(&Class::new(4, 4, &[(0, 3), (1, 1)])));
/// ```
pub trait PrivacyModel: fmt::Debug + Send + Sync {
    /// Name with parameters, as in `10-anonymity`.
    fn name(&self) -> String;

    /// The sensitive column whose values [`Class::values`] counts, if the model looks at one.
    fn column(&self) -> Option<&str> {
        None
    }

    /// Whether `class` meets the rule.
    fn holds(&self, class: &Class<'_>) -> bool;

    /// What the search may conclude about merged classes. The default is always right.
    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::None
    }

    /// What the model counts, for claims that a verifier recomputes. None for a user's own model.
    fn guarantee(&self) -> Option<Guarantee<'_>> {
        None
    }
}

/// A guarantee in terms that a verifier knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guarantee<'a> {
    /// Classes of at least `k`.
    KAnonymity {
        /// The least size of a class.
        k: u64,
    },
    /// At least `l` distinct values of `column` in each class.
    DistinctLDiversity {
        /// The least number of distinct values.
        l: u64,
        /// The sensitive column.
        column: &'a str,
    },
}
