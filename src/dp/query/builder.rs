//! Builds a query; the only place where one is refused.

use crate::{
    dp::{
        Bins, Delta, Epsilon, NoiseKind, Query, Rho, Unreadable,
        aggregate::Clamp,
        price::{Asked, Price},
        quantile::{Joint, Probability},
        query::{Aggregate, Condition, Groups, Keys, Measured, Range},
    },
    error::{Error, Result},
};

/// Builds a [`Query`], which [`build`](Self::build) refuses without the bounds that its aggregate needs. Nothing takes a
/// query that was not built:
///
/// ```
/// # use incog::dp::{Epsilon, Query, Records, Release, Session};
/// # fn release(session: &mut Session, records: Records<'_>) -> incog::Result<Release> {
/// session.release(&Query::sum("x").clamp(0.0, 10.0).epsilon(Epsilon::parse("1")?).build()?, records, "1")
/// # }
/// ```
/// ```compile_fail,E0308
/// # use incog::dp::{Epsilon, Query, Records, Release, Session};
/// # fn release(session: &mut Session, records: Records<'_>) -> incog::Result<Release> {
/// session.release(&Query::sum("x").epsilon(Epsilon::parse("1")?), records, "1")
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct QueryBuilder {
    kind: Kind,
    column: String,
    clamp: Option<(f64, f64)>,
    found: Option<Price>,
    unreadable: Option<Unreadable>,
    groups: Option<Groups>,
    only: Option<Condition>,
    at_least: Option<u64>,
    noise: Option<NoiseKind>,
    price: Option<Asked>,
}

#[derive(Clone, Debug)]
enum Kind {
    Count,
    Sum,
    Mean,
    Variance,
    Histogram(Bins),
    Quantiles(Vec<f64>),
}

impl QueryBuilder {
    pub(super) fn count() -> Self {
        QueryBuilder::new(Kind::Count, String::new())
    }

    pub(super) fn sum(column: String) -> Self {
        QueryBuilder::new(Kind::Sum, column)
    }

    pub(super) fn mean(column: String) -> Self {
        QueryBuilder::new(Kind::Mean, column)
    }

    pub(super) fn variance(column: String) -> Self {
        QueryBuilder::new(Kind::Variance, column)
    }

    pub(super) fn histogram(column: String, bins: Bins) -> Self {
        QueryBuilder::new(Kind::Histogram(bins), column)
    }

    pub(super) fn quantiles(column: String, probabilities: Vec<f64>) -> Self {
        QueryBuilder::new(Kind::Quantiles(probabilities), column)
    }

    fn new(kind: Kind, column: String) -> Self {
        QueryBuilder {
            kind,
            column,
            clamp: None,
            found: None,
            unreadable: None,
            groups: None,
            only: None,
            at_least: None,
            noise: None,
            price: None,
        }
    }

    /// The least and the largest value that may count; others count as the nearer bound. Public: not to be
    /// taken from the data.
    pub fn clamp(mut self, lower: f64, upper: f64) -> Self {
        self.clamp = Some((lower, upper));
        self
    }

    /// Clamp bounds that are found in the data, for this ε beside that of the query: powers of two between which
    /// nearly all values lie, from a noisy histogram of their sizes. The release says which. Values that are rare may
    /// be clamped, and with few rows the bounds may be of any size.
    pub fn find_clamp(mut self, epsilon: Epsilon) -> Self {
        self.found = Some(Price::Epsilon(epsilon));
        self
    }

    /// The same for a ρ.
    pub fn find_clamp_for_rho(mut self, rho: Rho) -> Self {
        self.found = Some(Price::Rho(rho));
        self
    }

    /// What missing cells and cells that are no number count as. Without it: as the lower bound.
    pub fn unreadable(mut self, rule: Unreadable) -> Self {
        self.unreadable = Some(rule);
        self
    }

    /// One answer per value of `column` among the public `keys`, in this order. Rows with another value are
    /// left out; a key without rows is answered like any other.
    pub fn by<K: Into<String>>(
        mut self,
        column: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        let keys = Keys::Public(keys.into_iter().map(Into::into).collect());
        self.groups = Some(Groups { column: column.into(), keys });
        self
    }

    /// One answer per value of `column` that enough persons have, for this ε and δ beside the price of the query. Which
    /// values these are is released, in alphabetical order; a value that only one person has is among them with
    /// probability at most δ. Values that few persons have are left out. A ledger in `approximate` can be charged for it.
    pub fn by_selected(mut self, column: impl Into<String>, epsilon: Epsilon, delta: Delta) -> Self {
        self.groups = Some(Groups { column: column.into(), keys: Keys::Selected(epsilon, delta) });
        self
    }

    /// Only rows that meet `condition`. Said twice, both are to be met.
    pub fn only(mut self, condition: Condition) -> Self {
        self.only = Some(match self.only {
            Some(earlier) => earlier.and(condition),
            None => condition,
        });
        self
    }

    /// A number of rows that everybody knows there are at least, in each group. The error of a mean and of a variance
    /// can be told before they are asked then; the answer does not depend on it.
    pub fn at_least(mut self, rows: u64) -> Self {
        self.at_least = Some(rows);
        self
    }

    /// What it may cost, all groups together. Of a ledger in `zcdp`, `gdp` or `rdp` it is charged what its events
    /// cost there.
    pub fn epsilon(mut self, epsilon: Epsilon) -> Self {
        self.price = Some(Asked::Epsilon(epsilon));
        self
    }

    /// What it may cost, all groups together, of a ledger in `zcdp`; or what its events cost in `rdp`. Noise is
    /// Gaussian then, unless Laplace noise has the smaller error.
    pub fn rho(mut self, rho: Rho) -> Self {
        self.price = Some(Asked::Rho(rho));
        self
    }

    /// What it may cost, all groups together, of a ledger in `approximate`. The noise is Gaussian, unless Laplace
    /// noise of the same ρ has the smaller error: less than for the ε alone where one person is in many groups or
    /// bins.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Amount, ContributionBounds, Delta, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger};
    /// let bounds = ContributionBounds::new(100, 100)?.per_group(1)?;
    /// let session = Session::builder(PrivacyUnit::person("patient")?, bounds)
    ///     .ledger(MemoryLedger::new(Amount::parse("approximate epsilon=1 delta=1e-6")?))
    ///     .data_version("2026-11")
    ///     .build()?;
    /// let visits = || Query::count().by("day", (1..=100).map(|day| day.to_string()));
    /// let epsilon = Epsilon::parse("1")?;
    /// let gaussian = visits().approximate(epsilon, Delta::parse("1e-6")?).build()?;
    /// assert_eq!(session.cost(&gaussian)?.to_string(), "ε = 1, δ = 0.000001");
    /// assert!(session.error(&gaussian, 0.95)? < 0.4 * session.error(&visits().epsilon(epsilon).build()?, 0.95)?);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn approximate(mut self, epsilon: Epsilon, delta: Delta) -> Self {
        self.price = Some(Asked::Approximate(epsilon, delta));
        self
    }

    /// Which noise is added. Without it: the one with the smaller error for the price.
    pub fn noise(mut self, kind: NoiseKind) -> Self {
        self.noise = Some(kind);
        self
    }

    /// The query.
    ///
    /// # Errors
    /// `Parameter` if the price is not given, or too small to be divided among the parts of the query; if clamp
    /// bounds are missing, given to a count or a histogram, given and to be found, not finite, not ascending, nearer
    /// to each other than one part in 10^9, or beyond 1e100 (or both within 1e-100 of zero); if what unreadable cells
    /// count as is outside of them; if δ is 0 for keys that are to be selected; if there is no key or no quantile, a
    /// repeated one, or more than 1048576; if a quantile is not in 0 to 1 with at most six decimals.
    pub fn build(self) -> Result<Query> {
        let price = self.price.ok_or_else(Error::query_without_epsilon)?.price(self.noise)?;
        let rule = self.unreadable.unwrap_or_default();
        let unclamped = || match (self.clamp, self.found) {
            (None, None) => Ok(()),
            _ => Err(Error::clamped_count()),
        };
        let parts = match &self.kind {
            Kind::Count | Kind::Sum | Kind::Histogram(_) | Kind::Quantiles(_) => 1,
            Kind::Mean => 2,
            Kind::Variance => 3,
        };
        price.split(parts)?;
        let aggregate = match &self.kind {
            Kind::Count if self.unreadable.is_some() => return Err(Error::unreadable_count()),
            Kind::Count => unclamped().map(|()| Aggregate::Count)?,
            Kind::Sum => Aggregate::Sum(self.measured("sum", rule)?),
            Kind::Mean => Aggregate::Mean(self.measured("mean", rule)?),
            Kind::Variance => Aggregate::Variance(self.measured("variance", rule)?),
            Kind::Histogram(bins) => {
                unclamped()?;
                // The rule is checked against the edges.
                let (first, last) = (bins.edges()[0], bins.edges()[bins.count()]);
                Clamp::new(&self.column, first, last, rule)?;
                Aggregate::Histogram { column: self.column.clone(), bins: bins.clone(), rule }
            }
            Kind::Quantiles(probabilities) => {
                let of = self.measured("quantiles", rule)?;
                let probabilities: Vec<Probability> =
                    probabilities.iter().map(|&q| Probability::new(q)).collect::<Result<_>>()?;
                check_distinct(&probabilities, |got, limit| match got {
                    Some(got) => Error::quantile_count(&self.column, got, limit),
                    None => Error::repeated_quantile(&self.column),
                })?;
                Joint::new(&probabilities, 1, 1, price)?;
                Aggregate::Quantiles(of, probabilities)
            }
        };
        match &self.groups {
            Some(Groups { column, keys: Keys::Public(keys) }) => {
                check_distinct(keys, |got, limit| match got {
                    Some(got) => Error::key_count(column, got, limit),
                    None => Error::repeated_key(column),
                })?
            }
            Some(Groups { column, keys: Keys::Selected(_, delta) }) if *delta == Delta::default() => {
                return Err(Error::selection_without_delta(column));
            }
            _ => {}
        }
        Ok(Query {
            aggregate,
            groups: self.groups,
            only: self.only,
            at_least: self.at_least,
            noise: self.noise,
            price,
        })
    }

    fn measured(&self, kind: &str, rule: Unreadable) -> Result<Measured> {
        let range = match (self.clamp, self.found) {
            (Some((lower, upper)), None) => Range::Public(Clamp::new(&self.column, lower, upper, rule)?),
            (None, Some(price)) => {
                if let Unreadable::Value(value) = rule
                    && !value.is_finite()
                {
                    return Err(Error::unreadable_value(&self.column, f64::MIN, f64::MAX, value));
                }
                Range::Found { price, rule }
            }
            (None, None) => return Err(Error::missing_clamp(kind, &self.column)),
            (Some(_), Some(_)) => return Err(Error::clamped_twice(kind, &self.column)),
        };
        Ok(Measured { column: self.column.clone(), range })
    }
}

/// Refuses an empty or too long list, with its length, and one that names something twice.
fn check_distinct<T: Ord>(items: &[T], error: impl Fn(Option<usize>, usize) -> Error) -> Result<()> {
    if items.is_empty() || items.len() > MOST {
        return Err(error(Some(items.len()), MOST));
    }
    let mut sorted: Vec<&T> = items.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) { Err(error(None, MOST)) } else { Ok(()) }
}

/// One answer per key or quantile is held in memory and stored in the ledger.
const MOST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_to_a_million_items_and_each_once() {
        let check = |items: &[u32]| {
            check_distinct(items, |got, limit| match got {
                Some(got) => Error::key_count("g", got, limit),
                None => Error::repeated_key("g"),
            })
        };
        let items: Vec<u32> = (0..=1 << 20).collect();
        assert!(check(&items[..1]).is_ok() && check(&items[..1 << 20]).is_ok());
        assert!(check(&[]).is_err() && check(&items).is_err());
        assert!(check(&[&items[..], &items[..]].concat()).is_err());
        assert_eq!(check(&[2, 1, 2]).unwrap_err().to_string(), Error::repeated_key("g").to_string());
    }
}
