//! Where samplers take their randomness from: digits, and bits kept from digits.

use crate::{error::Result, num::wide_product};

/// Independent, uniform digits in `0..2^BITS`.
///
/// Samplers are written for any number of bits. Releases use 64; the tests use 3 or 4 and feed every
/// possible stream, so that the probabilities of the very same code are known exactly.
pub(crate) trait Source {
    /// Bits of a digit, at most 64.
    const BITS: u32;

    /// The next digit.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    fn digit(&mut self) -> Result<u64>;

    /// A uniform draw from `0..bound`, where `1 <= bound <= 2^BITS`. Without bias, by rejection: \[Lem19\]
    /// Lemire, *Fast Random Integer Generation in an Interval*, ACM TOMACS 29(1), 2019, algorithm 5.
    #[inline]
    fn below(&mut self, bound: u64) -> Result<u64> {
        let (mut high, mut low) = scaled(self.digit()?, bound, Self::BITS);
        if low < bound {
            let reject_below = remainder_of_base(bound, Self::BITS);
            while low < reject_below {
                (high, low) = scaled(self.digit()?, bound, Self::BITS);
            }
        }
        Ok(high)
    }

    /// Moves a uniform sample of `size` items to the front (the first `size` steps of Fisher and Yates).
    #[cfg(feature = "dp")]
    fn to_front<T>(&mut self, items: &mut [T], size: usize) -> Result<()> {
        for place in 0..size {
            let offset = self.below(crate::num::count(items.len() - place))?;
            items.swap(place, place + usize::try_from(offset).unwrap_or(0));
        }
        Ok(())
    }
}

/// What is left of a digit from which single bits are taken.
#[cfg(feature = "dp")]
#[derive(Default)]
pub(crate) struct Spare {
    bits: u64,
    left: u32,
}

#[cfg(feature = "dp")]
impl Spare {
    /// The next `count` bits as a number, where `count` is at most `BITS`.
    #[inline]
    pub(crate) fn take<S: Source>(&mut self, count: u32, source: &mut S) -> Result<u64> {
        if self.left < count {
            self.bits = source.digit()?;
            self.left = S::BITS;
        }
        let taken = self.bits & low_bits(count);
        self.bits = self.bits.checked_shr(count).unwrap_or(0);
        self.left -= count;
        Ok(taken)
    }
}

/// The whole part of `digit * factor / 2^bits`, and the rest.
#[inline]
pub(crate) fn scaled(digit: u64, factor: u64, bits: u32) -> (u64, u64) {
    let (high, low) = wide_product(digit, factor);
    if bits == u64::BITS { (high, low) } else { (high << (64 - bits) | low >> bits, low & low_bits(bits)) }
}

/// `2^count - 1`, for `count` up to 64.
#[inline]
pub(crate) fn low_bits(count: u32) -> u64 {
    u64::MAX.checked_shr(64 - count).unwrap_or(0)
}

/// `2^bits mod bound`.
fn remainder_of_base(bound: u64, bits: u32) -> u64 {
    (low_bits(bits) % bound + 1) % bound
}

/// Sources for tests.
#[cfg(all(test, feature = "dp"))]
pub(crate) mod given {
    use super::Source;
    use crate::error::{Error, ErrorKind, Result};

    /// The given digits, then an error.
    pub(crate) struct Given<'d, const BITS: u32> {
        digits: &'d [u64],
        pub(crate) used: usize,
    }

    impl<'d, const BITS: u32> Given<'d, BITS> {
        pub(crate) fn new(digits: &'d [u64]) -> Self {
            Given { digits, used: 0 }
        }
    }

    impl<const BITS: u32> Source for Given<'_, BITS> {
        const BITS: u32 = BITS;

        fn digit(&mut self) -> Result<u64> {
            let digit = self.digits.get(self.used).copied();
            self.used += 1;
            digit.ok_or_else(|| Error::new(ErrorKind::Io, "no more digits"))
        }
    }

    /// What a draw does on every stream of `depth` digits: the outcomes with their exact probability in
    /// units of `2^(-BITS * depth)`, and the probability of streams that were too short.
    pub(crate) fn enumerate<const BITS: u32, T: Ord>(
        depth: usize,
        mut draw: impl FnMut(&mut Given<'_, BITS>) -> Result<T>,
    ) -> (std::collections::BTreeMap<T, u64>, u64) {
        let mut outcomes = std::collections::BTreeMap::new();
        let mut unfinished = 0;
        let mut digits = Vec::new();
        loop {
            let mut source = Given::<BITS>::new(&digits);
            match draw(&mut source) {
                Ok(outcome) => {
                    assert_eq!(source.used, digits.len(), "digits are drawn one by one");
                    *outcomes.entry(outcome).or_insert(0) += 1u64 << (BITS as usize * (depth - digits.len()));
                }
                Err(_) if digits.len() < depth => {
                    digits.push(0);
                    continue;
                }
                Err(_) => unfinished += 1,
            }
            // The next prefix in order.
            while digits.last() == Some(&((1 << BITS) - 1)) {
                digits.pop();
            }
            match digits.last_mut() {
                Some(last) => *last += 1,
                None => return (outcomes, unfinished),
            }
        }
    }
}

#[cfg(all(test, feature = "dp"))]
mod tests {
    use super::{given::enumerate, *};

    #[test]
    fn a_draw_below_a_bound_is_exactly_uniform() {
        for bound in 1..=16 {
            let (outcomes, unfinished) = enumerate::<4, _>(4, |source| source.below(bound));
            assert_eq!(outcomes.len() as u64, bound);
            let first = outcomes[&0];
            assert!(outcomes.values().all(|&weight| weight == first), "{bound}: {outcomes:?}");
            assert_eq!(first * bound + unfinished, 1 << 16);
            assert!(unfinished <= 1 << 12, "{bound}: {unfinished}");
        }
    }

    #[test]
    fn spare_bits_are_those_of_the_digits_each_once() {
        let mut source = given::Given::<64>::new(&[0xfedc_ba98_7654_3210, 7]);
        let mut spare = Spare::default();
        let taken: Vec<u64> = (0..15).map(|_| spare.take(4, &mut source).unwrap()).collect();
        assert_eq!(taken, (0..15).collect::<Vec<u64>>());
        // Four bits are left: five take a new digit.
        assert_eq!(spare.take(5, &mut source).unwrap(), 7);
        let mut source = given::Given::<64>::new(&[u64::MAX]);
        assert_eq!(Spare::default().take(64, &mut source).unwrap(), u64::MAX);
    }
}
