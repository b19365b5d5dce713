//! Clipping of rows to an L2 norm, in integers.

use crate::{
    error::{Error, Result},
    num,
};

/// An L2 norm, and the lattice that comes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ClipNorm(f64);

impl ClipNorm {
    pub(super) fn new(norm: f64) -> Result<Self> {
        if (SMALLEST..=LARGEST).contains(&norm) {
            Ok(ClipNorm(norm))
        } else {
            Err(Error::clip_norm_range(norm))
        }
    }

    pub(super) fn value(self) -> f64 {
        self.0
    }

    /// The norm of squares, for outer products.
    pub(super) fn squared(self) -> Self {
        ClipNorm(self.0 * self.0)
    }

    /// The lattice step.
    pub(super) fn step(self) -> f64 {
        self.0 / num::to_f64(STEPS)
    }

    /// Adds a row, clipped, to `sum`, which is as long.
    ///
    /// # Guarantee
    /// For all rows, what is added is a vector of integers whose squares add up to at most [`STEPS`] squared; it
    /// depends on that row alone.
    pub(super) fn add(self, row: impl Iterator<Item = f64> + Clone, sum: &mut [i128]) {
        let largest = row
            .clone()
            .fold(0.0, |largest: f64, x| if x.is_nan() { f64::INFINITY } else { largest.max(x.abs()) });
        if !largest.is_finite() || largest < f64::MIN_POSITIVE {
            return;
        }
        // Relative to the largest coordinate, so that no square overflows.
        let norm = largest * row.clone().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt();
        // The part that is left of the row, and steps per unit of it.
        let mut factor = num::to_f64(STEPS) * (1.0 / norm).min(1.0 / self.0);
        let bound = u128::from(STEPS) * u128::from(STEPS);
        let point = |x: f64, factor: f64| {
            ((x * factor).round_ties_even() + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()).cast_signed()
        };
        let squares = |factor: f64| {
            row.clone()
                .map(|x| u128::from(point(x, factor).unsigned_abs()))
                .map(|p| p * p)
                .fold(0, u128::saturating_add)
        };
        // Rounding adds at most half a step to each coordinate. Ends: with a factor near 0 all points are 0.
        while squares(factor) > bound {
            factor *= SHRINK;
        }
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += i128::from(point(x, factor)));
    }
}

/// Lattice steps up to the clip norm.
pub(super) const STEPS: u64 = 1 << 30;
/// Norms of ordinary size: their squares and steps are normal binary fractions.
const SMALLEST: f64 = 1e-60;
/// See [`SMALLEST`].
const LARGEST: f64 = 1e60;
/// 1.5 * 2^52: the low bits of a whole number plus it are the number.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// A few steps, where rounding went over the bound.
const SHRINK: f64 = 1.0 - 1e-7;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clipped(norm: f64, row: &[f64]) -> Vec<i128> {
        let mut sum = vec![0; row.len()];
        ClipNorm::new(norm).unwrap().add(row.iter().copied(), &mut sum);
        sum
    }

    fn squares(points: &[i128]) -> u128 {
        points.iter().map(|p| p.unsigned_abs() * p.unsigned_abs()).sum()
    }

    proptest! {
        #[test]
        fn a_clipped_row_is_within_the_norm_and_keeps_its_direction(
            row in proptest::collection::vec(prop_oneof![proptest::num::f64::ANY, -2.0..2.0, Just(0.1)], 1..50),
            norm in prop_oneof![0.01..10.0, Just(1e-60), Just(1e60)],
        ) {
            let points = clipped(norm, &row);
            prop_assert!(squares(&points) <= u128::from(STEPS) * u128::from(STEPS));
            if row.iter().any(|x| !x.is_finite()) {
                prop_assert!(points.iter().all(|&p| p == 0));
            }
            for (&p, &x) in points.iter().zip(&row) {
                prop_assert!(p == 0 || (p > 0) == (x > 0.0));
            }
        }
    }

    #[test]
    fn rows_within_the_norm_stay_and_longer_ones_reach_it() {
        let step = ClipNorm::new(5.0).unwrap().step();
        for (row, norm) in
            [(vec![3.0, -4.0], 5.0), (vec![0.3, 0.4], 0.5), (vec![3e300, -4e300], 5.0), (vec![0.0, 1.0], 1.0)]
        {
            let points = clipped(5.0, &row);
            let length =
                (crate::dp::aggregate::to_f64(i128::try_from(squares(&points)).unwrap())).sqrt() * step;
            assert!((length - norm).abs() < 1e-6, "{row:?}: {length}");
        }
        assert_eq!(clipped(1.0, &[f64::NAN, 1.0]), [0, 0]);
        // A million equal coordinates: rounding alone would go over the norm.
        let row = vec![1.0; 1_000_000];
        assert!(squares(&clipped(1.0, &row)) <= u128::from(STEPS) * u128::from(STEPS));
        assert!(ClipNorm::new(0.0).is_err() && ClipNorm::new(f64::NAN).is_err());
    }
}
