//! How often an attack succeeded, and by how much more often than on the control, with intervals.

use std::fmt;

use crate::num;

/// Successes of trials, and the 95 % interval of their share (\[W27\] Wilson, *Probable Inference, the Law of Succession,
/// and Statistical Inference*, JASA 22, 1927). Without a trial the share is 0 and the interval is everything.
///
/// # Examples
/// ```
/// use incog::audit::table::Share;
/// let share = Share::new(5, 100);
/// assert_eq!(share.value(), 0.05);
/// assert!((share.lower - 0.0215).abs() < 1e-4 && (share.upper - 0.1118).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Share {
    /// How many trials succeeded.
    pub hits: u64,
    /// How many there were.
    pub trials: u64,
    /// The lower end of the interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// By how much a share on members exceeds that on the control: the difference, and its 95 % interval (\[N98\] Newcombe,
/// *Interval Estimation for the Difference between Independent Proportions*, Statistics in Medicine 17, 1998, method 10).
///
/// Not divided by what the control leaves, as \[GHAC23\] do: that has no value where the control always succeeds.
///
/// # Examples
/// ```
/// use incog::audit::table::{Excess, Share};
/// // 56 of 70 members, and 48 of 80 people who are not in the release (Newcombe's table II).
/// let excess = Excess::new(&Share::new(56, 70), &Share::new(48, 80));
/// assert!((excess.value - 0.2).abs() < 1e-9);
/// assert!((excess.lower - 0.0524).abs() < 1e-4 && (excess.upper - 0.3339).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Excess {
    /// The difference that was seen; negative if the control did better.
    pub value: f64,
    /// The lower end of the interval.
    pub lower: f64,
    /// The upper end: what is decided on.
    pub upper: f64,
}

impl Share {
    /// `hits` of `trials`; more hits than trials count as all of them.
    #[must_use]
    pub fn new(hits: u64, trials: u64) -> Self {
        let hits = hits.min(trials);
        if trials == 0 {
            return Share { hits, trials, lower: 0.0, upper: 1.0 };
        }
        let (n, p) = (num::to_f64(trials), num::to_f64(hits) / num::to_f64(trials));
        let weight = QUANTILE * QUANTILE / n;
        let middle = (p + 0.5 * weight) / (1.0 + weight);
        let spread = QUANTILE * (p * (1.0 - p) / n + 0.25 * weight / n).sqrt() / (1.0 + weight);
        // At the ends the formula gives the end itself, but for a last digit.
        let lower = if hits == 0 { 0.0 } else { (middle - spread).max(0.0) };
        let upper = if hits == trials { 1.0 } else { (middle + spread).min(1.0) };
        Share { hits, trials, lower, upper }
    }

    /// The share that was seen.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.trials == 0 { 0.0 } else { num::to_f64(self.hits) / num::to_f64(self.trials) }
    }
}

impl Excess {
    /// Of the share `attack` over the share `control`.
    #[must_use]
    pub fn new(attack: &Share, control: &Share) -> Self {
        let (a, c) = (attack.value(), control.value());
        let value = a - c;
        let below = (a - attack.lower).hypot(control.upper - c);
        let above = (attack.upper - a).hypot(c - control.lower);
        Excess { value, lower: (value - below).max(-1.0), upper: (value + above).min(1.0) }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} % of {}", 100.0 * self.value(), self.trials)
    }
}

/// The 97.5 % quantile of the normal distribution.
const QUANTILE: f64 = 1.959_963_984_540_054;

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe 1998, table II, method 10.
    #[test]
    fn differences_have_the_published_limits() {
        let cases = [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ];
        for ((a, m), (b, n), lower, upper) in cases {
            let excess = Excess::new(&Share::new(a, m), &Share::new(b, n));
            assert!((excess.lower - lower).abs() < 6e-5, "{a}/{m} {b}/{n}: {excess:?}");
            assert!((excess.upper - upper).abs() < 6e-5, "{a}/{m} {b}/{n}: {excess:?}");
        }
    }

    #[test]
    fn nothing_tried_is_nothing_known() {
        let nothing = Share::new(0, 0);
        let excess = Excess::new(&nothing, &nothing);
        assert_eq!((nothing.value(), excess.lower, excess.upper), (0.0, -1.0, 1.0));
        let all = Share::new(10, 10);
        let excess = Excess::new(&all, &all);
        assert!(excess.value.abs() < 1e-12 && excess.upper < 0.3 && excess.lower > -0.3);
    }
}
