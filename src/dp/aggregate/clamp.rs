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
        // A width that is lost beside the bounds themselves leaves no lattice to round to. False for a NaN as well.
        let is_wide = upper - lower >= largest * NARROWEST;
        if !is_wide || !(SMALLEST..=LARGEST).contains(&largest) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_finite_ascending_of_ordinary_size_and_not_too_near() {
        const NAN: f64 = f64::NAN;
        const INFINITY: f64 = f64::INFINITY;
        // Whether they are taken: 1e-100 to 1e100 for the larger size, a width of 1e-9 of it.
        let cases = [
            (0.0, 1.0, true),
            (-1.0, 1.0, true),
            (-3.0, -2.0, true),
            (0.0, 1e100, true),
            (-1e100, 1e100, true),
            (-1e100, 0.0, true),
            (0.0, 1e-100, true),
            (999_999_999.0, 1e9, true),
            (-1e9, -999_999_999.0, true),
            (0.0, 1e100f64.next_up(), false),
            (-1e101, 0.0, false),
            (0.0, 1e-100f64.next_down(), false),
            (0.0, 0.0, false),
            (999_999_999.5, 1e9, false),
            (1.0, 1.0 + 1e-10, false),
            (1.0, 1.0, false),
            (1.0, 0.0, false),
            (1.0, -1.0, false),
            (-1e100, 1e101, false),
            (NAN, 1.0, false),
            (0.0, NAN, false),
            (NAN, NAN, false),
            (0.0, INFINITY, false),
            (-INFINITY, 0.0, false),
            (-INFINITY, INFINITY, false),
            (INFINITY, INFINITY, false),
            (INFINITY, -INFINITY, false),
        ];
        for (lower, upper, taken) in cases {
            let clamp = Clamp::new("x", lower, upper, Unreadable::Lower);
            assert_eq!(clamp.is_ok(), taken, "{lower} {upper}");
            // Nothing is taken whose square, width or middle is no ordinary number.
            if let Ok(clamp) = clamp {
                assert!(clamp.width() > 0.0 && (clamp.width() * clamp.width()).is_normal());
                assert!(clamp.lower() <= clamp.middle() && clamp.middle() <= clamp.upper());
            }
        }
    }

    #[test]
    fn what_stands_for_an_unreadable_cell_is_within_the_bounds() {
        for (value, taken) in [
            (2.0, true),
            (2.5, true),
            (3.0, true),
            (2f64.next_down(), false),
            (3f64.next_up(), false),
            (f64::NAN, false),
            (f64::INFINITY, false),
        ] {
            let clamp = Clamp::new("x", 2.0, 3.0, Unreadable::Value(value));
            assert_eq!(clamp.is_ok(), taken, "{value}");
        }
    }

    #[test]
    fn width_and_middle_are_those_of_the_bounds() {
        for (lower, upper, width, middle) in [
            (2.0, 10.0, 8.0, 6.0),
            (-10.0, -2.0, 8.0, -6.0),
            (-1.0, 3.0, 4.0, 1.0),
            (0.0, 120.0, 120.0, 60.0),
        ] {
            let clamp = Clamp::new("x", lower, upper, Unreadable::Lower).unwrap();
            assert!((clamp.width() - width).abs() + (clamp.middle() - middle).abs() < 1e-300, "{clamp:?}");
        }
    }
}
