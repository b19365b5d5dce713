//! Chances that are multiples of 2^-64, and many coins of one chance at once.

use crate::{dp::Epsilon, dp::noise::fixed::Fixed, error::Result, rng::Source};

/// A probability in multiples of 2^-64, below 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::dp) struct Chance(u64);

impl Chance {
    /// The least such probability that is at least `factor E / (1 + more E)`, for `E = exp(-ε)` and numbers below 2^33; none
    /// if that is too close to 1.
    ///
    /// # Guarantee
    /// For all ε and factors, the result is at least the quotient, and less than 2^-63 above it.
    pub(in crate::dp) fn of_exponential(factor: u64, more: u64, epsilon: Epsilon) -> Option<Self> {
        let places = 4;
        let weight = Fixed::exp_of_minus(epsilon.units().into(), UNITS_PER_ONE, places);
        // All of it over 2^34, so that products stay below 1.
        let wanted = weight.times_whole(factor).over(1 << 34);
        let whole = Fixed::whole(1, places).plus(&weight.times_whole(more)).over(1 << 34);
        let is_enough = |chance: u64| wanted.is_at_most(&whole.times(&Fixed::from_digits(&[chance], places)));
        // The least chance that is enough: as long as the one below is not, set bits from the left.
        let too_little =
            (0..64).rev().fold(
                0,
                |chance: u64, bit| {
                    if is_enough(chance | 1 << bit) { chance } else { chance | 1 << bit }
                },
            );
        let chance = if is_enough(0) { 0 } else { too_little.checked_add(1)? };
        Some(Chance(chance))
    }

    /// The probability in units of 2^-64.
    pub(in crate::dp) fn units(self) -> u64 {
        self.0
    }

    /// `S::BITS` independent coins, each one with exactly this probability.
    ///
    /// Each lane compares the digits of its own uniform number with those of the chance, all lanes at once, until the last
    /// one differs: about eight digits for 64 lanes.
    #[inline]
    pub(in crate::dp) fn coins<S: Source>(self, source: &mut S) -> Result<u64> {
        let (mut open, mut below) = (u64::MAX, 0);
        if S::BITS < 64 {
            open >>= 64 - S::BITS;
        }
        let mut chance = self.0;
        // Behind the last one of the chance no lane can fall below it any more.
        while open != 0 && chance != 0 {
            let digits = source.digit()?;
            if chance >> 63 == 1 {
                below |= open & !digits;
                open &= digits;
            } else {
                open &= !digits;
            }
            chance <<= 1;
        }
        Ok(below)
    }
}

/// ε is held in units of 1e-12.
const UNITS_PER_ONE: u128 = 1_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::given::enumerate;

    #[test]
    fn a_chance_is_rounded_up_by_less_than_two_units() {
        // (ε, factor, more, chance in units): ceil(2^64 factor exp(-ε) / (1 + more exp(-ε))), by a program of its own
        // (integer arithmetic with 60 digits, Python).
        let cases = [
            ("1", 1, 1, 4_961_093_570_831_980_854u64),
            ("1", 2, 1, 9_922_187_141_663_961_708),
            ("0.1", 1, 1, 8_762_587_358_261_559_785),
            ("0.000001", 1, 1, 9_223_367_425_168_757_381),
            ("3", 1000, 999, 18_101_271_586_488_968_594),
            ("64", 1, 1, 1),
        ];
        for (epsilon, factor, more, units) in cases {
            let chance = Chance::of_exponential(factor, more, Epsilon::parse(epsilon).unwrap()).unwrap();
            assert_eq!(chance.units(), units, "{epsilon} {factor} {more}");
        }
        let tiny = Epsilon::parse("0.000000000001").unwrap();
        assert!(Chance::of_exponential(1 << 32, (1 << 32) - 1, tiny).is_none());
        assert!(Chance::of_exponential(2, 1, tiny).is_some());
    }

    /// Every stream of up to 6 digits of 3 bits: each of the three lanes is on with the chance to within the streams that
    /// were too short, and all eight combinations are as likely as independent lanes make them.
    #[test]
    fn coins_of_one_chance() {
        for chance in [Chance(0), Chance(1 << 63), Chance(3 << 61), Chance(5 << 60), Chance(u64::MAX)] {
            let (outcomes, unfinished) = enumerate::<3, _>(6, |source| chance.coins(source));
            let all = 2f64.powi(18);
            let p = chance.units().to_string().parse::<f64>().unwrap() / 2f64.powi(64);
            for lanes in 0..8u64 {
                let on = lanes.count_ones().cast_signed();
                let exact = p.powi(on) * (1.0 - p).powi(3 - on);
                let count = |n: u64| n.to_string().parse::<f64>().unwrap() / all;
                let least = count(outcomes.get(&lanes).copied().unwrap_or(0));
                let most = least + count(unfinished);
                assert!(
                    least <= exact + 1e-12 && exact <= most + 1e-12,
                    "{chance:?} {lanes}: {least} {exact} {most}"
                );
            }
            assert!(unfinished < 1 << 14, "{chance:?} {unfinished}");
        }
    }
}
