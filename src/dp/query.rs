//! What is asked: a count, a sum or a mean, in all or by public groups, at a price.

use crate::{
    dp::{Epsilon, aggregate::Lattice},
    error::{Error, Result},
};

/// A checked query. It knows nothing of a table.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, Query};
/// let query = Query::mean("charge").clamp(0.0, 50_000.0).by("ward", ["A1", "B1"]).epsilon(Epsilon::parse("0.3")?).build()?;
/// assert_eq!(query.label(), "mean of charge by ward");
/// assert_eq!(
///     Query::sum("charge").epsilon(Epsilon::parse("0.3")?).build().unwrap_err().to_string(),
///     "the sum of 'charge' has no clamp bounds; give the least and the largest value that may count",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub(super) aggregate: Aggregate,
    pub(super) groups: Option<Groups>,
    pub(super) epsilon: Epsilon,
}

/// What is computed per group.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aggregate {
    Count,
    Sum(Clamped),
    Mean(Clamped),
}

/// A column and the bounds that its numbers are clamped to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clamped {
    pub(super) column: String,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// A column and those of its values that are public, in the order of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    pub(super) column: String,
    pub(super) keys: Vec<String>,
}

/// Builds a [`Query`].
#[derive(Clone, Debug)]
#[must_use]
pub struct QueryBuilder {
    kind: Kind,
    column: String,
    clamp: Option<(f64, f64)>,
    groups: Option<Groups>,
    epsilon: Option<Epsilon>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Count,
    Sum,
    Mean,
}

impl Query {
    /// The number of rows.
    pub fn count() -> QueryBuilder {
        QueryBuilder::new(Kind::Count, String::new())
    }

    /// The sum of a column of numbers. Cells that are no number count as the lower clamp bound.
    pub fn sum(column: impl Into<String>) -> QueryBuilder {
        QueryBuilder::new(Kind::Sum, column.into())
    }

    /// The mean of a column of numbers: a noisy sum divided by a noisy count (at least 1), each at half of
    /// the ε, clamped to the bounds. Cells that are no number count as the lower clamp bound.
    pub fn mean(column: impl Into<String>) -> QueryBuilder {
        QueryBuilder::new(Kind::Mean, column.into())
    }

    /// The query in words: `sum of charge by ward`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = match &self.aggregate {
            Aggregate::Count => "count".to_owned(),
            Aggregate::Sum(clamped) => format!("sum of {}", clamped.column),
            Aggregate::Mean(clamped) => format!("mean of {}", clamped.column),
        };
        if let Some(groups) = &self.groups {
            label.push_str(" by ");
            label.push_str(&groups.column);
        }
        label
    }

    /// What it costs.
    #[must_use]
    pub fn epsilon(&self) -> Epsilon {
        self.epsilon
    }

    /// The public group keys, in the order of the answer; none without groups.
    #[must_use]
    pub fn keys(&self) -> Option<&[String]> {
        self.groups.as_ref().map(|groups| groups.keys.as_slice())
    }

    /// Everything that the answer's distribution depends on, as text without ambiguity: each name is
    /// preceded by its length.
    pub(super) fn canonical(&self) -> String {
        let name = |text: &str| format!("{}:{text}", text.len());
        let clamped = |kind: &str, c: &Clamped| {
            format!("{kind} {} {:016x} {:016x}", name(&c.column), c.lower.to_bits(), c.upper.to_bits())
        };
        let aggregate = match &self.aggregate {
            Aggregate::Count => "count".to_owned(),
            Aggregate::Sum(c) => clamped("sum", c),
            Aggregate::Mean(c) => clamped("mean", c),
        };
        let groups = self.groups.as_ref().map_or_else(String::new, |groups| {
            let keys: Vec<String> = groups.keys.iter().map(|key| name(key)).collect();
            format!("{} {}", name(&groups.column), keys.join(" "))
        });
        format!("{aggregate}\nby {groups}\nepsilon {}\n", self.epsilon)
    }
}

impl QueryBuilder {
    fn new(kind: Kind, column: String) -> Self {
        QueryBuilder { kind, column, clamp: None, groups: None, epsilon: None }
    }

    /// The least and the largest value that may count; others count as the nearer bound. Public: not to be
    /// taken from the data.
    pub fn clamp(mut self, lower: f64, upper: f64) -> Self {
        self.clamp = Some((lower, upper));
        self
    }

    /// One answer per value of `column` among the public `keys`, in this order. Rows with another value are
    /// left out; a key without rows is answered like any other.
    pub fn by<K: Into<String>>(
        mut self,
        column: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        self.groups = Some(Groups { column: column.into(), keys });
        self
    }

    /// What it may cost, all groups together.
    pub fn epsilon(mut self, epsilon: Epsilon) -> Self {
        self.epsilon = Some(epsilon);
        self
    }

    /// The query.
    ///
    /// # Errors
    /// `Parameter` if ε is not given; if clamp bounds are missing, given to a count, not finite, not
    /// ascending, or beyond 1e100 (or both within 1e-100 of zero); if there is no key, a repeated key, or
    /// more than 1048576.
    pub fn build(self) -> Result<Query> {
        let epsilon = self.epsilon.ok_or_else(Error::query_without_epsilon)?;
        let aggregate = match self.kind {
            Kind::Count if self.clamp.is_some() => return Err(Error::clamped_count()),
            Kind::Count => Aggregate::Count,
            Kind::Sum => Aggregate::Sum(Clamped::new("sum", self.column, self.clamp)?),
            Kind::Mean => {
                epsilon.halves()?;
                Aggregate::Mean(Clamped::new("mean", self.column, self.clamp)?)
            }
        };
        if let Some(groups) = &self.groups {
            groups.check()?;
        }
        Ok(Query { aggregate, groups: self.groups, epsilon })
    }
}

impl Clamped {
    fn new(kind: &str, column: String, clamp: Option<(f64, f64)>) -> Result<Self> {
        let (lower, upper) = clamp.ok_or_else(|| Error::missing_clamp(kind, &column))?;
        let largest = lower.abs().max(upper.abs());
        let ascending = lower.is_finite() && upper.is_finite() && lower < upper;
        if !ascending || !(SMALLEST..=LARGEST).contains(&largest) {
            return Err(Error::clamp_range(&column, lower, upper));
        }
        Ok(Clamped { column, lower, upper })
    }

    pub(super) fn lattice(&self) -> Lattice {
        Lattice::for_bounds(self.lower, self.upper)
    }
}

impl Groups {
    fn check(&self) -> Result<()> {
        if self.keys.is_empty() || self.keys.len() > MOST_KEYS {
            return Err(Error::key_count(&self.column, self.keys.len(), MOST_KEYS));
        }
        let mut sorted: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::repeated_key(&self.column));
        }
        Ok(())
    }
}

/// Bounds of ordinary size: steps and sums of steps are then normal binary fractions.
const SMALLEST: f64 = 1e-100;
/// See [`SMALLEST`].
const LARGEST: f64 = 1e100;
/// One answer per key is held in memory and stored in the ledger.
const MOST_KEYS: usize = 1 << 20;
