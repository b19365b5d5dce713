//! l-diversity: no class gives a sensitive value away.

use super::{Class, Guarantee, Monotonicity, PrivacyModel};
use crate::error::{Error, Result};

/// Each class holds at least `l` distinct values of a sensitive column; missing values do not count.
///
/// # Guarantee
/// For all classes of the release, at least `l` distinct values of the column occur in it.
/// \[MGKV07\] Machanavajjhala, Gehrke, Kifer, Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*,
/// ACM TKDD 1(1), 2007, section 4 ("distinct").
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, LDiversity, PrivacyModel};
/// let model = LDiversity::distinct("diagnosis", 3)?;
/// assert!(model.holds(&Class::new(9, 9, &[(0, 7), (1, 1), (4, 1)])));
/// assert!(!model.holds(&Class::new(9, 9, &[(0, 8), (1, 1)])));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LDiversity {
    column: String,
    l: u64,
}

impl LDiversity {
    /// At least `l` distinct values of `column`.
    ///
    /// # Errors
    /// `Parameter` if `l` is below 2.
    pub fn distinct(column: impl Into<String>, l: u64) -> Result<Self> {
        if l < 2 { Err(Error::l_too_small(l)) } else { Ok(LDiversity { column: column.into(), l }) }
    }
}

impl PrivacyModel for LDiversity {
    fn name(&self) -> String {
        format!("distinct {}-diversity of {}", self.l, self.column)
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        crate::num::count(class.values().len()) >= self.l
    }

    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::Upward
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::DistinctLDiversity { l: self.l, column: &self.column })
    }
}
