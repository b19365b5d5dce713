//! A pair (ε, δ) as exact decimals: what a total is, and what queries cost together.

use std::fmt;

use crate::{
    dp::{
        Delta, Epsilon,
        decimal::{self, Fault, Finer},
        parameters::{DELTA_DECIMALS, DELTA_ONE, EPSILON_DECIMALS},
    },
    error::{Error, Result},
};

/// A pair (ε, δ): what a guarantee says, what a query costs. In a ledger it is an [`Amount`](crate::dp::Amount).
///
/// Unlike [`Epsilon`] it may be zero, and its ε reaches one million, since a budget covers many queries.
/// Sums are exact: no order and no number of spends changes them.
///
/// # Examples
/// ```
/// use incog::dp::Budget;
/// let budget = Budget::parse("1", "0")?;
/// let spent = budget.split(3)?.into_iter().try_fold(Budget::ZERO, |sum, share| sum.plus(share))?;
/// assert_eq!(spent, budget);
/// assert_eq!(Budget::parse("1", "2").unwrap_err().to_string(), "delta must be in 0 ≤ δ < 1, got 2");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    epsilon: u64,
    delta: u128,
}

impl Budget {
    /// Nothing.
    pub const ZERO: Budget = Budget { epsilon: 0, delta: 0 };

    /// A pure amount: δ = 0.
    #[must_use]
    pub fn pure(epsilon: Epsilon) -> Self {
        Budget { epsilon: epsilon.units(), delta: 0 }
    }

    /// An approximate amount.
    #[must_use]
    pub fn approximate(epsilon: Epsilon, delta: Delta) -> Self {
        Budget { epsilon: epsilon.units(), delta: delta.units() }
    }

    /// A total from numbers, each the decimal that is written shortest, rounded down: a limit that is
    /// rounded must not grow.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ epsilon ≤ 1000000` and `0 ≤ delta < 1`.
    pub fn new(epsilon: f64, delta: f64) -> Result<Self> {
        Budget::read(&epsilon.to_string(), &delta.to_string(), Finer::RoundDown)
    }

    /// A total from decimal text, exactly.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ ε ≤ 1000000` with at most 12 decimals and `0 ≤ δ < 1` with at most 24.
    pub fn parse(epsilon: &str, delta: &str) -> Result<Self> {
        Budget::read(epsilon, delta, Finer::Refuse)
    }

    /// The exact decimal text of ε.
    #[must_use]
    pub fn epsilon_text(&self) -> String {
        decimal::format(u128::from(self.epsilon), EPSILON_DECIMALS)
    }

    /// The exact decimal text of δ.
    #[must_use]
    pub fn delta_text(&self) -> String {
        decimal::format(self.delta, DELTA_DECIMALS)
    }

    /// The ε as a parameter of one query.
    ///
    /// # Errors
    /// `Parameter` if it is zero or above 64.
    pub fn epsilon(&self) -> Result<Epsilon> {
        Epsilon::parse(&self.epsilon_text())
    }

    /// The δ.
    #[must_use]
    pub fn delta(&self) -> Delta {
        Delta::from_units(self.delta)
    }

    /// Whether δ is zero.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        self.delta == 0
    }

    /// Whether both amounts are at most those of `limit`.
    #[must_use]
    pub fn fits(&self, limit: Budget) -> bool {
        self.epsilon <= limit.epsilon && self.delta <= limit.delta
    }

    /// The exact sum.
    ///
    /// # Errors
    /// `Parameter` if ε exceeds 1000000 or δ reaches 1.
    pub fn plus(self, other: Budget) -> Result<Self> {
        // No overflow: both operands are within the limits, which leave room for one sum.
        let (epsilon, delta) = (self.epsilon + other.epsilon, self.delta + other.delta);
        if epsilon > TOTAL_MAX {
            return Err(Error::total_epsilon_range(&decimal::format(u128::from(epsilon), EPSILON_DECIMALS)));
        }
        if delta >= DELTA_ONE {
            return Err(Error::delta_range(&decimal::format(delta, DELTA_DECIMALS)));
        }
        Ok(Budget { epsilon, delta })
    }

    /// The exact difference, and zero where `other` is larger.
    #[must_use]
    pub fn minus(self, other: Budget) -> Self {
        Budget {
            epsilon: self.epsilon.saturating_sub(other.epsilon),
            delta: self.delta.saturating_sub(other.delta),
        }
    }

    /// Of units of 1e-12 and 1e-24.
    pub(super) fn from_units(epsilon: u64, delta: u128) -> Self {
        Budget { epsilon, delta }
    }

    /// In units of 1e-12 and 1e-24.
    pub(super) fn units(self) -> (u64, u128) {
        (self.epsilon, self.delta)
    }

    /// `shares` parts that differ by at most one unit.
    ///
    /// # Guarantee
    /// For all budgets and numbers of shares, the shares add up to the budget exactly: all of them can be
    /// spent, in any order.
    ///
    /// # Errors
    /// `Parameter` if `shares` is zero, or more than the budget has units of 1e-12 in ε.
    pub fn split(&self, shares: u32) -> Result<Vec<Budget>> {
        if shares == 0 || u64::from(shares) > self.epsilon {
            return Err(Error::split_range(shares, self));
        }
        let (n, wide) = (u64::from(shares), u128::from(shares));
        let share = |i: u32| Budget {
            epsilon: self.epsilon / n + u64::from(u64::from(i) < self.epsilon % n),
            delta: self.delta / wide + u128::from(u128::from(i) < self.delta % wide),
        };
        Ok((0..shares).map(share).collect())
    }

    fn read(epsilon: &str, delta: &str, finer: Finer) -> Result<Self> {
        let units = match decimal::parse(epsilon, EPSILON_DECIMALS, finer).map(u64::try_from) {
            Ok(Ok(units)) if units <= TOTAL_MAX => units,
            Err(Fault::TooFine) => {
                return Err(Error::too_many_decimals("epsilon", epsilon, EPSILON_DECIMALS));
            }
            _ => return Err(Error::total_epsilon_range(epsilon)),
        };
        Ok(Budget { epsilon: units, delta: Delta::read(delta, finer)?.units() })
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ε = {}", self.epsilon_text())?;
        if !self.is_pure() {
            write!(f, ", δ = {}", self.delta_text())?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Budget {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Budget", 2)?;
        fields.serialize_field("epsilon", &self.epsilon_text())?;
        fields.serialize_field("delta", &self.delta_text())?;
        fields.end()
    }
}

/// One million: a total fits a signed 64-bit integer, and so does the sum of two.
const TOTAL_MAX: u64 = 1_000_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "0.000000000001";

    fn budget(epsilon: &str, delta: &str) -> Budget {
        Budget::parse(epsilon, delta).unwrap()
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it_where_the_documentation_says_so() {
        for (text, fits) in [("0", true), ("1000000", true), ("1000000.000000000001", false)] {
            assert_eq!(Budget::parse(text, "0").is_ok(), fits, "a total of {text}");
        }
    }

    #[test]
    fn a_text_that_is_too_fine_is_refused_and_the_error_says_how_fine_it_may_be() {
        let errors = [Budget::parse("1e-13", "0").unwrap_err(), Budget::parse("1", "1e-25").unwrap_err()];
        for (error, most) in errors.into_iter().zip(["12", "24"]) {
            assert!(error.to_string().contains(&format!("{most} decimals")), "{error}");
        }
    }

    #[test]
    fn a_total_from_numbers_is_rounded_down() {
        assert_eq!(Budget::new(1e-20, 1e-30).unwrap(), Budget::ZERO);
        assert_eq!(Budget::new(2.5, 0.25).unwrap(), budget("2.5", "0.25"));
    }

    #[test]
    fn a_pair_is_its_parts() {
        let (whole, small) = (Epsilon::parse("12.5").unwrap(), Delta::parse("0.03125").unwrap());
        let both = Budget::approximate(whole, small);
        assert_eq!((both.epsilon().unwrap(), both.delta()), (whole, small));
        assert_eq!((both.epsilon_text(), both.delta_text()), ("12.5".into(), "0.03125".into()));
        assert_eq!(Budget::from_units(both.units().0, both.units().1), both);
        assert!(!both.is_pure() && Budget::pure(whole).is_pure());
        assert!(Budget::ZERO.epsilon().is_err());
    }

    #[test]
    fn a_budget_fits_where_both_of_its_amounts_do() {
        let limit = budget("1", "0.5");
        for (e, d, fits) in [
            ("1", "0.5", true),
            ("1.000000000001", "0.5", false),
            ("1", "0.500000000000000000000001", false),
            ("2", "0", false),
            ("0", "0.6", false),
            ("0", "0", true),
        ] {
            assert_eq!(budget(e, d).fits(limit), fits, "{e} {d}");
        }
    }

    #[test]
    fn sums_are_exact_up_to_their_limits_and_differences_end_at_zero() {
        assert_eq!(budget("999999", "0.5").plus(budget("1", "0.25")).unwrap(), budget("1000000", "0.75"));
        assert!(budget("1000000", "0").plus(budget(UNIT, "0")).is_err());
        assert!(budget("0", "0.5").plus(budget("0", "0.5")).is_err());
        let almost = budget("0", "0.499999999999999999999999");
        assert_eq!(budget("0", "0.5").plus(almost).unwrap(), budget("0", "0.999999999999999999999999"));
        assert_eq!(budget("1", "0.5").minus(budget("0.25", "0.125")), budget("0.75", "0.375"));
        assert_eq!(budget("1", "0.1").minus(budget("2", "0.05")), budget("0", "0.05"));
        assert_eq!(budget("2", "0.05").minus(budget("1", "0.1")), budget("1", "0"));
    }

    #[test]
    fn shares_add_up_exactly_and_differ_by_one_unit_the_larger_ones_first() {
        for (units, delta, shares) in [(10, 7, 3), (10, 12, 10), (11, 0, 10), (1, 1, 1), (9, 100, 2)] {
            let whole = Budget::from_units(units, delta);
            let found: Vec<_> = whole.split(shares).unwrap().into_iter().map(Budget::units).collect();
            assert_eq!(found.iter().map(|share| share.0).sum::<u64>(), units);
            assert_eq!(found.iter().map(|share| share.1).sum::<u128>(), delta);
            assert!(found.is_sorted_by(|a, b| a.0 >= b.0 && a.1 >= b.1), "{found:?}");
            let (first, last) = (found[0], found[found.len() - 1]);
            assert!(first.0 - last.0 <= 1 && first.1 - last.1 <= 1, "{found:?}");
        }
        for shares in [0, 11] {
            assert!(Budget::from_units(10, 100).split(shares).is_err());
        }
    }
}
