//! The lattice that numbers are rounded to before they are added up, and the kernels that add them.
//!
//! A step is a power of two, chosen from the public clamp bounds alone, so that the larger bound is at most
//! `2^digits` steps. A number is clamped, moved by a public offset and rounded to the nearest step; then it is a whole
//! number, and everything behind it is exact. So a sensitivity in steps includes the rounding.
//!
//! ```text
//!   f64 slice ─► clamp ─► - offset ─► (square) ─► * 2^k ─► + 1.5 * 2^52 ─► low bits are the point, ties to even
//!                                                           i64 sums of 65,536 points ─► i128 total
//! ```
//!
//! The sum of a block is at most 2^16 * 2^40 steps, so it fits 64 bits, whatever the cells hold; the total of at most
//! 2^64 rows fits 128. Integer sums do not depend on their order: every cut into chunks and threads has one result. The
//! kernel is plain Rust without branches; the compiler makes vector code of it for the least machine of each
//! architecture, and it runs at the speed of memory there, so there is no second version for better machines.

use crate::{
    dp::aggregate::{Clamp, Unreadable},
    num,
};

/// A step `2^-scale`, the clamp bounds in steps, and what is done to a number before it is rounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::dp) struct Lattice {
    clamp: Clamp,
    offset: f64,
    squared: bool,
    /// Steps per unit.
    scale: f64,
    /// What an unreadable number is, after the offset and the square: one that counts for nothing is zero.
    fill: f64,
    lower: i64,
    upper: i64,
}

/// An exact total in steps, and how many numbers were in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::dp) struct Total {
    pub(in crate::dp) steps: i128,
    pub(in crate::dp) rows: u64,
}

impl Lattice {
    /// For the numbers themselves.
    pub(in crate::dp) fn of(clamp: Clamp) -> Self {
        Lattice::with(clamp, 0.0, false, SUM_DIGITS)
    }

    /// For the distance of the numbers from the middle of the bounds: at most half as wide, so half the noise.
    pub(in crate::dp) fn centered(clamp: Clamp) -> Self {
        Lattice::with(clamp, clamp.middle(), false, SUM_DIGITS)
    }

    /// For the square of that distance.
    pub(in crate::dp) fn squares(clamp: Clamp) -> Self {
        Lattice::with(clamp, clamp.middle(), true, SUM_DIGITS)
    }

    /// For order statistics: at most 2^20 steps from the lower bound to the upper one, counted from the lower one.
    pub(in crate::dp) fn ranks(clamp: Clamp) -> Self {
        Lattice::with(clamp, clamp.lower(), false, RANK_DIGITS)
    }

    fn with(clamp: Clamp, offset: f64, squared: bool, digits: i32) -> Self {
        let ends = [clamp.lower() - offset, clamp.upper() - offset];
        let ends = if squared { [0.0, (ends[0] * ends[0]).max(ends[1] * ends[1])] } else { ends };
        // largest <= 2^top
        let top = ceil_log2(ends[0].abs().max(ends[1].abs()));
        let scale = num::power_of_two(digits - top);
        let mut lattice = Lattice { clamp, offset, squared, scale, fill: 0.0, lower: 0, upper: 0 };
        lattice.fill = match clamp.rule() {
            Unreadable::Lower => lattice.moved(clamp.lower()),
            Unreadable::Upper => lattice.moved(clamp.upper()),
            Unreadable::Value(value) => lattice.moved(value),
            Unreadable::LeftOut => 0.0,
        };
        // Rounding is monotone, so the rounded ends bound every rounded number.
        [lattice.lower, lattice.upper] = ends.map(|end| unbiased((end * scale + MAGIC).to_bits()));
        lattice
    }

    /// The least point that a number has.
    pub(in crate::dp) fn lower(&self) -> i64 {
        self.lower
    }

    /// The largest point that a number has.
    pub(in crate::dp) fn upper(&self) -> i64 {
        self.upper
    }

    /// The step. A power of two, so the product with a whole number is rounded once.
    pub(in crate::dp) fn step(&self) -> f64 {
        1.0 / self.scale
    }

    /// What is taken away from a number before it is rounded.
    pub(in crate::dp) fn offset(&self) -> f64 {
        self.offset
    }

    /// The point of a number; none if it is left out.
    ///
    /// # Guarantee
    /// For all numbers, the point is within [`lower`](Self::lower) and [`upper`](Self::upper). A number is clamped and
    /// rounded to the nearest step, an infinity is clamped, a NaN follows the clamp's [`Unreadable`].
    pub(in crate::dp) fn point(&self, value: f64) -> Option<i64> {
        let left_out = value.is_nan() && self.clamp.rule() == Unreadable::LeftOut;
        (!left_out).then(|| unbiased(self.biased(value)))
    }

    /// The total of the points of `values`.
    ///
    /// # Guarantee
    /// For all values, orders and cuts into slices, the totals of the slices add up to the same, exact total.
    pub(in crate::dp) fn total(&self, values: &[f64]) -> Total {
        let steps = values.chunks(BLOCK).map(|block| i128::from(self.block(block))).sum();
        let left_out = match self.clamp.rule() {
            Unreadable::LeftOut => num::count(values.iter().filter(|value| value.is_nan()).count()),
            _ => 0,
        };
        Total { steps, rows: num::count(values.len()) - left_out }
    }

    /// How many of `values` have each point from 0 to [`upper`](Self::upper). For a lattice of [`ranks`](Self::ranks).
    pub(in crate::dp) fn cell_counts(&self, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0u64; usize::try_from(self.upper).unwrap_or(0) + 1];
        let leaves_out = self.clamp.rule() == Unreadable::LeftOut;
        let mut points = [0u64; 256];
        for values in values.chunks(points.len()) {
            let points = &mut points[..values.len()];
            points.iter_mut().zip(values).for_each(|(point, &value)| *point = self.biased(value));
            for (point, value) in points.iter().zip(values) {
                if leaves_out && value.is_nan() {
                    continue;
                }
                let point = usize::try_from(point.wrapping_sub(MAGIC.to_bits())).unwrap_or(0);
                if let Some(count) = counts.get_mut(point) {
                    *count += 1;
                }
            }
        }
        counts
    }

    /// The sum of at most [`BLOCK`] points. The constant in each is taken out once, at the end.
    fn block(&self, block: &[f64]) -> i64 {
        let mut sum = 0u64;
        for &value in block {
            sum = sum.wrapping_add(self.biased(value));
        }
        sum.wrapping_sub(MAGIC.to_bits().wrapping_mul(num::count(block.len()))).cast_signed()
    }

    /// The bits of a number near 1.5 * 2^52, whose unit in the last place is 1: they count the point.
    #[inline(always)]
    fn biased(&self, value: f64) -> u64 {
        // Both comparisons are false for a NaN, which becomes a number here and is replaced below.
        let clamped = if value > self.clamp.lower() { value } else { self.clamp.lower() };
        let clamped = if clamped < self.clamp.upper() { clamped } else { self.clamp.upper() };
        let moved = self.moved(clamped);
        let moved = if value.is_nan() { self.fill } else { moved };
        (moved * self.scale + MAGIC).to_bits()
    }

    #[inline(always)]
    fn moved(&self, clamped: f64) -> f64 {
        let moved = clamped - self.offset;
        if self.squared { moved * moved } else { moved }
    }
}

/// The number that a cell writes; NaN for a missing cell and for text that is no number.
pub(in crate::dp) fn number(cell: Option<&str>) -> f64 {
    cell.and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
}

fn unbiased(bits: u64) -> i64 {
    bits.wrapping_sub(MAGIC.to_bits()).cast_signed()
}

/// The least `e` with `value <= 2^e`, for a positive normal number.
fn ceil_log2(value: f64) -> i32 {
    num::floor_log2(value) + i32::from(value.to_bits() & ((1 << 52) - 1) != 0)
}

/// The binary fraction nearest to a noisy total, before it is multiplied by the step. Post-processing.
pub(in crate::dp) fn to_f64(total: i128) -> f64 {
    let size = total.unsigned_abs();
    let low = u64::try_from(size & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    let high = u64::try_from(size >> 64).unwrap_or(u64::MAX);
    let size = num::to_f64(high) * num::power_of_two(64) + num::to_f64(low);
    if total < 0 { -size } else { size }
}

/// 2^40 steps up to the larger bound: a rounding error below one part in 10^12 of it per row.
const SUM_DIGITS: i32 = 40;
/// 2^20 steps over the range: quantiles to a millionth of it.
const RANK_DIGITS: i32 = 20;
/// 1.5 * 2^52: adding it to a number below 2^51 in size rounds to a whole number, halves to even (IEEE 754).
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// Points per 64-bit sum: 2^16 of at most 2^40 stay below 2^57.
const BLOCK: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clamp(lower: f64, upper: f64, rule: Unreadable) -> Clamp {
        Clamp::new("x", lower, upper, rule).unwrap()
    }

    /// `value / 2^exponent` rounded to the nearest whole number, halves to even, by its digits: the slow twin of the
    /// magic number. Saturates.
    fn round(value: f64, exponent: i32) -> i64 {
        let bits = value.to_bits();
        let biased = i32::try_from((bits >> 52) & 0x7ff).unwrap();
        let fraction = u128::from(bits & ((1 << 52) - 1));
        let (mantissa, power) =
            if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) };
        let shift = power - exponent;
        let size = match shift {
            64.. => u128::MAX >> 1,
            0.. => mantissa << shift,
            -120..0 => {
                let (whole, rest, half) =
                    (mantissa >> -shift, mantissa & ((1 << -shift) - 1), 1 << (-shift - 1));
                whole + u128::from(rest > half || rest == half && whole & 1 == 1)
            }
            _ => 0,
        };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        if value.is_sign_negative() { -size } else { size }
    }

    #[test]
    fn every_cell_has_a_point_within_the_bounds() {
        let lattice = Lattice::of(clamp(-8.0, 4.0, Unreadable::Lower));
        let steps = 1i64 << 37; // 8 = 2^3, so a step is 2^-37
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
            assert_eq!(lattice.point(number(Some(cell))), Some(point), "{cell}");
        }
        assert_eq!(lattice.point(number(None)), Some(-8 * steps));
        let rules = [
            (Unreadable::Upper, Some(4 * steps)),
            (Unreadable::Value(1.0), Some(steps)),
            (Unreadable::LeftOut, None),
        ];
        for (rule, point) in rules {
            assert_eq!(Lattice::of(clamp(-8.0, 4.0, rule)).point(number(None)), point);
        }
    }

    #[test]
    fn bounds_of_every_size_are_at_most_two_to_the_40_steps() {
        for largest in [1e-100, 0.1, 1.0, 1.5, 2.0, 50_000.0, 1e15, 1e100] {
            let lattice = Lattice::of(clamp(-largest, largest, Unreadable::Lower));
            assert!(lattice.upper() <= 1 << 40 && lattice.upper() >= 1 << 39, "{largest}");
            assert_eq!(lattice.lower(), -lattice.upper());
            assert!((to_f64(i128::from(lattice.upper())) * lattice.step() / largest - 1.0).abs() < 1e-11);
            let ranks = Lattice::ranks(clamp(-largest, largest, Unreadable::Lower));
            assert!(ranks.lower() == 0 && ranks.upper() <= 1 << 20 && ranks.upper() >= 1 << 19, "{largest}");
        }
    }

    /// Bounds a 2^28th of their size apart, whose middle lies between two binary fractions and is rounded to even: one end
    /// is then further away from it than the other, by a part in 2^23, the upper one or the lower one. The further
    /// one bounds the squares.
    #[test]
    fn squares_are_bounded_by_the_end_that_is_further_from_a_rounded_middle() {
        let unit = f64::EPSILON;
        for odd in [1.0, 3.0, -1.0, -3.0] {
            for lower in [1.0, 1.0 + unit, -1.5, -1.5 + unit] {
                let upper = lower + (2f64.powi(24) + odd) * unit;
                let lattice = Lattice::squares(clamp(lower, upper, Unreadable::Lower));
                let ends = [lower, upper].map(|end| lattice.point(end).unwrap());
                assert_ne!(ends[0], ends[1], "{lower} {odd}");
                assert_eq!([0, ends[0].max(ends[1])], [lattice.lower(), lattice.upper()], "{lower} {odd}");
            }
        }
    }

    /// What was taken away from each number is given back, and zero has no sign.
    #[test]
    fn a_total_is_read_as_the_number_that_it_stands_for() {
        for (lower, upper, middle) in [(2.0, 10.0, 6.0), (-7.0, -1.0, -4.0), (0.0, 1.0, 0.5)] {
            let clamp = clamp(lower, upper, Unreadable::Lower);
            for (lattice, offset) in [
                (Lattice::of(clamp), 0.0),
                (Lattice::centered(clamp), middle),
                (Lattice::squares(clamp), middle),
                (Lattice::ranks(clamp), lower),
            ] {
                assert!((lattice.offset() - offset).abs() < 1e-300, "{lattice:?}");
            }
            let centered = Lattice::centered(clamp);
            assert_eq!(centered.lower(), -centered.upper());
            for value in [lower, upper, middle] {
                let read =
                    to_f64(centered.point(value).unwrap().into()) * centered.step() + centered.offset();
                assert!((read - value).abs() < 1e-300, "{value} {read}");
            }
        }
        assert_eq!(to_f64(0).to_bits(), 0f64.to_bits());
        assert_eq!(to_f64(-1).to_bits(), (-1f64).to_bits());
        assert_eq!(to_f64(i128::MIN).to_bits(), (-2f64.powi(127)).to_bits());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn points_are_rounded_as_their_digits_say(
            values in proptest::collection::vec(prop_oneof![proptest::num::f64::ANY, -5.0..5.0], 1..40),
            (lower, width) in (-4.0..3.0, 0.001..7.0),
        ) {
            let lattice = Lattice::of(clamp(lower, lower + width, Unreadable::Lower));
            let exponent = 1023 - i32::try_from(lattice.scale.to_bits() >> 52).unwrap();
            for &value in &values {
                let twin = if value.is_nan() { lower } else { value.clamp(lower, lower + width) };
                prop_assert_eq!(lattice.point(value), Some(round(twin, exponent)));
            }
        }

        #[test]
        fn totals_of_every_cut_and_order_are_the_exact_sum(
            mut values in proptest::collection::vec(prop_oneof![proptest::num::f64::ANY, -9.0..9.0], 0..300),
            cut in 0usize..300,
            rule in proptest::sample::select(vec![
                Unreadable::Lower, Unreadable::Upper, Unreadable::Value(0.5), Unreadable::LeftOut,
            ]),
        ) {
            let clamp = clamp(-3.0, 7.0, rule);
            for lattice in [Lattice::of(clamp), Lattice::centered(clamp), Lattice::squares(clamp)] {
                let points: Vec<i64> = values.iter().filter_map(|&v| lattice.point(v)).collect();
                let twin = Total {
                    steps: points.iter().map(|&p| i128::from(p)).sum(),
                    rows: num::count(points.len()),
                };
                prop_assert!(points.iter().all(|p| (lattice.lower()..=lattice.upper()).contains(p)));
                prop_assert_eq!(lattice.total(&values), twin);
                let (a, b) = values.split_at(cut.min(values.len()));
                let (a, b) = (lattice.total(a), lattice.total(b));
                prop_assert_eq!(Total { steps: a.steps + b.steps, rows: a.rows + b.rows }, twin);
                values.reverse();
            }
        }
    }

    #[test]
    fn a_total_of_many_blocks_of_the_largest_points_is_exact() {
        let lattice = Lattice::of(clamp(-1.0, 1.0, Unreadable::Lower));
        let values = vec![f64::INFINITY; 3 * BLOCK + 1];
        assert_eq!(lattice.total(&values).steps, i128::from(lattice.upper()) * (3 * 65_536 + 1));
        let values = vec![-1e300; 3 * BLOCK + 1];
        assert_eq!(lattice.total(&values).steps, i128::from(lattice.lower()) * (3 * 65_536 + 1));
    }
}
