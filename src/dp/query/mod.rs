//! What is asked: an aggregate, of which rows, in all or by group, at a price.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod builder;
mod condition;

pub use builder::QueryBuilder;
pub use condition::{Condition, Test};

use crate::dp::{
    Bins, Delta, Epsilon, NoiseKind, Unreadable, aggregate::Clamp, price::Price, quantile::Probability,
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
    pub(super) only: Option<Condition>,
    pub(super) at_least: Option<u64>,
    pub(super) noise: Option<NoiseKind>,
    pub(super) price: Price,
}

/// What is computed per group.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aggregate {
    Count,
    Sum(Measured),
    Mean(Measured),
    Variance(Measured),
    Histogram {
        column: String,
        bins: Bins,
        rule: Unreadable,
    },
    /// In the order of the answer.
    Quantiles(Measured, Vec<Probability>),
}

/// A column of numbers and the range that they are clamped to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) column: String,
    pub(super) range: Range,
}

/// Where clamp bounds come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Range {
    /// They are public.
    Public(Clamp),
    /// They are found in the data, at this price, and unreadable cells count as the rule says.
    Found { price: Price, rule: Unreadable },
}

/// A column, and which of its values are groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    pub(super) column: String,
    pub(super) keys: Keys,
}

/// The keys of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// Public, in the order of the answer.
    Public(Vec<String>),
    /// Those that enough persons have, at this price; in alphabetical order.
    Selected(Epsilon, Delta),
}

impl Query {
    /// The number of rows.
    pub fn count() -> QueryBuilder {
        QueryBuilder::count()
    }

    /// The sum of a column of numbers.
    pub fn sum(column: impl Into<String>) -> QueryBuilder {
        QueryBuilder::sum(column.into())
    }

    /// The mean of a column of numbers: the middle of the clamp bounds, plus a noisy sum of the distances from it,
    /// divided by a noisy count (at least 1), each at half of the ε, clamped to the bounds.
    pub fn mean(column: impl Into<String>) -> QueryBuilder {
        QueryBuilder::mean(column.into())
    }

    /// The variance of a column of numbers (divided by the number of rows): from a noisy sum of the distances from the
    /// middle of the clamp bounds, one of their squares, and a noisy count, each at a third of the ε; at least 0 and at
    /// most a quarter of the squared width of the bounds.
    pub fn variance(column: impl Into<String>) -> QueryBuilder {
        QueryBuilder::variance(column.into())
    }

    /// How many numbers of a column are in each of public bins.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Bins, Epsilon, Query};
    /// let ages = Query::histogram("age", Bins::uniform(0.0, 100.0, 10)?).epsilon(Epsilon::parse("0.5")?).build()?;
    /// assert_eq!(ages.label(), "histogram of age");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn histogram(column: impl Into<String>, bins: Bins) -> QueryBuilder {
        QueryBuilder::histogram(column.into(), bins)
    }

    /// Quantiles of a column of numbers, all for one price: 0.5 is the median. To a millionth of the clamp range; they
    /// ascend with their probabilities.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Epsilon, Query};
    /// let quartiles = Query::quantiles("charge", [0.25, 0.5, 0.75]).clamp(0.0, 50_000.0);
    /// assert!(quartiles.epsilon(Epsilon::parse("0.2")?).build().is_ok());
    /// assert_eq!(
    ///     Query::quantiles("charge", [1.5]).clamp(0.0, 1.0).epsilon(Epsilon::parse("1")?).build().unwrap_err().to_string(),
    ///     "a quantile must be in 0 ≤ q ≤ 1 with at most six decimals, got 1.5",
    /// );
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn quantiles(
        column: impl Into<String>,
        probabilities: impl IntoIterator<Item = f64>,
    ) -> QueryBuilder {
        QueryBuilder::quantiles(column.into(), probabilities.into_iter().collect())
    }

    /// The query in words: `sum of charge by ward`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = match &self.aggregate {
            Aggregate::Count => "count".to_owned(),
            Aggregate::Sum(of) => format!("sum of {}", of.column),
            Aggregate::Mean(of) => format!("mean of {}", of.column),
            Aggregate::Variance(of) => format!("variance of {}", of.column),
            Aggregate::Histogram { column, .. } => format!("histogram of {column}"),
            Aggregate::Quantiles(of, _) => format!("quantiles of {}", of.column),
        };
        if let Some(groups) = &self.groups {
            label.push_str(" by ");
            label.push_str(&groups.column);
        }
        if let Some(condition) = &self.only {
            label.push_str(" where ");
            label.push_str(&condition.label());
        }
        label
    }

    /// The public group keys, in the order of the answer; none without groups, or if the keys are found in the data.
    #[must_use]
    pub fn keys(&self) -> Option<&[String]> {
        match &self.groups {
            Some(Groups { keys: Keys::Public(keys), .. }) => Some(keys),
            _ => None,
        }
    }

    /// What selecting keys costs, if they are to be.
    pub(super) fn selected(&self) -> Option<(Epsilon, Delta)> {
        match &self.groups {
            Some(Groups { keys: Keys::Selected(epsilon, delta), .. }) => Some((*epsilon, *delta)),
            _ => None,
        }
    }

    /// What each group has several values for: the bins of a histogram, the probabilities of quantiles.
    pub(super) fn parts(&self) -> Vec<String> {
        match &self.aggregate {
            Aggregate::Histogram { bins, .. } => (0..bins.count()).map(|bin| bins.label(bin)).collect(),
            Aggregate::Quantiles(_, probabilities) => probabilities.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// The column of numbers, if it reads one.
    pub(super) fn column(&self) -> Option<&str> {
        match &self.aggregate {
            Aggregate::Histogram { column, .. } => Some(column),
            _ => self.measured().map(|of| of.column.as_str()),
        }
    }

    /// The column of numbers that are clamped, if there is one.
    pub(super) fn measured(&self) -> Option<&Measured> {
        match &self.aggregate {
            Aggregate::Sum(of)
            | Aggregate::Mean(of)
            | Aggregate::Variance(of)
            | Aggregate::Quantiles(of, _) => Some(of),
            Aggregate::Count | Aggregate::Histogram { .. } => None,
        }
    }

    /// What unreadable cells count as.
    pub(super) fn rule(&self) -> Unreadable {
        match (&self.aggregate, self.measured()) {
            (Aggregate::Histogram { rule, .. }, _) => *rule,
            (_, Some(Measured { range: Range::Public(clamp), .. })) => clamp.rule(),
            (_, Some(Measured { range: Range::Found { rule, .. }, .. })) => *rule,
            (_, None) => Unreadable::default(),
        }
    }

    /// Everything that the answer's distribution depends on, as text without ambiguity: each name is preceded by its
    /// length, each number is its bits.
    pub(super) fn canonical(&self) -> String {
        let name = |text: &str| format!("{}:{text}", text.len());
        let bits = |value: f64| format!("{:016x}", value.to_bits());
        let rule = match self.rule() {
            Unreadable::Lower => "lower".to_owned(),
            Unreadable::Upper => "upper".to_owned(),
            Unreadable::Value(value) => bits(value),
            Unreadable::LeftOut => "left_out".to_owned(),
        };
        let measured = |kind: &str, of: &Measured| {
            let range = match &of.range {
                Range::Public(clamp) => format!("{} {}", bits(clamp.lower()), bits(clamp.upper())),
                Range::Found { price, .. } => format!("found {}", price.canonical()),
            };
            format!("{kind} {} {range} {rule}", name(&of.column))
        };
        let aggregate = match &self.aggregate {
            Aggregate::Count => "count".to_owned(),
            Aggregate::Sum(of) => measured("sum", of),
            Aggregate::Mean(of) => measured("mean", of),
            Aggregate::Variance(of) => measured("variance", of),
            Aggregate::Histogram { column, bins, .. } => {
                let edges: Vec<String> = bins.edges().iter().map(|&edge| bits(edge)).collect();
                format!("histogram {} {} {rule}", name(column), edges.join(" "))
            }
            Aggregate::Quantiles(of, probabilities) => {
                let probabilities: Vec<String> = probabilities.iter().map(ToString::to_string).collect();
                format!("{} {}", measured("quantiles", of), probabilities.join(" "))
            }
        };
        let groups = self.groups.as_ref().map_or_else(String::new, |groups| {
            let keys = match &groups.keys {
                Keys::Public(keys) => keys.iter().map(|key| name(key)).collect::<Vec<String>>().join(" "),
                Keys::Selected(epsilon, delta) => format!("selected {epsilon} {delta}"),
            };
            format!("{} {keys}", name(&groups.column))
        });
        let only = self.only.as_ref().map_or_else(String::new, Condition::canonical);
        let noise = match self.noise {
            None => "any",
            Some(NoiseKind::Laplace) => "laplace",
            Some(NoiseKind::Gaussian) => "gaussian",
        };
        format!("{aggregate}\nby {groups}\nonly {only}\nnoise {noise}\n{}\n", self.price.canonical())
    }
}
