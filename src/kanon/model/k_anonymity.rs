//! k-anonymity: no one stands in a group of fewer than k.

use super::{Class, Counts, Guarantee, Monotonicity, PrivacyModel};
use crate::error::{Error, Result};

/// Each class holds at least `k` persons; rows, when no column names the person.
///
/// # Guarantee
/// For all released rows, at least `k - 1` other released rows, of other persons, are equal to it on all
/// quasi-identifying columns.
/// \[Swe02\] Sweeney, *k-anonymity: a model for protecting privacy*, IJUFKS 10(5), 2002.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, KAnonymity, PrivacyModel};
/// let model = KAnonymity::new(5)?;
/// assert!(model.holds(&Class::new(5, 5, &[])));
/// assert!(!model.holds(&Class::new(9, 4, &[])), "nine rows of four persons");
/// assert_eq!(KAnonymity::new(1).unwrap_err().to_string(), "k must be at least 2, got 1");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KAnonymity {
    k: u64,
}

impl KAnonymity {
    /// Classes of at least `k`.
    ///
    /// # Errors
    /// `Parameter` if `k` is below 2.
    pub fn new(k: u64) -> Result<Self> {
        if k < 2 { Err(Error::k_too_small(k)) } else { Ok(KAnonymity { k }) }
    }

    /// The least size of a class.
    #[must_use]
    pub fn k(&self) -> u64 {
        self.k
    }
}

impl PrivacyModel for KAnonymity {
    fn name(&self) -> String {
        format!("{}-anonymity", self.k)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        class.persons() >= self.k
    }

    fn shortfall(&self, class: &Class<'_>) -> f64 {
        crate::num::to_f64(self.k.saturating_sub(class.persons())) / crate::num::to_f64(self.k)
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Upward
    }

    fn counts(&self) -> Counts {
        Counts::Persons
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::KAnonymity { k: self.k })
    }
}

/// Each class holds rows of at least `k` persons, whom a column must name.
///
/// The same count as [`KAnonymity`]; but where nothing names the person, this is refused and does not count rows.
///
/// # Guarantee
/// For all classes of the release, its rows belong to at least `k` distinct persons.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, PersonK, PrivacyModel};
/// assert!(!PersonK::new(3)?.holds(&Class::new(9, 2, &[])));
/// assert_eq!(PersonK::new(0).unwrap_err().to_string(), "k must be at least 2, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonK {
    k: u64,
}

impl PersonK {
    /// Classes of at least `k` persons.
    ///
    /// # Errors
    /// `Parameter` if `k` is below 2.
    pub fn new(k: u64) -> Result<Self> {
        if k < 2 { Err(Error::k_too_small(k)) } else { Ok(PersonK { k }) }
    }
}

impl PrivacyModel for PersonK {
    fn name(&self) -> String {
        format!("{}-anonymity of persons", self.k)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        class.persons() >= self.k
    }

    fn shortfall(&self, class: &Class<'_>) -> f64 {
        crate::num::to_f64(self.k.saturating_sub(class.persons())) / crate::num::to_f64(self.k)
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Upward
    }

    fn counts(&self) -> Counts {
        Counts::NamedPersons
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::PersonK { k: self.k })
    }
}
