//! What each row adds to an exact total: for engines that add up somewhere else.

use crate::{
    dp::{
        Query, Unreadable,
        aggregate::{Clamp, Lattice, Total, to_f64},
        query::{Aggregate, Range},
    },
    error::{Error, Result},
};

/// What is added up of a number, once it is clamped.
///
/// # Examples
/// ```
/// use incog::dp::{Moment, Summand, Unreadable};
/// let total = |moment| {
///     let summand = Summand::new("age", moment, 0.0, 100.0, Unreadable::LeftOut)?;
///     Ok::<_, incog::Error>(summand.to_f64(summand.total(&[40.0, 70.0, f64::NAN]).0))
/// };
/// // Two ages, 10 below and 20 above the middle of the bounds.
/// assert!((total(Moment::Rows)? - 2.0).abs() < 1e-6 && (total(Moment::Value)? - 110.0).abs() < 1e-6);
/// assert!((total(Moment::Distance)? - 10.0).abs() < 1e-6 && (total(Moment::Square)? - 500.0).abs() < 1e-6);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// 1 for each row.
    Rows,
    /// The number.
    Value,
    /// Its distance from the middle of the clamp bounds.
    Distance,
    /// The square of that distance.
    Square,
}

/// Clamps numbers, rounds them to a lattice that follows from the clamp bounds alone, and adds them up exactly.
///
/// # Guarantee
/// For all rows, orders of them and cuts into parts, the totals of the parts add up to one whole number of steps.
///
/// # Examples
/// ```
/// use incog::dp::{Moment, Summand, Unreadable};
/// let sum = Summand::new("charge", Moment::Value, 0.0, 100.0, Unreadable::Lower)?;
/// let (all, rows) = sum.total(&[0.1, 0.2, 1e9, f64::NAN]);
/// // Each number is rounded to a step of 100/2^40 first.
/// assert!((sum.to_f64(all) - 100.3).abs() < 1e-9 && rows == 4);
/// assert_eq!(sum.total(&[0.1, 1e9]).0 + sum.total(&[f64::NAN, 0.2]).0, all);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summand {
    moment: Moment,
    /// None for rows.
    clamped: Option<(Clamp, Lattice)>,
}

impl Summand {
    /// 1 for each row.
    #[must_use]
    pub fn rows() -> Self {
        Summand { moment: Moment::Rows, clamped: None }
    }

    /// The `moment` of numbers that are clamped to these bounds. `column` is for the message. Clamp bounds say nothing for
    /// [`Moment::Rows`], but which rows count: all of them, or with [`Unreadable::LeftOut`] those that hold a number.
    ///
    /// # Errors
    /// `Parameter` if the bounds are not finite, ascending and of ordinary size.
    pub fn new(column: &str, moment: Moment, lower: f64, upper: f64, unreadable: Unreadable) -> Result<Self> {
        Clamp::new(column, lower, upper, unreadable).map(|clamp| Summand::of(moment, clamp))
    }

    fn of(moment: Moment, clamp: Clamp) -> Self {
        let lattice = match moment {
            Moment::Rows | Moment::Value => Lattice::of(clamp),
            Moment::Distance => Lattice::centered(clamp),
            Moment::Square => Lattice::squares(clamp),
        };
        Summand { moment, clamped: Some((clamp, lattice)) }
    }

    /// What is added up.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// The clamp bounds, and what cells without a number count as; none if rows are counted.
    #[must_use]
    pub fn clamp(&self) -> Option<(f64, f64, Unreadable)> {
        self.clamped.map(|(clamp, _)| (clamp.lower(), clamp.upper(), clamp.rule()))
    }

    /// The exact total of `values` in steps, and how many rows it is made of. A NaN stands for what is no number.
    #[must_use]
    pub fn total(&self, values: &[f64]) -> (i128, u64) {
        let Total { steps, rows } = match &self.clamped {
            None => Total { steps: 0, rows: crate::num::count(values.len()) },
            Some((_, lattice)) => lattice.total(values),
        };
        (if self.moment == Moment::Rows { i128::from(rows) } else { steps }, rows)
    }

    /// What one value adds, in steps; none if its row is left out.
    #[must_use]
    pub fn steps(&self, value: f64) -> Option<i128> {
        match (&self.clamped, self.moment) {
            (None, _) => Some(1),
            (Some((_, lattice)), Moment::Rows) => lattice.point(value).map(|_| 1),
            (Some((_, lattice)), _) => lattice.point(value).map(i128::from),
        }
    }

    /// A total in the unit of the numbers: rounded once.
    #[must_use]
    pub fn to_f64(&self, steps: i128) -> f64 {
        let step = match (&self.clamped, self.moment) {
            (None, _) | (_, Moment::Rows) => 1.0,
            (Some((_, lattice)), _) => lattice.step(),
        };
        to_f64(steps) * step
    }
}

impl Query {
    /// What has to be added up for this query in each of its groups, for [`Session::release_totals`]. In this order.
    ///
    /// [`Session::release_totals`]: crate::dp::Session::release_totals
    ///
    /// # Errors
    /// `Unsupported` for histograms and quantiles, and for clamp bounds that are to be found: these need the rows.
    pub fn summands(&self) -> Result<Vec<Summand>> {
        let clamp = match self.measured().map(|of| &of.range) {
            None => None,
            Some(Range::Public(clamp)) => Some(*clamp),
            Some(Range::Found { .. }) => return Err(Error::totals_unsupported(&self.label())),
        };
        let of = |moment: Moment, clamp: Clamp| Summand::of(moment, clamp);
        Ok(match (&self.aggregate, clamp) {
            (Aggregate::Count, _) => vec![Summand::rows()],
            (Aggregate::Sum(_), Some(clamp)) => vec![of(Moment::Value, clamp)],
            (Aggregate::Mean(_), Some(clamp)) => vec![of(Moment::Distance, clamp), of(Moment::Rows, clamp)],
            (Aggregate::Variance(_), Some(clamp)) => {
                vec![of(Moment::Square, clamp), of(Moment::Distance, clamp), of(Moment::Rows, clamp)]
            }
            _ => return Err(Error::totals_unsupported(&self.label())),
        })
    }

    /// The column of numbers, if it reads one.
    #[must_use]
    pub fn number_column(&self) -> Option<&str> {
        self.column()
    }

    /// The column of group keys, if it has groups.
    #[must_use]
    pub fn group_column(&self) -> Option<&str> {
        self.groups.as_ref().map(|groups| groups.column.as_str())
    }

    /// Which rows it is about; none if it is about all of them.
    #[must_use]
    pub fn condition(&self) -> Option<&crate::dp::Condition> {
        self.only.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_number_count_as_the_rule_says() {
        let values = [1.0, f64::NAN, 7.0];
        for (rule, rows, sum) in [
            (Unreadable::Lower, 3, 3.0),
            (Unreadable::Upper, 3, 9.0),
            (Unreadable::Value(1.5), 3, 6.5),
            (Unreadable::LeftOut, 2, 5.0),
        ] {
            let of = |moment| Summand::new("x", moment, -2.0, 4.0, rule).unwrap();
            let value = of(Moment::Value);
            let steps = values.iter().filter_map(|&v| value.steps(v)).sum();
            assert_eq!(value.total(&values), (steps, rows));
            assert!((value.to_f64(steps) - sum).abs() < 1e-9, "{rule:?}");
            assert_eq!(of(Moment::Rows).total(&values).0, i128::from(rows));
        }
        assert_eq!(Summand::rows().total(&values), (3, 3));
        assert_eq!(Summand::rows().steps(f64::NAN), Some(1));
        assert_eq!(Summand::rows().to_f64(3).to_bits(), 3f64.to_bits());
    }
}
