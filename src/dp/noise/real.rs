//! A uniform real number in [0, 1), known to as many bits as were asked for.
//!
//! Comparing two of them, or asking for the whole part of a multiple, draws further bits only when the known
//! ones do not decide: with 64 known bits that is once in 2^64 comparisons. So the answers are those of the
//! real numbers, not of their first 64 bits. See `docs/proofs/discrete_laplace.md`, section 1.

use crate::error::Result;

/// A uniform real number. Its words are its binary digits, most significant first.
pub(super) struct Real {
    first: u64,
    more: Vec<u64>,
}

impl Real {
    /// The number whose first 64 binary digits are `first`.
    pub(super) fn new(first: u64) -> Self {
        Real { first, more: Vec::new() }
    }

    /// Whether `self < other`. Equality has probability zero: digits are drawn until they differ.
    #[inline]
    pub(super) fn is_below(
        &mut self,
        other: &mut Real,
        next: &mut impl FnMut() -> Result<u64>,
    ) -> Result<bool> {
        if self.first != other.first {
            return Ok(self.first < other.first);
        }
        self.is_below_by_later_digits(other, next)
    }

    /// The whole part of `self * factor`.
    ///
    /// ```text
    ///   self * factor * 2^64  =  high · 2^64  +  low  +  rest,     0 ≤ rest < factor
    ///                            └────── first · factor ──────┘    └ from the later digits
    /// ```
    /// The whole part is `high`, or `high + 1` if `low + rest` carries; later digits are asked only
    /// while a carry is possible and not yet certain.
    #[inline]
    pub(super) fn floor_of_multiple(
        &mut self,
        factor: u64,
        next: &mut impl FnMut() -> Result<u64>,
    ) -> Result<u64> {
        let (high, low) = product(self.first, factor);
        if low <= u64::MAX - factor {
            return Ok(high);
        }
        Ok(high + u64::from(self.carries(low, factor, next)?))
    }

    #[cold]
    fn is_below_by_later_digits(
        &mut self,
        other: &mut Real,
        next: &mut impl FnMut() -> Result<u64>,
    ) -> Result<bool> {
        for position in 0.. {
            let (mine, theirs) = (self.digits(position, next)?, other.digits(position, next)?);
            if mine != theirs {
                return Ok(mine < theirs);
            }
        }
        unreachable!("the range has no end")
    }

    fn carries(&mut self, mut low: u64, factor: u64, next: &mut impl FnMut() -> Result<u64>) -> Result<bool> {
        for position in 0.. {
            if low <= u64::MAX - factor {
                return Ok(false);
            }
            let (high, next_low) = product(self.digits(position, next)?, factor);
            match low.checked_add(high) {
                None => return Ok(true),
                // All ones: the digits after these decide, by the same rule one word later.
                Some(u64::MAX) => low = next_low,
                Some(_) => return Ok(false),
            }
        }
        unreachable!("the range has no end")
    }

    fn digits(&mut self, position: usize, next: &mut impl FnMut() -> Result<u64>) -> Result<u64> {
        while self.more.len() <= position {
            self.more.push(next()?);
        }
        Ok(self.more[position])
    }
}

/// High and low word of a product.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "splits 128 bits into two words, losing none")]
fn product(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `words`, and fails the test when one more is asked for.
    fn stream(words: &[u64]) -> impl FnMut() -> Result<u64> {
        let mut words = words.iter().copied();
        move || Ok(words.next().expect("asked for more digits than the answer needs"))
    }

    #[test]
    fn equal_first_digits_are_told_apart_by_later_ones_that_are_kept() {
        let (mut a, mut b) = (Real::new(7), Real::new(7));
        assert!(a.is_below(&mut b, &mut stream(&[5, 5, 1, 2])).unwrap());
        assert!(!b.is_below(&mut a, &mut stream(&[])).unwrap());
        let mut c = Real::new(7);
        assert!(c.is_below(&mut a, &mut stream(&[4])).unwrap());
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
            let result = Real::new(first).floor_of_multiple(factor, &mut stream(later)).unwrap();
            assert_eq!(result, whole, "{first} * {factor}");
        }
    }

    #[test]
    fn whole_parts_equal_those_of_exact_fractions() {
        // Words from a small generator (not for privacy), checked against 128-bit arithmetic on 96 bits.
        let mut state = 1u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 32 << 32 | state >> 40
        };
        for _ in 0..10_000 {
            let (first, second, factor) = (word(), word(), word() >> 34);
            let mut real = Real::new(first);
            let whole = real.floor_of_multiple(factor.max(1), &mut stream(&[second, 0, 0])).unwrap();
            let exact =
                ((u128::from(first) << 32 | u128::from(second >> 32)) * u128::from(factor.max(1))) >> 96;
            assert_eq!(u128::from(whole), exact);
        }
    }
}
