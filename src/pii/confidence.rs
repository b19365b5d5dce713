//! How sure a recognizer is.

use std::fmt;

use crate::{Error, Result};

/// How sure a recognizer is, from 0 to 1 in thousandths.
///
/// A rank that was ordered on labelled text, not a probability that was estimated on yours.
///
/// # Examples
/// ```
/// use incog::pii::Confidence;
/// assert_eq!(Confidence::new(0.85)?.permille(), 850);
/// assert!(Confidence::LIKELY < Confidence::VERY_LIKELY);
///
/// let error = Confidence::new(1.5).unwrap_err();
/// assert_eq!(error.to_string(), "a confidence must be in 0 ≤ c ≤ 1, got 1.5");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "f64", try_from = "f64"))]
pub struct Confidence(u16);

impl Confidence {
    /// 0.25: the shape fits, nothing supports it.
    pub const POSSIBLE: Confidence = Confidence(250);
    /// 0.5: the default threshold of a [`Scanner`](super::Scanner).
    pub const LIKELY: Confidence = Confidence(500);
    /// 0.8: a check or a label supports the shape.
    pub const VERY_LIKELY: Confidence = Confidence(800);
    /// 1: given by the caller, such as a row's own value.
    pub const CERTAIN: Confidence = Confidence(1000);

    /// A confidence from its value, to the nearest thousandth.
    ///
    /// # Errors
    /// `Parameter` if `value` is not in 0 to 1.
    pub fn new(value: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&value) {
            return Err(Error::finding_confidence_range(value));
        }
        Ok(Confidence(nearest_permille(value)))
    }

    /// A confidence from thousandths.
    ///
    /// # Errors
    /// `Parameter` if `permille` is above 1000.
    pub fn from_permille(permille: u16) -> Result<Self> {
        if permille > 1000 {
            return Err(Error::finding_confidence_permille(permille));
        }
        Ok(Confidence(permille))
    }

    /// The catalog's own figures, which are below 1000 by a unit test.
    pub(super) const fn of(permille: u16) -> Self {
        Confidence(if permille > 1000 { 1000 } else { permille })
    }

    /// In thousandths.
    #[must_use]
    pub const fn permille(self) -> u16 {
        self.0
    }

    /// As a number from 0 to 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

/// Rounds to the nearest; the caller has checked 0 to 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 0..=1000")]
fn nearest_permille(value: f64) -> u16 {
    (value * 1000.0).round() as u16
}

impl fmt::Debug for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confidence({self})")
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> f64 {
        confidence.value()
    }
}

impl TryFrom<f64> for Confidence {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self> {
        Confidence::new(value)
    }
}
