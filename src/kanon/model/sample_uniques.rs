//! Sample uniques: few rows stand alone.

use super::{Class, Guarantee, Monotonicity, PrivacyModel, Scope, TOLERANCE};
use crate::{
    error::{Error, Result},
    kanon::report::ClassSizes,
    num,
};

/// At most a share of the released rows are the only ones of their class.
///
/// # Guarantee
/// For all releases, the classes of one row are at most `share` times the rows.
///
/// # Examples
/// ```
/// use incog::kanon::{ClassSizes, model::{PrivacyModel, SampleUniques}};
/// let model = SampleUniques::new(0.25)?;
/// assert!(model.admits(&ClassSizes::of([3, 1])));
/// assert!(!model.admits(&ClassSizes::of([3, 1, 1])));
/// assert_eq!(SampleUniques::new(1.5).unwrap_err().to_string(), "share of sample uniques must be in 0 <= share <= 1, got 1.5");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleUniques {
    share: f64,
}

impl SampleUniques {
    /// A share of at most `share`.
    ///
    /// # Errors
    /// `Parameter` unless 0 <= `share` <= 1.
    pub fn new(share: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&share) {
            Ok(SampleUniques { share })
        } else {
            Err(Error::model_range("share of sample uniques", "0 <= share <= 1", share))
        }
    }
}

impl PrivacyModel for SampleUniques {
    fn name(&self) -> String {
        format!("at most {} sample uniques", self.share)
    }

    fn holds(&self, _: &Class<'_>) -> bool {
        true
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Upward
    }

    fn admits(&self, released: &ClassSizes) -> bool {
        let (alone, rows) = (num::to_f64(released.of_size(1)), num::to_f64(released.rows()));
        released.rows() == 0 || alone / rows <= self.share + TOLERANCE
    }

    fn scope(&self) -> Scope {
        Scope::Release { monotone: true }
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::SampleUniques { share: self.share })
    }
}
