//! How many rows of a class that fails can be kept at most, however it is divided.
//!
//! A model is closed if the union of classes that hold, holds. Whatever finer classes E is divided into, those of them
//! that are kept form a set M of rows of E that holds. So at least |E| - max |M| rows of E are suppressed at every
//! finer node, and the sum over all classes bounds what finer nodes suppress, even where suppression is not monotone.

use crate::num;

/// The largest m, rounded up, for which numbers m_s <= `rows` of s exist that sum to m, with
/// sum over s of min(m_s, `cap`(s) m) at least `needed` m.
///
/// With cap(s) = q_s and needed = 1 - t these are the sets within distance t of q (equal distances); with cap(s) the
/// largest allowed share of s and needed = 1, those in which no share is too large. f(m) = sum of min(rows, cap m) -
/// needed m is concave with f(0) = 0, so Newton's method from the right meets its largest zero from the right: every
/// step is a valid bound, and few are taken.
pub(super) fn largest(values: &[(u32, u32)], cap: impl Fn(u32) -> f64, needed: f64) -> u64 {
    let all: u64 = values.iter().map(|v| u64::from(v.1)).sum();
    let mut m = num::to_f64(all);
    for _ in 0..STEPS {
        let (mut full, mut slope) = (0.0, 0.0);
        for &(value, rows) in values {
            let (rows, cap) = (f64::from(rows), cap(value));
            if rows < cap * m {
                full += rows;
            } else {
                slope += cap;
            }
        }
        if full + slope * m >= needed * m || slope >= needed {
            break;
        }
        m = full / (needed - slope);
    }
    // Outward by more than the rounding of the steps above.
    round_up((m * (1.0 + 1e-9) + 1e-6).min(num::to_f64(all))).min(all)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= m <= rows of a class")]
fn round_up(m: f64) -> u64 {
    m.max(0.0).floor() as u64
}

/// Newton steps; each is a bound, and piecewise linear functions of a dozen values need no more.
const STEPS: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All ways to keep some rows.
    fn by_enumeration(values: &[(u32, u32)], cap: &[f64], needed: f64) -> u64 {
        fn go(values: &[(u32, u32)], kept: &mut Vec<u32>, cap: &[f64], needed: f64) -> u64 {
            if kept.len() == values.len() {
                let m: u32 = kept.iter().sum();
                let inside: f64 = kept
                    .iter()
                    .zip(values)
                    .map(|(&k, v)| f64::from(k).min(cap[num::index(v.0)] * f64::from(m)))
                    .sum();
                return if inside >= needed * f64::from(m) - 1e-9 { u64::from(m) } else { 0 };
            }
            (0..=values[kept.len()].1)
                .map(|k| {
                    kept.push(k);
                    let best = go(values, kept, cap, needed);
                    kept.pop();
                    best
                })
                .max()
                .unwrap_or(0)
        }
        go(values, &mut Vec::new(), cap, needed)
    }

    proptest! {
        #[test]
        fn no_choice_of_rows_keeps_more(
            rows in prop::collection::vec(1u32..6, 1..5),
            cap in prop::collection::vec(0.01f64..1.0, 5),
            needed in 0.5f64..1.0,
        ) {
            let values: Vec<(u32, u32)> = (0u32..).zip(rows).collect();
            let bound = largest(&values, |s| cap[num::index(s)], needed);
            prop_assert!(bound >= by_enumeration(&values, &cap, needed));
        }
    }
}
