//! (n, t)-closeness: a class is distributed as a large enough set of rows around it.

use super::{Class, Ground, Guarantee, PrivacyModel, Reference, Scope, TOLERANCE, t_closeness::distance};
use crate::error::{Error, Result};

/// Each class is within distance `t` (equal distances) of some set of at least `n` released rows around it.
///
/// The sets around a class are the rows that equal it on the first j quasi-identifying columns, for each j: the class
/// itself when it has n rows, and at last the whole release. Who learns the class then learns at most t more than who
/// knows that larger set.
///
/// # Guarantee
/// For all classes of the release there is a j such that at least `n` released rows equal it on the first j columns, and
/// the distribution of the sensitive column in the class is within `t` of that in those rows.
/// \[LLV10\] Li, Li, Venkatasubramanian, *Closeness: a new privacy measure for data publishing*, IEEE TKDE 22(7), 2010,
/// definition 3; the natural supersets are those that leave columns out from the end, so that they can be recomputed from
/// the released rows.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, NTCloseness, PrivacyModel, Whole};
/// let model = NTCloseness::new("diagnosis", 100, 0.2)?;
/// let around = Whole::new(vec![60, 60]);
/// assert!(model.holds(&Class::new(9, 9, &[(0, 5), (1, 4)]).within(&around)));
/// assert!(!model.holds(&Class::new(9, 9, &[(0, 5), (1, 4)]).within(&Whole::new(vec![40, 40]))), "80 are too few");
/// assert_eq!(NTCloseness::new("s", 0, 0.2).unwrap_err().to_string(), "n must be at least 1, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NTCloseness {
    column: String,
    n: u64,
    t: f64,
}

impl NTCloseness {
    /// A distance of at most `t` in the distribution of `column` from at least `n` rows.
    ///
    /// # Errors
    /// `Parameter` if `n` is 0, or unless 0 <= `t` <= 1.
    pub fn new(column: impl Into<String>, n: u64, t: f64) -> Result<Self> {
        if n == 0 {
            return Err(Error::n_too_small(n));
        }
        if (0.0..=1.0).contains(&t) {
            Ok(NTCloseness { column: column.into(), n, t })
        } else {
            Err(Error::model_range("t", "0 <= t <= 1", t))
        }
    }
}

impl PrivacyModel for NTCloseness {
    fn name(&self) -> String {
        format!("({}, {})-closeness of {}", self.n, self.t, self.column)
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        class.whole().filter(|around| around.total() >= self.n).is_some_and(|around| {
            distance(class.values(), around, Ground::Equal).is_some_and(|d| d <= self.t + TOLERANCE)
        })
    }

    fn scope(&self) -> Scope {
        Scope::Surroundings
    }

    fn reference(&self) -> Reference {
        Reference::Released
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::NTCloseness { n: self.n, t: self.t, column: &self.column })
    }
}
