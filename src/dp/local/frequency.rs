//! Estimates from randomized answers.

use crate::{dp::noise::Chance, num};

/// How many persons hold a category, estimated without bias.
///
/// It can be negative, or more than there are persons; setting it to the range would make it biased.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{RandomizedResponse, ResponseCollector}}};
/// let oracle = RandomizedResponse::new(3, Epsilon::parse("0.5")?)?;
/// let (mut collector, mut rng) = (ResponseCollector::new(oracle), SecureRng::from_os()?);
/// for _ in 0..500 {
///     collector.add(oracle.report(0, &mut rng)?)?;
/// }
/// let estimates = collector.estimates();
/// println!("{:.0} ± {:.0}", estimates[0].count, 2.0 * estimates[0].deviation);
/// // Some may be below zero, and as they are they add up to all who reported; set to zero, they would be too many.
/// assert!((estimates.iter().map(|estimate| estimate.count).sum::<f64>() - 500.0).abs() < 1e-6);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Frequency {
    /// The estimate. Its expectation is the true number.
    pub count: f64,
    /// Its standard deviation, with the estimate in place of the true number where it depends on that.
    pub deviation: f64,
}

/// A report supports the category that a person holds with probability `held`, any other with `other`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Support {
    pub(super) held: f64,
    pub(super) other: f64,
}

impl Support {
    /// The estimate for a category that `supports` of `reports` reports support.
    ///
    /// `E[supports] = held n_v + other (n - n_v)`: solve for `n_v`. Its variance is that of a sum of `n_v` and of `n -
    /// n_v` coins.
    pub(super) fn estimate(self, supports: u64, reports: u64) -> Frequency {
        let (supports, reports) = (num::to_f64(supports), num::to_f64(reports));
        let gap = self.held - self.other;
        let count = (supports - reports * self.other) / gap;
        let holders = count.clamp(0.0, reports);
        let variance =
            holders * self.held * (1.0 - self.held) + (reports - holders) * self.other * (1.0 - self.other);
        Frequency { count, deviation: variance.sqrt() / gap }
    }
}

/// The nearest binary fraction.
pub(super) fn probability(chance: Chance) -> f64 {
    // 2^-64 is a power of two: exact.
    num::to_f64(chance.units()) / (2.0 * num::to_f64(1 << 63))
}
