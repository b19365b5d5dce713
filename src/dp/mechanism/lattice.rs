//! Real numbers as whole multiples of a power of two.

use crate::{dp::aggregate::to_f64, error::Error, error::Result};

/// The multiples of `2^exponent`: what real numbers are rounded to *before* noise is added or a choice is made.
///
/// The exponent must not depend on the data. What is added to a lattice point is a lattice point, so an output tells
/// nothing by its low digits (\[Mir12\] Mironov, *On Significance of the Least Significant Bits for Differential
/// Privacy*, CCS 2012).
///
/// # Guarantee
/// For all numbers `x` and `y` at distance `d`, their points are at most `floor(d / step) + 1` steps apart. A NaN has
/// the point of zero.
///
/// # Examples
/// ```
/// use incog::dp::mechanism::{Lattice, Scores};
/// // Scores between 0 and 1 that can move by 0.01, in steps of 2^-20.
/// let lattice = Lattice::new(-20)?;
/// let scores = Scores::new(3, lattice.sensitivity(0.01, 1)?)?;
/// assert_eq!(scores.sensitivity(), 10_486); // ceil(0.01 * 2^20) is 10,486
/// assert_eq!(lattice.points(&[0.5, 1.0, f64::NAN]), [1 << 19, 1 << 20, 0]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lattice {
    exponent: i32,
}

impl Lattice {
    /// The multiples of `2^exponent`.
    ///
    /// # Errors
    /// `Parameter` unless `-400 ≤ exponent ≤ 400`.
    pub fn new(exponent: i32) -> Result<Self> {
        if (-EXPONENT_MAX..=EXPONENT_MAX).contains(&exponent) {
            Ok(Lattice { exponent })
        } else {
            Err(Error::lattice_range(EXPONENT_MAX, exponent))
        }
    }

    /// The step between neighbors.
    #[must_use]
    pub fn step(&self) -> f64 {
        2f64.powi(self.exponent)
    }

    /// By how many steps the points of `dimension` numbers can move in L1, if the numbers move by `distance`.
    ///
    /// # Errors
    /// `Parameter` unless the distance is positive and the result below 2^61.
    pub fn sensitivity(&self, distance: f64, dimension: usize) -> Result<u64> {
        let steps = self.floor(distance).filter(|_| distance > 0.0);
        let sum = steps.and_then(|steps| steps.checked_add(crate::num::count(dimension)));
        sum.filter(|&sum| sum < 1 << 61).ok_or_else(|| Error::distance_range(distance))
    }

    /// The nearest points, in steps, halves away from zero; what lies beyond 64 bits is set to their end.
    #[must_use]
    pub fn points(&self, numbers: &[f64]) -> Vec<i64> {
        let narrow = |number: &f64| {
            let point = self.point(*number);
            i64::try_from(point).unwrap_or(if point < 0 { i64::MIN } else { i64::MAX })
        };
        numbers.iter().map(narrow).collect()
    }

    /// The number of a point. One that is not representable is rounded to one that is: to a point again, of a coarser
    /// lattice.
    #[must_use]
    pub fn number(&self, point: i128) -> f64 {
        to_f64(point) * self.step()
    }

    /// The nearest point, halves away from zero, by the number's digits; beyond 2^100 steps the end.
    #[inline]
    pub(super) fn point(self, number: f64) -> i128 {
        let (negative, mantissa, power) = digits(number);
        let shift = power - self.exponent;
        let size = match shift {
            0..48 => u128::from(mantissa) << shift.unsigned_abs(),
            48.. => {
                if mantissa == 0 {
                    0
                } else {
                    1 << 100
                }
            }
            -62..0 => u128::from((mantissa + (1 << (-shift - 1))) >> -shift),
            _ => 0,
        };
        // At most 2^100.
        let size = size.cast_signed();
        if number.is_nan() {
            0
        } else if negative {
            -size
        } else {
            size
        }
    }

    /// `floor(number / step)`, if that is below 2^62; for numbers that are not negative.
    fn floor(self, number: f64) -> Option<u64> {
        if !number.is_finite() {
            return None;
        }
        let (_, mantissa, power) = digits(number);
        match power - self.exponent {
            shift @ 0..10 => Some(mantissa << shift),
            10.. => None,
            shift => Some(mantissa.checked_shr(shift.unsigned_abs()).unwrap_or(0)),
        }
    }
}

/// Sign, mantissa and power of two of a number as IEEE 754 holds it.
#[inline]
fn digits(number: f64) -> (bool, u64, i32) {
    let bits = number.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let (mantissa, power) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    (bits >> 63 == 1, mantissa, power)
}

const EXPONENT_MAX: i32 = 400;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_number_has_the_point_that_its_digits_say() {
        let lattice = Lattice::new(-2).unwrap();
        let cases = [
            (0.0, 0),
            (-0.0, 0),
            (1.0, 4),
            (-1.0, -4),
            (0.125, 1),
            (-0.125, -1),
            (0.124_999, 0),
            (5e-324, 0),
            (1e15, 4_000_000_000_000_000),
            (f64::NAN, 0),
            (-f64::NAN, 0),
            (f64::INFINITY, 1 << 100),
            (f64::NEG_INFINITY, -(1 << 100)),
            (f64::MAX, 1 << 100),
            (2f64.powi(90), 1 << 92),
        ];
        for (number, point) in cases {
            assert_eq!(lattice.point(number), point, "{number}");
        }
        assert_eq!(lattice.points(&[f64::INFINITY, f64::NEG_INFINITY]), [i64::MAX, i64::MIN]);
        for exponent in [-401, 401, i32::MIN, i32::MAX] {
            assert!(Lattice::new(exponent).is_err());
        }
        for distance in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(lattice.sensitivity(distance, 1).is_err(), "{distance}");
        }
        // The largest distance whose steps and the roundings of so many numbers are below 2^61.
        let (lattice, distance) = (Lattice::new(0).unwrap(), 2f64.powi(61).next_down());
        assert_eq!(lattice.sensitivity(distance, 255).ok(), Some((1 << 61) - 1));
        assert!(
            lattice.sensitivity(distance, 256).is_err() && lattice.sensitivity(2f64.powi(61), 1).is_err()
        );
    }

    proptest! {
        #[test]
        fn points_move_by_at_most_the_sensitivity(
            x in -1e9f64..1e9, distance in 1e-9f64..1e6, share in -1f64..=1.0, exponent in -40i32..10,
        ) {
            let lattice = Lattice::new(exponent).unwrap();
            // The distance of the rounded sum is taken as it is, rounded up.
            let y = x + share * distance;
            let moved = (x - y).abs() * (1.0 + 1e-15) + 1e-300;
            let steps = lattice.point(x).abs_diff(lattice.point(y));
            prop_assert!(steps <= u128::from(lattice.sensitivity(moved, 1).unwrap()), "{steps}");
            // A point is a multiple of the step, and within half a step of its number.
            let number = lattice.number(lattice.point(x));
            prop_assert!((number - x).abs() <= lattice.step() / 2.0);
            prop_assert!((number / lattice.step()).fract().abs() < 1e-300);
        }
    }
}
