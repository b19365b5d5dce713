//! The bounds of a column of numbers, and what stands for a cell that holds none.

use crate::error::{Error, Result};

/// What a missing cell, a NaN and text that is no number count as. A rule for all of them, so that no cell is an error.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, Query, Unreadable};
/// let mean = Query::mean("age").clamp(0.0, 120.0).epsilon(Epsilon::parse("1")?);
/// assert!(mean.clone().unreadable(Unreadable::LeftOut).build().is_ok());
/// assert_eq!(
///     mean.unreadable(Unreadable::Value(200.0)).build().unwrap_err().to_string(),
///     "unreadable cells of 'age' must count as a number within the clamp bounds 0e0 and 1.2e2, got 2e2",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Unreadable {
    /// As the lower clamp bound.
    #[default]
    Lower,
    /// As the upper clamp bound.
    Upper,
    /// As this number, which is within the clamp bounds.
    Value(f64),
    /// The row is left out, as one of nobody is.
    LeftOut,
}

/// The least and the largest number that count, and the rule for what is none. Checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::dp) struct Clamp {
    lower: f64,
    upper: f64,
    rule: Unreadable,
}

impl Clamp {
    pub(in crate::dp) fn new(column: &str, lower: f64, upper: f64, rule: Unreadable) -> Result<Self> {
        let largest = lower.abs().max(upper.abs());
        let ascending = lower.is_finite() && upper.is_finite() && lower < upper;
        // A width that is lost beside the bounds themselves leaves no lattice to round to.
        if !ascending || !(SMALLEST..=LARGEST).contains(&largest) || upper - lower < largest * NARROWEST {
            return Err(Error::clamp_range(column, lower, upper));
        }
        if let Unreadable::Value(value) = rule
            && !(lower..=upper).contains(&value)
        {
            return Err(Error::unreadable_value(column, lower, upper, value));
        }
        Ok(Clamp { lower, upper, rule })
    }

    pub(in crate::dp) fn lower(&self) -> f64 {
        self.lower
    }

    pub(in crate::dp) fn upper(&self) -> f64 {
        self.upper
    }

    pub(in crate::dp) fn rule(&self) -> Unreadable {
        self.rule
    }

    pub(in crate::dp) fn middle(&self) -> f64 {
        self.lower + (self.upper - self.lower) / 2.0
    }

    pub(in crate::dp) fn width(&self) -> f64 {
        self.upper - self.lower
    }
}

/// Bounds of ordinary size: steps, their squares and sums of them are then normal binary fractions.
const SMALLEST: f64 = 1e-100;
/// See [`SMALLEST`].
const LARGEST: f64 = 1e100;
/// Bounds that differ by less than one part in 10^9 differ in fewer than 24 binary digits.
const NARROWEST: f64 = 1e-9;
