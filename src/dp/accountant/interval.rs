//! Two numbers with the truth between them.

use std::fmt;

use crate::error::{Error, Result};

/// A closed interval that holds the true value: `lower ≤ truth ≤ upper`.
///
/// Neither end is negative or NaN; the upper one may be infinite, when no bound is known.
///
/// # Examples
/// ```
/// use incog::dp::accountant::Interval;
/// let epsilon = Interval::new(1.0, 1.25)?;
/// assert_eq!((epsilon.lower(), epsilon.upper(), epsilon.width()), (1.0, 1.25, 0.25));
/// assert_eq!(
///     Interval::new(2.0, 1.0).unwrap_err().to_string(),
///     "an interval needs 0 ≤ lower ≤ upper, got 2 and 1",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// The interval from `lower` to `upper`.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ lower ≤ upper`.
    pub fn new(lower: f64, upper: f64) -> Result<Self> {
        if 0.0 <= lower && lower <= upper {
            return Ok(Interval { lower, upper });
        }
        Err(Error::interval_order(lower, upper))
    }

    /// The largest number known to be at most the truth.
    #[must_use]
    pub fn lower(self) -> f64 {
        self.lower
    }

    /// The smallest number known to be at least the truth: the one to state.
    #[must_use]
    pub fn upper(self) -> f64 {
        self.upper
    }

    /// How far the ends are apart.
    #[must_use]
    pub fn width(self) -> f64 {
        if self.upper <= self.lower { 0.0 } else { self.upper - self.lower }
    }

    /// An interval whose ends come out of arithmetic that is known to keep their order.
    #[allow(dead_code, reason = "for the accountants, which come one by one")]
    pub(in crate::dp) fn ordered(lower: f64, upper: f64) -> Self {
        debug_assert!(0.0 <= lower && lower <= upper, "{lower} {upper}");
        Interval { lower: lower.clamp(0.0, upper.max(0.0)), upper: upper.max(0.0) }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.lower, self.upper)
    }
}

/// As `{"upper": .., "lower": ..}`; infinity is null.
#[cfg(feature = "serde")]
impl serde::Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let finite = |end: f64| end.is_finite().then_some(end);
        let mut fields = serializer.serialize_struct("Interval", 2)?;
        fields.serialize_field("upper", &finite(self.upper))?;
        fields.serialize_field("lower", &finite(self.lower))?;
        fields.end()
    }
}
