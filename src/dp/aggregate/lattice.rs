//! The lattice that numbers are rounded to before they are added up.
//!
//! A step is a power of two, chosen from the public clamp bounds alone so that the larger bound is at most
//! 2^40 steps. Rounding comes first and clamping after it, so a sensitivity in steps includes the rounding.

use crate::num;

/// A step `2^exponent`, and the clamp bounds in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dp) struct Lattice {
    exponent: i32,
    lower: i64,
    upper: i64,
}

impl Lattice {
    /// The lattice for numbers in `lower..=upper`, finite and of ordinary size (see `Query`).
    pub(in crate::dp) fn for_bounds(lower: f64, upper: f64) -> Self {
        let largest = lower.abs().max(upper.abs());
        // The binary exponent plus one: largest < 2^top.
        let top = biased_exponent(largest) - 1022;
        let exponent = top - STEPS_EXPONENT;
        Lattice { exponent, lower: round(lower, exponent), upper: round(upper, exponent) }
    }

    /// The lower clamp bound, in steps.
    pub(in crate::dp) fn lower(&self) -> i64 {
        self.lower
    }

    /// The upper clamp bound, in steps.
    pub(in crate::dp) fn upper(&self) -> i64 {
        self.upper
    }

    /// The step.
    pub(in crate::dp) fn step(&self) -> f64 {
        power_of_two(self.exponent)
    }

    /// The lattice point of a cell.
    ///
    /// # Guarantee
    /// For all cells, the result is within the bounds. A decimal number is rounded to the nearest step and
    /// clamped; an infinity is clamped; a missing cell, a NaN and anything that is no number is the lower
    /// bound.
    pub(in crate::dp) fn point(&self, cell: Option<&str>) -> i64 {
        match cell.and_then(|text| text.trim().parse::<f64>().ok()) {
            Some(value) if !value.is_nan() => round(value, self.exponent).clamp(self.lower, self.upper),
            _ => self.lower,
        }
    }
}

/// `value / 2^exponent`, rounded to the nearest whole number, halves away from zero, by its digits.
/// Saturates far outside of the clamp bounds.
fn round(value: f64, exponent: i32) -> i64 {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = biased_exponent(value);
    let (mantissa, power) =
        if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) };
    let shift = i64::from(power) - i64::from(exponent);
    let magnitude = match shift {
        0.. => {
            u32::try_from(shift).ok().filter(|&s| s < 10).map_or(i64::MAX.unsigned_abs(), |s| mantissa << s)
        }
        -62..0 => (mantissa + (1 << (-shift - 1))) >> -shift,
        _ => 0,
    };
    let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
    if value.is_sign_negative() { -magnitude } else { magnitude }
}

fn biased_exponent(value: f64) -> i32 {
    i32::try_from((value.to_bits() >> 52) & 0x7ff).unwrap_or(0)
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).unwrap_or(0) << 52)
}

/// The binary fraction nearest to a noisy total, before it is multiplied by the step. Post-processing.
pub(in crate::dp) fn to_f64(total: i128) -> f64 {
    let size = total.unsigned_abs();
    let low = u64::try_from(size & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    let high = u64::try_from(size >> 64).unwrap_or(u64::MAX);
    let size = num::to_f64(high) * power_of_two(64) + num::to_f64(low);
    if total < 0 { -size } else { size }
}

/// 2^40 steps up to the larger bound: a rounding error below one part in 10^12 of it per row.
const STEPS_EXPONENT: i32 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_a_point_within_the_bounds() {
        let lattice = Lattice::for_bounds(-8.0, 4.0);
        let steps = 1i64 << 36; // 8 = 2^3 < 2^4, so a step is 2^-36
        let cases = [
            ("1", steps),
            (" 0.5 ", steps / 2),
            ("-2e0", -2 * steps),
            ("-0", 0),
            ("5e-324", 0),
            ("100", 4 * steps),
            ("inf", 4 * steps),
            ("-inf", -8 * steps),
            ("9223372036854775807", 4 * steps),
            ("-9223372036854775808", -8 * steps),
            ("1e999", 4 * steps),
            ("NaN", -8 * steps),
            ("", -8 * steps),
            ("twelve", -8 * steps),
            ("1,5", -8 * steps),
        ];
        for (cell, point) in cases {
            assert_eq!(lattice.point(Some(cell)), point, "{cell}");
        }
        assert_eq!(lattice.point(None), -8 * steps);
        // 0.1 is the nearest step, and one half of a step goes away from zero.
        assert_eq!(lattice.point(Some("0.1")), 6_871_947_674);
        assert_eq!(round(power_of_two(-37), -36), 1);
        assert_eq!(round(-power_of_two(-37), -36), -1);
    }

    #[test]
    fn bounds_of_every_size_are_at_most_two_to_the_40_steps() {
        for largest in [1e-100, 0.1, 1.0, 1.5, 2.0, 50_000.0, 1e15, 1e100] {
            let lattice = Lattice::for_bounds(-largest, largest);
            assert!(lattice.upper() <= 1 << 40 && lattice.upper() >= 1 << 39, "{largest}");
            assert_eq!(lattice.lower(), -lattice.upper());
            assert!((to_f64(i128::from(lattice.upper())) * lattice.step() / largest - 1.0).abs() < 1e-11);
        }
    }
}
