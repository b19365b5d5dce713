//! Exact draws from a fixed distribution by one table lookup.
//!
//! The probabilities are irrational, and a table holds multiples of 2^-64. So each is split into such a
//! multiple, rounded down, and a rest; the rests together are one more outcome of the table, with a
//! probability of about 2^-54. When it comes up, the draw goes on among the rests alone, which are then
//! computed to as many digits as it takes. Nothing is approximated. Why this is exact:
//! `docs/proofs/certified_table.md`.
//!
//! ```text
//!   P(k) · 2^64   │ 9,431,127 . 380…  │ 8,215,440 . 914…  │ …  │
//!                 └ in the table      └ in the table           rests: .380… + .914… + …  =  R, whole
//! ```
//!
//! Lookup is by aliases: columns of equal width, each shared by two outcomes. \[Wal77\] Walker, *An
//! Efficient Method for Generating Discrete Random Variables with General Distributions*, ACM TOMS 3(3),
//! 1977; \[Vos91\] Vose, *A Linear Algorithm for Generating Random Numbers with a Given Distribution*, IEEE
//! TSE 17(9), 1991. In whole numbers both are exact.

use std::sync::OnceLock;

use crate::{dp::noise::fixed::Fixed, error::Result, num, rng::Source};

/// A distribution on 0, 1, 2, ... that tables are made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Law {
    /// `P(k)` proportional to `exp(-k / per_unit)` for `k < cells`; the outcome `cells` stands for all from
    /// there on.
    Exponential { per_unit: u64, cells: usize },
    /// `P(k)` proportional to `exp(-k^2 / (2 per_unit^2))`, for `per_unit` in 1..=16.
    HalfNormal { per_unit: u64 },
    /// The size of discrete Laplace noise: twice `exp(-k denominator / numerator)` for `k > 0`, and once for
    /// zero. The scale is at most 16.
    LaplaceSize { numerator: u64, denominator: u64 },
    /// The size of discrete Gaussian noise: twice `exp(-k^2 denominator^2 / (2 numerator^2))` for `k > 0`,
    /// and once for zero. `sigma` is at most 16.
    GaussianSize { numerator: u64, denominator: u64 },
}

/// A table of one law.
pub(super) struct Table {
    law: Law,
    /// `2^columns_log2` of them.
    columns: Box<[Column]>,
    columns_log2: u32,
    /// What the table gives to the outcomes 0, 1, ..., in units of 2^-64.
    shares: Vec<u64>,
    /// What is left, in the same units.
    residual: u64,
    /// Sums of weights with `PLACES` places; made when the residual first comes up.
    sums: OnceLock<Vec<Fixed>>,
}

/// The outcome is `below` if the rest of the word is less than `threshold`, else `above`.
#[derive(Clone, Copy)]
struct Column {
    threshold: u64,
    below: u16,
    above: u16,
}

impl Table {
    /// A table with `2^columns_log2` columns, for sources of digits with `bits` bits. Outcomes without a
    /// column of their own are left to the residual.
    pub(super) fn new(law: Law, columns_log2: u32, bits: u32) -> Self {
        let weights = law.weights(PLACES);
        let total = weights.iter().fold(Fixed::zero(PLACES), |sum, weight| sum.plus(weight));
        let grain = u64::MAX.checked_shl(64 - bits).unwrap_or(0);
        let shares: Vec<u64> = weights
            .iter()
            .take((1 << columns_log2) - 1)
            .map(|weight| share(weight, &total) & grain)
            .collect();
        // The shares add up to less than 2^64: each is below its outcome's probability.
        let residual = shares.iter().fold(0u64, |rest, &share| rest.wrapping_sub(share));
        let columns = aliases(&shares, residual, columns_log2);
        Table { law, columns, columns_log2, shares, residual, sums: OnceLock::new() }
    }

    /// A draw: `k` with probability exactly that of the law.
    #[inline]
    pub(super) fn draw<S: Source>(&self, source: &mut S) -> Result<u64> {
        let word = source.digit()? << (64 - S::BITS);
        let column = self.columns[column_of(word, self.columns_log2)];
        let outcome = if word << self.columns_log2 < column.threshold { column.below } else { column.above };
        if outcome == RESIDUAL { self.draw_residual(source) } else { Ok(u64::from(outcome)) }
    }

    /// A draw among what the shares leave over: `k` with probability `(2^64 P(k) - share(k)) / residual`.
    ///
    /// With `U` uniform and `Z` the sum of the weights, it is the first `k` at which
    /// `(shares up to k + U · residual) · Z / 2^64` lies below the sum of the weights up to `k`.
    #[cold]
    fn draw_residual<S: Source>(&self, source: &mut S) -> Result<u64> {
        let mut digits = Vec::new();
        let mut known = 0;
        loop {
            if known % 64 == 0 {
                digits.push(0);
            }
            let last = digits.len() - 1;
            digits[last] |= source.digit()? << (64 - known % 64 - S::BITS);
            known += S::BITS;
            if let Some(outcome) = self.residual_outcome(&digits, known) {
                return Ok(outcome);
            }
        }
    }

    /// The outcome for a uniform number of which `known` binary digits are known, if they decide.
    fn residual_outcome(&self, digits: &[u64], known: u32) -> Option<u64> {
        let places = digits.len() + 2;
        let mut unit = vec![0; digits.len()];
        unit[digits.len() - 1] = 1 << ((64 - known % 64) % 64);
        let lower = Fixed::from_digits(digits, places);
        let upper = lower.plus(&Fixed::from_digits(&unit, places));
        if upper.lower_words()[0] > 0 {
            // All digits are ones. Rather one digit more than a sum that reaches 2^64.
            return None;
        }
        let finer;
        let sums = if places == PLACES {
            self.sums.get_or_init(|| self.law.sums(PLACES))
        } else {
            finer = self.law.sums(places);
            &finer
        };
        let total = sums.last()?;
        let mut shares = 0;
        for (outcome, sum) in (0..).zip(sums) {
            shares += self.shares.get(num::index(outcome)).copied().unwrap_or(0);
            let place = |number: &Fixed| {
                let sum = Fixed::whole(shares, places).plus(&number.times_whole(self.residual));
                sum.over_base().times(total)
            };
            if place(&upper).is_at_most(sum) {
                return Some(u64::from(outcome));
            }
            if !sum.is_at_most(&place(&lower)) {
                return None;
            }
        }
        None
    }
}

impl Law {
    /// The sums of the weights up to 0, 1, ...
    fn sums(self, places: usize) -> Vec<Fixed> {
        let add = |sum: &mut Fixed, weight: Fixed| {
            *sum = sum.plus(&weight);
            Some(sum.clone())
        };
        self.weights(places).into_iter().scan(Fixed::zero(places), add).collect()
    }

    /// The weights of 0, 1, ..., as far as they are not too small for `places`; their sum is at most 1.
    fn weights(self, places: usize) -> Vec<Fixed> {
        // A 64th of each, so that the sums stay below 1: at most 2 · 16 + 1 for Laplace, 2.51 · 16 + 1 for
        // Gaussian sizes and half-normal cells.
        let unit = Fixed::ratio(1, 64, places);
        match self {
            Law::Exponential { per_unit, cells } => {
                let ratio = Fixed::exp_of_minus(1, per_unit.into(), places);
                let mut power = Fixed::whole(1, places);
                let mut weights = Vec::with_capacity(cells + 1);
                for _ in 0..cells {
                    let next = power.times(&ratio);
                    weights.push(power.minus(&next));
                    power = next;
                }
                weights.push(power);
                weights
            }
            Law::HalfNormal { per_unit } => fall_off(
                unit.clone(),
                unit,
                Fixed::exp_of_minus(1, (2 * per_unit * per_unit).into(), places),
                true,
            ),
            Law::LaplaceSize { numerator, denominator } => fall_off(
                unit.clone(),
                unit.times_whole(2),
                Fixed::exp_of_minus(denominator.into(), numerator.into(), places),
                false,
            ),
            Law::GaussianSize { numerator, denominator } => {
                let (n, d) = (u128::from(numerator), u128::from(denominator));
                let ratio = Fixed::exp_of_minus(d * d, 2 * n * n, places);
                fall_off(unit.clone(), unit.times_whole(2), ratio, true)
            }
        }
    }
}

/// `zero`, then `one ratio^k` or `one ratio^(k^2)` for `k = 1, 2, ...` until they vanish, then a bound on the
/// sum of all that is left out.
fn fall_off(zero: Fixed, one: Fixed, ratio: Fixed, squared: bool) -> Vec<Fixed> {
    // From k^2 to (k + 1)^2 are 2k + 1.
    let step = if squared { ratio.times(&ratio) } else { Fixed::whole(1, ratio.places()) };
    let mut weights = vec![zero];
    let (mut weight, mut ratio) = (one.times(&ratio), ratio.times(&step));
    while !weight.is_nothing() {
        let next = weight.times(&ratio);
        weights.push(weight);
        (weight, ratio) = (next, ratio.times(&step));
    }
    // The ratio of two neighbors is at most exp(-1/16) here, so what is left is below 17 times the first.
    weights.push(weight.times_whole(17));
    weights
}

/// `2^64 weight / total`, rounded down, and a little more: both ends are those that make it smaller.
fn share(weight: &Fixed, total: &Fixed) -> u64 {
    let [_, first, second] = weight.lower_words();
    let [whole, fraction, _] = total.upper_words();
    let divisor = u128::from(whole) << 63 | u128::from(fraction >> 1);
    let quotient = ((u128::from(first) << 64 | u128::from(second)) >> 1) / (divisor + 1);
    u64::try_from(quotient).unwrap_or(0)
}

/// Columns of equal width for outcomes whose shares add up to 2^64 with `residual`.
fn aliases(shares: &[u64], residual: u64, columns_log2: u32) -> Box<[Column]> {
    let width = 1u64 << (64 - columns_log2);
    let count = 1usize << columns_log2;
    let mut left: Vec<(u16, u64)> = (0u16..).zip(shares.iter().copied()).collect();
    left.push((RESIDUAL, residual));
    left.resize(count, (RESIDUAL, 0));
    let (mut narrow, mut wide): (Vec<_>, Vec<_>) = left.into_iter().partition(|&(_, share)| share < width);
    let mut columns = Vec::with_capacity(count);
    while let Some((below, share)) = narrow.pop() {
        // The mean of what is left is the width, so beside a narrow one there is a wide one.
        let Some((above, rest)) = wide.pop() else { break };
        columns.push(Column { threshold: share << columns_log2, below, above });
        let rest = rest - (width - share);
        if rest < width { narrow.push((above, rest)) } else { wide.push((above, rest)) }
    }
    columns.extend(wide.into_iter().map(|(outcome, _)| Column {
        threshold: 0,
        below: outcome,
        above: outcome,
    }));
    columns.into()
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "at most 16 bits are left")]
fn column_of(word: u64, columns_log2: u32) -> usize {
    (word >> (64 - columns_log2)) as usize
}

/// Stands for what the shares leave over.
const RESIDUAL: u16 = u16::MAX;
/// Shares need 64 places after the point, and errors stay below one in 2^100 with three words.
const PLACES: usize = 3;

#[cfg(test)]
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
mod tests {
    use super::*;
    use crate::rng::given::enumerate;

    const LAWS: [(Law, u32); 11] = [
        (Law::Exponential { per_unit: 64, cells: 1022 }, 10),
        (Law::Exponential { per_unit: 2, cells: 6 }, 3),
        (Law::Exponential { per_unit: 1, cells: 2 }, 2),
        (Law::HalfNormal { per_unit: 1 }, 4),
        (Law::HalfNormal { per_unit: 2 }, 5),
        (Law::HalfNormal { per_unit: 4 }, 6),
        (Law::HalfNormal { per_unit: 8 }, 7),
        (Law::LaplaceSize { numerator: 10, denominator: 3 }, 8),
        (Law::LaplaceSize { numerator: 1, denominator: 3 }, 3),
        (Law::GaussianSize { numerator: 10, denominator: 3 }, 5),
        (Law::GaussianSize { numerator: 1, denominator: 2 }, 3),
    ];

    /// The probabilities by the formula, in binary fractions.
    fn formula(law: Law) -> Vec<f64> {
        let weights: Vec<f64> = match law {
            Law::Exponential { per_unit, cells } => {
                let p = (-1.0 / per_unit as f64).exp();
                let mut weights: Vec<f64> = (0..cells).map(|k| (1.0 - p) * p.powi(k as i32)).collect();
                weights.push(p.powi(cells as i32));
                weights
            }
            Law::HalfNormal { per_unit } => {
                (0..300).map(|k| (-0.5 * (k as f64 / per_unit as f64).powi(2)).exp()).collect()
            }
            Law::LaplaceSize { numerator, denominator } => {
                let p = (-(denominator as f64) / numerator as f64).exp();
                (0..300).map(|k| if k == 0 { 1.0 } else { 2.0 * p.powi(k) }).collect()
            }
            Law::GaussianSize { numerator, denominator } => (0..300)
                .map(|k| {
                    let z = f64::from(k) * denominator as f64 / numerator as f64;
                    if k == 0 { 1.0 } else { 2.0 * (-0.5 * z * z).exp() }
                })
                .collect(),
        };
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / total).collect()
    }

    #[test]
    fn shares_and_columns_are_the_formula_rounded_down() {
        for (law, columns_log2) in LAWS {
            let table = Table::new(law, columns_log2, 64);
            let mut held = vec![0u128; table.shares.len()];
            let mut residual = 0;
            assert_eq!(table.columns.len(), 1 << columns_log2);
            for column in &table.columns {
                let below = u128::from(column.threshold >> columns_log2);
                for (outcome, part) in
                    [(column.below, below), (column.above, (1 << (64 - columns_log2)) - below)]
                {
                    match held.get_mut(usize::from(outcome)) {
                        Some(held) => *held += part,
                        None => residual += part,
                    }
                }
            }
            assert!(
                held.iter().zip(&table.shares).all(|(&held, &share)| held == u128::from(share)),
                "{law:?}"
            );
            assert_eq!(residual, u128::from(table.residual), "{law:?}");
            let formula = formula(law);
            let left_out: f64 = formula.iter().skip(table.shares.len()).sum();
            assert!(residual as f64 <= left_out * 2f64.powi(64) + 3000.0, "{law:?}: {residual}");
            for (share, p) in table.shares.iter().zip(formula) {
                assert!((*share as f64 / 2f64.powi(64) - p).abs() < 1e-15, "{law:?}");
            }
        }
    }

    /// Every stream of up to 6 digits of 4 bits. Each probability lies between that of the streams that
    /// ended there and that plus all that did not end: exact bounds, a fraction of a percent apart. A
    /// quarter of these streams pass through the residual, which 64-bit digits reach once in 2^54 draws.
    #[test]
    fn certified_table() {
        for (law, columns_log2) in LAWS.into_iter().filter(|(_, columns_log2)| *columns_log2 <= 4) {
            let table = Table::new(law, columns_log2, 4);
            assert!(table.residual >= 1 << 60, "{law:?}");
            let (outcomes, unfinished) = enumerate::<4, _>(5, |source| table.draw(source));
            let unit = 2f64.powi(-20);
            assert!(unfinished as f64 * unit < 1e-3, "{law:?}: {unfinished}");
            for (k, p) in (0u64..).zip(formula(law)) {
                let weight = outcomes.get(&k).copied().unwrap_or(0) as f64 * unit;
                let most = weight + unfinished as f64 * unit;
                assert!(weight <= p + 1e-15 && p <= most + 1e-15, "{law:?} {k}: {weight} {p} {most}");
            }
        }
    }

    /// The residual of the tables that releases use, at its first, its last and random places.
    #[test]
    fn residuals_are_found_at_every_place() {
        for (law, columns_log2) in LAWS {
            let table = Table::new(law, columns_log2, 64);
            assert_eq!(table.residual_outcome(&[0], 64), Some(0), "{law:?}");
            let mut last = 0;
            for i in 0..64u64 {
                let outcome = table.residual_outcome(&[i << 58 | 12345], 64).expect("decided by 64 digits");
                assert!(outcome >= last, "{law:?}");
                last = outcome;
            }
        }
    }
}
