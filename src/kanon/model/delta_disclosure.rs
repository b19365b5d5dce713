//! delta-disclosure: no value becomes much more or less likely by knowing the class.

use super::{Class, Guarantee, PrivacyModel, Reference, TOLERANCE, retained};
use crate::{
    error::{Error, Result},
    num,
};

/// For each value present in a class, |log2 (q / p)| is at most delta, with p and q its shares in the whole and in the
/// class.
///
/// # Guarantee
/// For all classes of the release and all values s present in them, |log2 (q(s) / p(s))| <= delta. Values absent from a
/// class say nothing here; the definition read strictly would forbid them.
/// \[BS08\] Brickell, Shmatikov, *The cost of privacy*, KDD 2008, definition 2 (natural logarithm there).
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, DeltaDisclosure, PrivacyModel, Whole};
/// let whole = Whole::new(vec![50, 50]);
/// let model = DeltaDisclosure::new("diagnosis", 1.0)?;
/// assert!(model.holds(&Class::new(4, 4, &[(0, 3), (1, 1)]).within(&whole)));
/// assert!(!model.holds(&Class::new(8, 8, &[(0, 7), (1, 1)]).within(&whole)), "an eighth is a quarter of a half");
/// assert_eq!(DeltaDisclosure::new("s", 0.0).unwrap_err().to_string(), "delta must be in delta > 0, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DeltaDisclosure {
    column: String,
    delta: f64,
    reference: Reference,
}

impl DeltaDisclosure {
    /// A log ratio of at most `delta` bits.
    ///
    /// # Errors
    /// `Parameter` unless `delta` is positive.
    pub fn new(column: impl Into<String>, delta: f64) -> Result<Self> {
        if delta > 0.0 && delta.is_finite() {
            Ok(DeltaDisclosure { column: column.into(), delta, reference: Reference::Input })
        } else {
            Err(Error::model_range("delta", "delta > 0", delta))
        }
    }

    /// The same, compared with `reference`.
    #[must_use]
    pub fn compared_with(mut self, reference: Reference) -> Self {
        self.reference = reference;
        self
    }
}

impl PrivacyModel for DeltaDisclosure {
    fn name(&self) -> String {
        format!("{}-disclosure of {}", self.delta, self.column)
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        let Some(whole) = class.whole() else { return false };
        let total: u64 = class.values().iter().map(|v| u64::from(v.1)).sum();
        class.values().iter().all(|&(code, rows)| {
            let ratio = f64::from(rows) / num::to_f64(total) / whole.share(code);
            ratio.log2().abs() <= self.delta + TOLERANCE
        })
    }

    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        // Not closed, because a value may be absent from one of two classes. That no share is too large is closed.
        match (self.reference, class.whole()) {
            (Reference::Input, Some(whole)) => {
                let most = (self.delta + TOLERANCE).exp2();
                class.rows().saturating_sub(retained::largest(class.values(), |s| whole.share(s) * most, 1.0))
            }
            _ => 0,
        }
    }

    fn reference(&self) -> Reference {
        self.reference
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::DeltaDisclosure {
            delta: self.delta,
            reference: self.reference,
            column: &self.column,
        })
    }
}
