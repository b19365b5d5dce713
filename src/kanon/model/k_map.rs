//! k-map: no one stands in a group of fewer than k of the population.

use super::{Class, Counts, Guarantee, Monotonicity, PrivacyModel};
use crate::error::{Error, Result};

/// Each class has at least `k` rows in a population that the table is a part of.
///
/// Weaker than k-anonymity for who knows that a person is in the table; made for attackers who do not.
///
/// # Guarantee
/// For all classes of the release, at least `k` rows of the population are equal to it on all quasi-identifying columns
/// once they are generalized alike.
/// \[Swe01\] Sweeney, *Computational disclosure control*, PhD thesis, MIT, 2001, section 5.3.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, KMap, PrivacyModel};
/// let model = KMap::new(5)?;
/// assert!(model.holds(&Class::new(1, 1, &[]).in_population(5)));
/// assert!(!model.holds(&Class::new(2, 2, &[]).in_population(4)));
/// assert_eq!(KMap::new(1).unwrap_err().to_string(), "k must be at least 2, got 1");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KMap {
    k: u64,
}

impl KMap {
    /// Classes with at least `k` rows of the population.
    ///
    /// # Errors
    /// `Parameter` if `k` is below 2.
    pub fn new(k: u64) -> Result<Self> {
        if k < 2 { Err(Error::k_too_small(k)) } else { Ok(KMap { k }) }
    }
}

impl PrivacyModel for KMap {
    fn name(&self) -> String {
        format!("{}-map", self.k)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        class.population() >= self.k
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Upward
    }

    fn counts(&self) -> Counts {
        Counts::Population { everywhere: false }
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::KMap { k: self.k })
    }
}
