//! l-diversity: no class gives a sensitive value away.

use super::{Class, Guarantee, Monotonicity, PrivacyModel, TOLERANCE};
use crate::{
    error::{Error, Result},
    kanon::number::whole_rows,
    num,
};

/// Each class holds at least `l` well represented values of a sensitive column; missing and suppressed values add nothing.
///
/// | variant | a class with r1 >= r2 >= .. rows of its values, n in all, holds if |
/// |---|---|
/// | distinct | it has at least l values |
/// | entropy | -sum of (r/n) ln (r/n) >= ln l |
/// | recursive | r1 < c (rl + .. + rm) |
///
/// # Guarantee
/// For all classes of the release, the known values of the column in it satisfy the row of the table.
/// \[MGKV07\] Machanavajjhala, Gehrke, Kifer, Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*,
/// ACM TKDD 1(1), 2007, section 4. Equality is enough for entropy, as there.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, LDiversity, PrivacyModel};
/// let model = LDiversity::distinct("diagnosis", 3)?;
/// assert!(model.holds(&Class::new(9, 9, &[(0, 7), (1, 1), (4, 1)])));
/// assert!(!model.holds(&Class::new(9, 9, &[(0, 8), (1, 1)])));
/// let model = LDiversity::entropy("diagnosis", 3.0)?;
/// assert!(model.holds(&Class::new(9, 9, &[(0, 3), (1, 3), (4, 3)])));
/// assert!(!model.holds(&Class::new(9, 9, &[(0, 7), (1, 1), (4, 1)])));
/// let model = LDiversity::recursive("diagnosis", 2.0, 2)?;
/// assert!(!model.holds(&Class::new(9, 9, &[(0, 6), (1, 2), (4, 1)])), "6 is not below 2 (2 + 1)");
/// assert_eq!(LDiversity::distinct("s", 1).unwrap_err().to_string(), "l must be at least 2, got 1");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LDiversity {
    column: String,
    variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Variant {
    Distinct(u64),
    Entropy(f64),
    Recursive { c: f64, l: u64 },
}

impl LDiversity {
    /// At least `l` distinct values of `column`.
    ///
    /// # Errors
    /// `Parameter` if `l` is below 2.
    pub fn distinct(column: impl Into<String>, l: u64) -> Result<Self> {
        if l < 2 {
            return Err(Error::l_too_small(l));
        }
        Ok(LDiversity { column: column.into(), variant: Variant::Distinct(l) })
    }

    /// An entropy of the values of `column` of at least log `l`.
    ///
    /// # Errors
    /// `Parameter` unless `l` is above 1.
    pub fn entropy(column: impl Into<String>, l: f64) -> Result<Self> {
        if l > 1.0 && l.is_finite() {
            Ok(LDiversity { column: column.into(), variant: Variant::Entropy(l) })
        } else {
            Err(Error::model_range("l", "l > 1", l))
        }
    }

    /// The most frequent value of `column` has fewer than `c` times the rows of the `l`-th most frequent and all rarer ones.
    ///
    /// # Errors
    /// `Parameter` if `l` is below 2 or `c` is not positive.
    pub fn recursive(column: impl Into<String>, c: f64, l: u64) -> Result<Self> {
        if l < 2 {
            return Err(Error::l_too_small(l));
        }
        if c > 0.0 && c.is_finite() {
            Ok(LDiversity { column: column.into(), variant: Variant::Recursive { c, l } })
        } else {
            Err(Error::model_range("c", "c > 0", c))
        }
    }
}

impl PrivacyModel for LDiversity {
    fn name(&self) -> String {
        let column = &self.column;
        match self.variant {
            Variant::Distinct(l) => format!("distinct {l}-diversity of {column}"),
            Variant::Entropy(l) => format!("entropy {l}-diversity of {column}"),
            Variant::Recursive { c, l } => format!("recursive ({c}, {l})-diversity of {column}"),
        }
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        let values = class.known_values();
        match self.variant {
            // Where a person has several values, l values of fewer than l persons hide none of them.
            Variant::Distinct(l) => num::count(values.len()) >= l && class.persons() >= l,
            Variant::Entropy(l) => !values.is_empty() && entropy(values) >= l.ln() - TOLERANCE,
            Variant::Recursive { c, l } => {
                let (most, tail) = most_and_tail(values, l);
                num::to_f64(most) < c * num::to_f64(tail)
            }
        }
    }

    fn shortfall(&self, class: &Class<'_>) -> f64 {
        if self.holds(class) {
            return 0.0;
        }
        let values = class.known_values();
        match self.variant {
            Variant::Distinct(l) => 1.0 - num::to_f64(num::count(values.len()).min(l - 1)) / num::to_f64(l),
            Variant::Entropy(_) if values.is_empty() => 1.0,
            Variant::Entropy(l) => (l.ln() - entropy(values)) / l.ln(),
            Variant::Recursive { c, l } => {
                let (most, tail) = most_and_tail(values, l);
                num::to_f64(most.max(1)) / (num::to_f64(most.max(1)) + c * num::to_f64(tail))
            }
        }
    }

    fn monotonicity(&self) -> Monotonicity {
        match self.variant {
            Variant::Distinct(_) => Monotonicity::Upward,
            Variant::Entropy(_) | Variant::Recursive { .. } => Monotonicity::Closed,
        }
    }

    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        let values = class.known_values();
        let known: u64 = values.iter().map(|v| u64::from(v.1)).sum();
        let kept = match self.variant {
            Variant::Distinct(_) => return class.rows(),
            Variant::Entropy(l) => most_with_entropy(values, l.ln() - TOLERANCE),
            Variant::Recursive { c, l } => {
                // A part's tail is at most that of the class, and no value of it has more than c times that.
                let (_, tail) = most_and_tail(values, l);
                let most = whole_rows(c * num::to_f64(tail) + 1e-6);
                values.iter().map(|v| u64::from(v.1).min(most)).sum()
            }
        };
        // What is unknown may stay beside something that is known.
        if kept == 0 { class.rows() } else { known.saturating_sub(kept) }
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        let column = &self.column[..];
        Some(match self.variant {
            Variant::Distinct(l) => Guarantee::DistinctLDiversity { l, column },
            Variant::Entropy(l) => Guarantee::EntropyLDiversity { l, column },
            Variant::Recursive { c, l } => Guarantee::RecursiveLDiversity { c, l, column },
        })
    }
}

/// Entropy in nats of values with these rows.
fn entropy(values: &[(u32, u32)]) -> f64 {
    let total: f64 = values.iter().map(|v| f64::from(v.1)).sum();
    let weighted: f64 = values.iter().map(|v| f64::from(v.1) * f64::from(v.1).ln()).sum();
    total.ln() - weighted / total
}

/// Rows of the most frequent value, and of the `l`-th most frequent and all rarer ones.
fn most_and_tail(values: &[(u32, u32)], l: u64) -> (u64, u64) {
    let mut rows: Vec<u64> = values.iter().map(|v| u64::from(v.1)).collect();
    rows.sort_unstable_by(|a, b| b.cmp(a));
    let skipped = usize::try_from(l - 1).unwrap_or(usize::MAX);
    (rows.first().copied().unwrap_or(0), rows.iter().skip(skipped).sum())
}

/// The most rows that a part with at least this entropy can have. Cutting the most frequent values to one height gives
/// the largest entropy for the rows that stay, since that is majorized by every other part of that size.
fn most_with_entropy(values: &[(u32, u32)], least: f64) -> u64 {
    let cut = |height: u32| -> Vec<(u32, u32)> { values.iter().map(|&(v, r)| (v, r.min(height))).collect() };
    // Rounded against pruning too much.
    let enough = |height: u32| entropy(&cut(height)) >= least - 1e-9;
    let (mut low, mut high) = (0, values.iter().map(|v| v.1).max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if enough(middle) { low = middle } else { high = middle - 1 }
    }
    // Between two heights only some of the values are cut lower: less than one row each.
    let cut_rows: u64 = cut(low).iter().map(|v| u64::from(v.1)).sum();
    if low == 0 { 0 } else { cut_rows + num::count(values.len()) }
}
