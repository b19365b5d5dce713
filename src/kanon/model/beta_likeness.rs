//! beta-likeness: no value becomes much more likely by knowing the class.

use super::{Class, Guarantee, Monotonicity, PrivacyModel, Reference, TOLERANCE, Whole, retained};
use crate::{
    error::{Error, Result},
    num,
};

/// The frequency of each value in a class exceeds that in the whole by at most a factor: with p and q the shares of a
/// value in the whole and in the class, (q - p) / p is at most beta, and in the enhanced variant at most -ln p as well.
///
/// # Guarantee
/// For all classes of the release and all values s of the column, (q(s) - p(s)) / p(s) <= beta (basic), or
/// <= min(beta, -ln p(s)) (enhanced).
/// \[CK12\] Cao, Karras, *Publishing microdata with a robust privacy guarantee*, PVLDB 5(11), 2012, definitions 2 and 3.
///
/// # Examples
/// ```
/// use incog::kanon::model::{BetaLikeness, Class, PrivacyModel, Whole};
/// let whole = Whole::new(vec![50, 50]);
/// let model = BetaLikeness::basic("diagnosis", 0.5)?;
/// assert!(model.holds(&Class::new(4, 4, &[(0, 3), (1, 1)]).within(&whole)));
/// assert!(!model.holds(&Class::new(4, 4, &[(0, 4)]).within(&whole)));
/// assert_eq!(BetaLikeness::basic("s", 0.0).unwrap_err().to_string(), "beta must be in beta > 0, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BetaLikeness {
    column: String,
    beta: f64,
    enhanced: bool,
    reference: Reference,
}

impl BetaLikeness {
    /// A relative gain of at most `beta`.
    ///
    /// # Errors
    /// `Parameter` unless `beta` is positive.
    pub fn basic(column: impl Into<String>, beta: f64) -> Result<Self> {
        if beta > 0.0 && beta.is_finite() {
            Ok(BetaLikeness { column: column.into(), beta, enhanced: false, reference: Reference::Input })
        } else {
            Err(Error::model_range("beta", "beta > 0", beta))
        }
    }

    /// A relative gain of at most `beta`, and of at most -ln p for a value with share p.
    ///
    /// # Errors
    /// As [`basic`](Self::basic).
    pub fn enhanced(column: impl Into<String>, beta: f64) -> Result<Self> {
        BetaLikeness::basic(column, beta).map(|model| BetaLikeness { enhanced: true, ..model })
    }

    /// The same, compared with `reference`.
    #[must_use]
    pub fn compared_with(mut self, reference: Reference) -> Self {
        self.reference = reference;
        self
    }

    /// The largest relative gain of a value with share `p`.
    fn largest_gain(&self, p: f64) -> f64 {
        if self.enhanced { self.beta.min(-p.ln()) } else { self.beta }
    }

    fn largest_share(&self, whole: &Whole, code: u32) -> f64 {
        let p = whole.share(code);
        p * (1.0 + self.largest_gain(p) + TOLERANCE)
    }
}

impl PrivacyModel for BetaLikeness {
    fn name(&self) -> String {
        let variant = if self.enhanced { "enhanced" } else { "basic" };
        format!("{variant} {}-likeness of {}", self.beta, self.column)
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        let Some(whole) = class.whole() else { return false };
        let total: u64 = class.values().iter().map(|v| u64::from(v.1)).sum();
        class.values().iter().all(|&(code, rows)| {
            let (p, q) = (whole.share(code), f64::from(rows) / num::to_f64(total));
            (q - p) / p <= self.largest_gain(p) + TOLERANCE
        })
    }

    fn shortfall(&self, class: &Class<'_>) -> f64 {
        let (false, Some(whole)) = (self.holds(class), class.whole()) else { return 0.0 };
        let total: u64 = class.values().iter().map(|v| u64::from(v.1)).sum();
        // How much larger than it may be the share of the value is that exceeds its limit most.
        let excess = |&(code, rows): &(u32, u32)| {
            f64::from(rows) / num::to_f64(total.max(1)) - self.largest_share(whole, code)
        };
        class.values().iter().map(excess).fold(f64::MIN_POSITIVE, f64::max)
    }

    fn monotonicity(&self) -> Monotonicity {
        if self.reference == Reference::Input { Monotonicity::Closed } else { Monotonicity::None }
    }

    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        match (self.reference, class.whole()) {
            (Reference::Input, Some(whole)) => class.rows().saturating_sub(retained::largest(
                class.values(),
                |s| self.largest_share(whole, s),
                1.0,
            )),
            _ => 0,
        }
    }

    fn reference(&self) -> Reference {
        self.reference
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::BetaLikeness {
            beta: self.beta,
            enhanced: self.enhanced,
            reference: self.reference,
            column: &self.column,
        })
    }
}
