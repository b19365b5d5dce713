//! A uniform real number in [0, 1), known to as many digits as were asked for.
//!
//! Comparing two of them, or asking for the whole part of a multiple, draws further digits only when the known
//! ones do not decide: with one digit of 64 bits that is once in 2^64 comparisons. So the answers are those of
//! the real numbers, not of their first 64 bits. See `docs/proofs/discrete_laplace.md`, section 1.

use crate::{
    error::Result,
    rng::{Source, low_bits, scaled},
};

/// A uniform real number: its digits of `S::BITS` bits, most significant first.
pub(super) struct Real {
    first: u64,
    more: Vec<u64>,
}

impl Real {
    /// The number whose first digit is `first`.
    #[inline]
    pub(super) fn new(first: u64) -> Self {
        Real { first, more: Vec::new() }
    }

    /// Whether `self < other`. Equality has probability zero: digits are drawn until they differ.
    #[inline]
    pub(super) fn is_below<S: Source>(&mut self, other: &mut Real, source: &mut S) -> Result<bool> {
        if self.first != other.first {
            return Ok(self.first < other.first);
        }
        self.is_below_by_later_digits(other, source)
    }

    /// The whole part of `self * factor`, for a factor below the base.
    ///
    /// ```text
    ///   self * factor * base  =  high · base  +  low  +  rest,     0 ≤ rest < factor
    ///                            └───── first · factor ─────┘    └ from the later digits
    /// ```
    /// The whole part is `high`, or `high + 1` if `low + rest` carries; later digits are asked only
    /// while a carry is possible and not yet certain.
    #[inline]
    pub(super) fn floor_of_multiple<S: Source>(&mut self, factor: u64, source: &mut S) -> Result<u64> {
        let (high, low) = scaled(self.first, factor, S::BITS);
        if low <= low_bits(S::BITS) - factor {
            return Ok(high);
        }
        Ok(high + u64::from(self.carries(low, factor, source)?))
    }

    /// The same of the number whose first digit is `first`, which is not needed afterwards.
    #[inline]
    pub(super) fn floor_of_multiple_of<S: Source>(first: u64, factor: u64, source: &mut S) -> Result<u64> {
        let (high, low) = scaled(first, factor, S::BITS);
        if low <= low_bits(S::BITS) - factor {
            Ok(high)
        } else {
            Real::new(first).floor_of_multiple(factor, source)
        }
    }

    #[cold]
    fn is_below_by_later_digits<S: Source>(&mut self, other: &mut Real, source: &mut S) -> Result<bool> {
        for position in 0.. {
            let (mine, theirs) = (self.digit(position, source)?, other.digit(position, source)?);
            if mine != theirs {
                return Ok(mine < theirs);
            }
        }
        unreachable!("the range has no end")
    }

    #[cold]
    fn carries<S: Source>(&mut self, mut low: u64, factor: u64, source: &mut S) -> Result<bool> {
        let last = low_bits(S::BITS);
        for position in 0.. {
            if low <= last - factor {
                return Ok(false);
            }
            let (high, next_low) = scaled(self.digit(position, source)?, factor, S::BITS);
            match low.checked_add(high) {
                // All ones: the digits after these decide, by the same rule one digit later.
                Some(sum) if sum == last => low = next_low,
                Some(sum) if sum < last => return Ok(false),
                _ => return Ok(true),
            }
        }
        unreachable!("the range has no end")
    }

    fn digit<S: Source>(&mut self, position: usize, source: &mut S) -> Result<u64> {
        while self.more.len() <= position {
            self.more.push(source.digit()?);
        }
        Ok(self.more[position])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::given::{Given, enumerate};

    #[test]
    fn equal_first_digits_are_told_apart_by_later_ones_that_are_kept() {
        let (mut a, mut b) = (Real::new(7), Real::new(7));
        assert!(a.is_below(&mut b, &mut Given::<64>::new(&[5, 5, 1, 2])).unwrap());
        assert!(!b.is_below(&mut a, &mut Given::<64>::new(&[])).unwrap());
        let mut c = Real::new(7);
        assert!(c.is_below(&mut a, &mut Given::<64>::new(&[4])).unwrap());
    }

    #[test]
    fn the_whole_part_of_a_multiple_asks_for_digits_only_when_they_decide() {
        let ones = u64::MAX;
        // (first, later digits that may be asked, factor, whole part)
        let cases: [(u64, &[u64], u64, u64); 8] = [
            (0, &[], 10, 0),
            (1 << 63, &[], 10, 5),
            // 0.1 in binary goes on; ten times its first 64 digits is just below 1.
            (ones / 10, &[0], 10, 0),
            (ones / 10, &[ones], 10, 1),
            // 1/3 = 0.010101...: three times it is 0.1111..., undecided until a digit differs.
            (ones / 3, &[ones / 3, ones / 3, 0], 3, 0),
            (ones / 3, &[ones / 3, ones / 3, ones], 3, 1),
            (ones, &[0], 1, 0),
            (ones, &[ones, ones, 3], 7, 6),
        ];
        for (first, later, factor, whole) in cases {
            let result = Real::new(first).floor_of_multiple(factor, &mut Given::<64>::new(later)).unwrap();
            assert_eq!(result, whole, "{first} * {factor}");
            let result = Real::floor_of_multiple_of(first, factor, &mut Given::<64>::new(later)).unwrap();
            assert_eq!(result, whole, "{first} * {factor}, the digit alone");
        }
    }

    /// All streams of five digits in base 8, and of 15 in base 2: the whole part is that of the fraction
    /// wherever it was decided, and each is decided as early as that of its digits and of all ones agree.
    #[test]
    fn whole_parts_equal_those_of_exact_fractions() {
        fn all<const BITS: u32>(depth: usize) {
            for factor in 1..(1 << BITS) {
                let (outcomes, unfinished) = enumerate::<BITS, _>(depth, |source| {
                    let whole = Real::new(source.digit()?).floor_of_multiple(factor, source)?;
                    Ok(whole)
                });
                // floor(x factor) = k has probability 1/factor.
                let all = 1u64 << (BITS as usize * depth);
                for k in 0..factor {
                    let weight = outcomes.get(&k).copied().unwrap_or(0);
                    assert!(weight * factor <= all && all <= (weight + unfinished) * factor);
                }
                assert!(unfinished <= 2 * factor, "{factor}: {unfinished}");
            }
        }
        all::<3>(5);
        all::<1>(15);
        // Words from a small generator (not for privacy), against 128-bit arithmetic on 96 bits.
        let mut state = 1u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 32 << 32 | state >> 40
        };
        for _ in 0..10_000 {
            let (first, second, factor) = (word(), word(), (word() >> 34).max(1));
            let whole =
                Real::new(first).floor_of_multiple(factor, &mut Given::<64>::new(&[second, 0, 0])).unwrap();
            let exact = ((u128::from(first) << 32 | u128::from(second >> 32)) * u128::from(factor)) >> 96;
            assert_eq!(u128::from(whole), exact);
        }
    }
}
