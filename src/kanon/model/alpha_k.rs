//! (alpha, k)-anonymity: no value has too large a share of a class.

use super::{Class, Guarantee, Monotonicity, PrivacyModel, TOLERANCE, retained};
use crate::{
    error::{Error, Result},
    num,
};

/// No known value of a sensitive column has more than a share `alpha` of the known values of a class. The k of the name
/// is [`KAnonymity`](super::KAnonymity), beside it.
///
/// Where persons are counted, one with several values counts for each of them: the share is of the pairs of a person and a
/// value, and the share of persons who have s can be larger.
///
/// # Guarantee
/// For all classes of the release and all values s of the column, the share of s in the known values of the class is at most
/// `alpha`.
/// \[WLFW06\] Wong, Li, Fu, Wang, *(alpha, k)-anonymity: an enhanced k-anonymity model*, KDD 2006.
///
/// # Examples
/// ```
/// use incog::kanon::model::{AlphaK, Class, PrivacyModel};
/// let model = AlphaK::new("diagnosis", 0.5)?;
/// assert!(model.holds(&Class::new(4, 4, &[(0, 2), (1, 1), (2, 1)])));
/// assert!(!model.holds(&Class::new(4, 4, &[(0, 3), (1, 1)])));
/// let error = AlphaK::new("diagnosis", 1.5).unwrap_err();
/// assert_eq!(error.to_string(), "alpha must be in 0 < alpha <= 1, got 1.5");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AlphaK {
    column: String,
    alpha: f64,
}

impl AlphaK {
    /// Shares of values of `column` of at most `alpha`.
    ///
    /// # Errors
    /// `Parameter` unless 0 < `alpha` <= 1.
    pub fn new(column: impl Into<String>, alpha: f64) -> Result<Self> {
        if alpha > 0.0 && alpha <= 1.0 {
            Ok(AlphaK { column: column.into(), alpha })
        } else {
            Err(Error::model_range("alpha", "0 < alpha <= 1", alpha))
        }
    }
}

impl PrivacyModel for AlphaK {
    fn name(&self) -> String {
        format!("shares of at most {} of {}", self.alpha, self.column)
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        let known = class.known_values();
        let total: u64 = known.iter().map(|v| u64::from(v.1)).sum();
        let largest = known.iter().map(|v| v.1).max().unwrap_or(0);
        total > 0 && f64::from(largest) / num::to_f64(total) <= self.alpha + TOLERANCE
    }

    fn shortfall(&self, class: &Class<'_>) -> f64 {
        if self.holds(class) {
            return 0.0;
        }
        let known = class.known_values();
        let total: u64 = known.iter().map(|v| u64::from(v.1)).sum();
        let largest = known.iter().map(|v| v.1).max().unwrap_or(0);
        if total == 0 { 1.0 } else { f64::from(largest) / num::to_f64(total) - self.alpha }
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Closed
    }

    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        let known = class.known_values();
        let unknown = class.values()[known.len()..].iter().map(|v| u64::from(v.1)).sum::<u64>();
        let kept = retained::largest(known, |_| self.alpha + TOLERANCE, 1.0);
        class.rows().saturating_sub(kept + unknown)
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::AlphaK { alpha: self.alpha, column: &self.column })
    }
}
