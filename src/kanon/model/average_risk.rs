//! Average risk: an attack on all rows at once succeeds for few of them.

use super::{Class, Guarantee, Monotonicity, PrivacyModel, Scope, TOLERANCE};
use crate::{
    error::{Error, Result},
    kanon::report::ClassSizes,
    num,
};

/// Classes over rows of the release are at most `risk`: the share of rows that an attacker gets right who picks a row of
/// the right class for everyone (marketer risk).
///
/// # Guarantee
/// For all releases, the number of classes is at most `risk` times the number of rows.
/// \[ED08\] El Emam, Dankar, *Protecting privacy using k-anonymity*, JAMIA 15(5), 2008 (marketer risk).
///
/// # Examples
/// ```
/// use incog::kanon::{ClassSizes, model::{AverageRisk, PrivacyModel}};
/// let model = AverageRisk::new(0.25)?;
/// assert!(model.admits(&ClassSizes::of([7, 1])));
/// assert!(!model.admits(&ClassSizes::of([5, 1, 1])));
/// assert_eq!(AverageRisk::new(0.0).unwrap_err().to_string(), "average risk must be in 0 < risk <= 1, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AverageRisk {
    risk: f64,
}

impl AverageRisk {
    /// Classes over rows of at most `risk`.
    ///
    /// # Errors
    /// `Parameter` unless 0 < `risk` <= 1.
    pub fn new(risk: f64) -> Result<Self> {
        if risk > 0.0 && risk <= 1.0 {
            Ok(AverageRisk { risk })
        } else {
            Err(Error::model_range("average risk", "0 < risk <= 1", risk))
        }
    }
}

impl PrivacyModel for AverageRisk {
    fn name(&self) -> String {
        format!("average risk of at most {}", self.risk)
    }

    fn holds(&self, _: &Class<'_>) -> bool {
        true
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Upward
    }

    fn admits(&self, released: &ClassSizes) -> bool {
        let (classes, rows) = (num::to_f64(released.classes()), num::to_f64(released.rows()));
        released.rows() == 0 || classes / rows <= self.risk + TOLERANCE
    }

    fn scope(&self) -> Scope {
        Scope::Release { monotone: true }
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::AverageRisk { risk: self.risk })
    }
}
