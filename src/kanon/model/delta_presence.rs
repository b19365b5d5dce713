//! delta-presence: nobody's being in the table can be inferred.

use super::{Class, Counts, Guarantee, Monotonicity, PrivacyModel, TOLERANCE};
use crate::{
    error::{Error, Result},
    kanon::number::whole_rows,
    num,
};

/// Of each class of a population, a share between `min` and `max` of the rows is in the table.
///
/// # Guarantee
/// For all members of the population, the share of rows of their class that are released lies between `min` and `max`.
/// With a `min` above 0 that leaves no class out, so nothing can be suppressed and every class of the population must
/// have rows in the table.
/// \[NAC07\] Nergiz, Atzori, Clifton, *Hiding the presence of individuals from shared databases*, SIGMOD 2007.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, DeltaPresence, PrivacyModel};
/// let model = DeltaPresence::new(0.0, 0.2)?;
/// assert!(model.holds(&Class::new(2, 2, &[]).in_population(10)));
/// assert!(!model.holds(&Class::new(3, 3, &[]).in_population(10)));
/// let error = DeltaPresence::new(0.5, 0.2).unwrap_err();
/// assert_eq!(error.to_string(), "delta-presence takes 0 <= min <= max <= 1, got 0.5 and 0.2");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeltaPresence {
    min: f64,
    max: f64,
}

impl DeltaPresence {
    /// Shares from `min` to `max`.
    ///
    /// # Errors
    /// `Parameter` unless 0 <= `min` <= `max` <= 1.
    pub fn new(min: f64, max: f64) -> Result<Self> {
        if 0.0 <= min && min <= max && max <= 1.0 {
            Ok(DeltaPresence { min, max })
        } else {
            Err(Error::presence_range(min, max))
        }
    }
}

impl PrivacyModel for DeltaPresence {
    fn name(&self) -> String {
        format!("({}, {})-presence", self.min, self.max)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        let share = num::to_f64(class.rows()) / num::to_f64(class.population());
        share >= self.min - TOLERANCE && share <= self.max + TOLERANCE
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Closed
    }

    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        // No part of the class has more rows than max times the population of all of it.
        let kept = num::to_f64(class.population()) * (self.max + TOLERANCE);
        class.rows() - whole_rows(kept + 1e-6).min(class.rows())
    }

    fn counts(&self) -> Counts {
        Counts::Population { everywhere: self.min > 0.0 }
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::DeltaPresence { min: self.min, max: self.max })
    }
}
