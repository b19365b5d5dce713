//! Weights that fall off exponentially, and coins that land on heads with such a weight, exactly.
//!
//! `exp(-d rate)` for whole numbers `d` and a rational rate, as the exponential mechanism and permute-and-flip need it.
//! A weight is bounded from both sides by two table lookups, in units of 2^-32, a few parts in 10^5 apart. Comparing
//! 32 random bits with the bounds decides a coin but for a few in 10^5, and those are decided by the weight itself,
//! computed to as many digits as it takes. See `docs/proofs/exponential_coins.md`.

use std::{fmt, sync::LazyLock};

use crate::{
    dp::noise::fixed::Fixed,
    error::Result,
    rng::{Source, Spare},
};

/// `exp(-d numerator / denominator)` for `d = 0, 1, 2, ...`
#[derive(Clone, Copy)]
pub(in crate::dp) struct Decay {
    numerator: u64,
    denominator: u128,
    /// `rate log2(e)`, at least 0.99999 of it and never more: `mantissa 2^-shift`.
    mantissa: u64,
    shift: u32,
    powers: &'static Powers,
}

/// A lower and an upper bound of a weight, in units of 2^-32. The upper one is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dp) struct Bounds {
    pub(in crate::dp) lower: u64,
    pub(in crate::dp) upper: u64,
}

impl Decay {
    /// The rate `numerator / denominator`, where the numerator is at least 1 and below 2^62 and the denominator is
    /// in `1..2^126`.
    pub(in crate::dp) fn new(numerator: u64, denominator: u128) -> Self {
        // numerator * log2(e) * 2^62 is below 2^126. Divide with as many further bits as make 64 of the quotient.
        let product = u128::from(numerator) * u128::from(LOG2_E);
        let (mut quotient, mut rest) = (product / denominator, product % denominator);
        let mut shift = 63;
        while quotient < 1 << 63 {
            rest *= 2;
            quotient = 2 * quotient + u128::from(rest >= denominator);
            rest %= denominator;
            shift += 1;
        }
        while quotient >> 64 > 0 {
            quotient /= 2;
            shift -= 1;
        }
        let mantissa = u64::try_from(quotient).unwrap_or(u64::MAX);
        // At a negative shift every weight but the first is far below 2^-32; a shift of zero is small enough.
        let shift = u32::try_from(shift).unwrap_or(0);
        Decay { numerator, denominator, mantissa, shift, powers: &POWERS }
    }

    /// Bounds of the weight of `d`.
    #[inline]
    pub(in crate::dp) fn bounds(&self, d: u64) -> Bounds {
        let upper = self.upper(d);
        Bounds { lower: upper.saturating_sub(upper >> 15).saturating_sub(2), upper }
    }

    /// The upper bound alone.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the parts of the exponent are cut out on purpose")]
    pub(in crate::dp) fn upper(&self, d: u64) -> u64 {
        // The exponent to the base 2, rounded down to a multiple of 2^-16.
        let product = u128::from(d) * u128::from(self.mantissa);
        let exponent = match self.shift.checked_sub(16) {
            Some(shift) => product.checked_shr(shift).unwrap_or(0),
            None => product,
        };
        let exponent = exponent.min(32 << 16) as usize;
        let Powers { coarse, fine } = self.powers;
        // Both factors are rounded up, in units of 2^-31 and 2^-32.
        let product = coarse[exponent >> 8 & 0xff] * fine[exponent & 0xff];
        (product >> 31 >> (exponent >> 16)) + 1
    }

    /// True with probability exactly `exp(-d rate)`.
    #[inline]
    pub(in crate::dp) fn coin<S: Source>(&self, d: u64, spare: &mut Spare, source: &mut S) -> Result<bool> {
        let bits = COIN_BITS.min(S::BITS);
        let draw = spare.take(bits, source)?;
        let Bounds { lower, upper } = self.bounds(d);
        if (draw + 1) << (32 - bits) <= lower {
            return Ok(true);
        }
        if draw << (32 - bits) >= upper {
            return Ok(false);
        }
        self.lies_below(draw, bits, (1, 1), d, source)
    }

    /// True with probability exactly `exp(-d rate) / (upper 2^-32)`, for the upper bound of `d`: what is left to decide
    /// when `d` was proposed with the upper bound in place of its weight.
    #[inline]
    pub(in crate::dp) fn keeps<S: Source>(&self, d: u64, spare: &mut Spare, source: &mut S) -> Result<bool> {
        let bits = COIN_BITS.min(S::BITS);
        let draw = spare.take(bits, source)?;
        let Bounds { lower, upper } = self.bounds(d);
        // The uniform number times `upper` is below `lower`.
        if (u128::from(draw + 1) * u128::from(upper)).div_ceil(1 << bits) <= u128::from(lower) {
            return Ok(true);
        }
        self.lies_below(draw, bits, (upper, 1 << 32), d, source)
    }

    /// Whether `U factors.0 < exp(-d rate) factors.1`, for the uniform number `U` whose first `known` binary digits
    /// are `draw`.
    #[cold]
    #[inline(never)]
    fn lies_below<S: Source>(
        &self,
        draw: u64,
        mut known: u32,
        factors: (u64, u64),
        d: u64,
        source: &mut S,
    ) -> Result<bool> {
        let mut digits = vec![draw << (64 - known)];
        loop {
            let places = digits.len() + 2;
            let weight = self.weight(d, places).times_whole(factors.1);
            let lower = Fixed::from_digits(&digits, places);
            let mut unit = vec![0; digits.len()];
            unit[digits.len() - 1] = 1 << ((64 - known % 64) % 64);
            let upper = lower.plus(&Fixed::from_digits(&unit, places));
            if upper.times_whole(factors.0).is_at_most(&weight) {
                return Ok(true);
            }
            if weight.is_at_most(&lower.times_whole(factors.0)) {
                return Ok(false);
            }
            if known.is_multiple_of(64) {
                digits.push(0);
            }
            let last = digits.len() - 1;
            // A digit of a source never lies across two words: the bits of both divide 64, but for the first draw.
            let room = 64 - known % 64;
            let taken = room.min(S::BITS);
            digits[last] |= (source.digit()? >> (S::BITS - taken)) << (room - taken);
            known += taken;
        }
    }

    fn weight(&self, d: u64, places: usize) -> Fixed {
        let exponent = u128::from(d) * u128::from(self.numerator);
        Fixed::exp_of_minus(exponent, self.denominator, places)
    }
}

/// Powers of 2 for `j` in 0..256, each rounded up.
struct Powers {
    /// `2^(-j/256)` in units of 2^-32.
    coarse: [u64; 256],
    /// `2^(-j/65536)` in units of 2^-31.
    fine: [u64; 256],
}

impl fmt::Debug for Decay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decay({}/{})", self.numerator, self.denominator)
    }
}

static POWERS: LazyLock<Powers> = LazyLock::new(|| {
    // Roots of 1/2 in units of 2^-126, each rounded up by at most 2; powers rounded up in units of 2^-63.
    let root = |halvings: u32| (0..halvings).fold(1u128 << 125, |root, _| (root.isqrt() + 1) << 63);
    let powers = |root: u128, unit_log2: u32| {
        let step = (root >> 63) + 1;
        let mut power = 1u128 << 63;
        std::array::from_fn(|_| {
            let rounded = (power >> (63 - unit_log2)) + 1;
            power = ((power * step) >> 63) + 1;
            u64::try_from(rounded).unwrap_or(u64::MAX)
        })
    };
    Powers { coarse: powers(root(8), 32), fine: powers(root(16), 31) }
});

/// Bits that a coin takes at first.
const COIN_BITS: u32 = 32;
/// `log2(e)` in units of 2^-63, rounded down.
const LOG2_E: u64 = 0xb8aa_3b29_5c17_f0bb;

#[cfg(test)]
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rng::given::{Given, enumerate};

    const RATES: [(u64, u128); 8] = [
        (1, 1),
        (1, 3),
        (7, 10),
        (64_000_000_000_000, 2_000_000_000_000),
        (1, 2_000_000_000_000),
        (123_456_789, 2_000_000_000_000 << 20),
        (1, 1 << 125),
        ((1 << 62) - 1, 1),
    ];

    #[test]
    fn the_constant_is_the_logarithm_rounded_down() {
        // exp(-1 / log2(e)) = 1/2: with a smaller constant it is less, with a larger one more.
        let half = Fixed::ratio(1, 2, 4);
        let below = Fixed::exp_of_minus(1 << 63, LOG2_E.into(), 4);
        let above = Fixed::exp_of_minus(1 << 63, u128::from(LOG2_E) + 1, 4);
        assert!(below.is_at_most(&half) && !half.is_at_most(&below));
        assert!(half.is_at_most(&above) && !above.is_at_most(&half));
    }

    #[test]
    fn rates_are_held_with_64_digits() {
        for (numerator, denominator) in RATES {
            let decay = Decay::new(numerator, denominator);
            assert_eq!(decay.mantissa >> 63, 1, "{numerator}/{denominator}");
            if decay.shift > 0 {
                let rate = numerator as f64 / denominator as f64 * std::f64::consts::LOG2_E;
                let held = decay.mantissa as f64 * 2f64.powi(-decay.shift.cast_signed());
                assert!((held / rate - 1.0).abs() < 1e-15, "{numerator}/{denominator}: {held} {rate}");
            }
        }
    }

    /// `exp(-1)` is 0.5e2d58d8 b3bcdf1a badec782 9054f90d ... to the base 16 (integer Taylor series, Python). The first 32 bits
    /// are those of a word that is shared; then a word gives 32, the left half, and the ones behind it 64 each.
    #[test]
    fn later_digits_decide_where_the_first_are_those_of_the_weight() {
        let first = 0x5e2d_58d8;
        let cases: [(&[u64], bool); 8] = [
            (&[first - 0x1_0000], true),
            (&[first + 0x1_0000], false),
            (&[first, 0xb3bc_df19_ffff_ffff], true),
            (&[first, 0xb3bc_df1b_0000_0000], false),
            (&[first, 0xb3bc_df1a_ffff_ffff, 0xbade_c782_9054_f90c], true),
            (&[first, 0xb3bc_df1a_0000_0000, 0xbade_c782_9054_f90e], false),
            (&[first, 0xb3bc_df1a_0000_0000, 0xbade_c782_9054_f90d, 0xda98_05aa_b56c_7732], true),
            (&[first, 0xb3bc_df1a_0000_0000, 0xbade_c782_9054_f90d, 0xda98_05aa_b56c_7734], false),
        ];
        let decay = Decay::new(1, 1);
        for (words, heads) in cases {
            let mut source = Given::<64>::new(words);
            let coin = decay.coin(1, &mut Spare::default(), &mut source);
            assert_eq!((coin.ok(), source.used), (Some(heads), words.len()), "{words:x?}");
        }
    }

    /// The bounds of 2 million distances, of every size, against the formula in binary fractions, whose relative
    /// error is below 10^-12.
    #[test]
    fn a_weight_lies_between_its_bounds_which_are_close() {
        for (numerator, denominator) in RATES {
            let decay = Decay::new(numerator, denominator);
            let mut state = 1u64;
            for i in 0..250_000u32 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let d = if i < 1000 { i.into() } else { state >> (i % 64) };
                let weight = (-(d as f64) * (numerator as f64 / denominator as f64)).exp() * 2f64.powi(32);
                let Bounds { lower, upper } = decay.bounds(d);
                let (lower, upper) = (lower as f64, upper as f64);
                assert!(lower <= weight + 1e-2, "{numerator}/{denominator} {d}: {lower} {weight}");
                assert!(weight <= upper + 1e-2, "{numerator}/{denominator} {d}: {weight} {upper}");
                assert!(
                    upper - lower <= weight * 5e-5 + 5.0,
                    "{numerator}/{denominator} {d}: {lower} {upper}"
                );
            }
            assert_eq!(decay.bounds(0).upper >> 32, 1);
        }
    }

    /// Every stream of up to 5 digits of 4 bits: the chance lies between that of the streams that came out true, and
    /// that plus those that were too short. With 4 bits the bounds decide rarely; the rest is decided by the weight.
    #[test]
    fn exponential_coins() {
        for (numerator, denominator) in &RATES[..4] {
            let decay = Decay::new(*numerator, *denominator);
            for d in 0..5u64 {
                let unit = 2f64.powi(-20);
                let check = |name: &str, exact: f64, (outcomes, unfinished): (BTreeMap<bool, u64>, u64)| {
                    let least = outcomes.get(&true).copied().unwrap_or(0) as f64 * unit;
                    let most = least + unfinished as f64 * unit;
                    assert!(unfinished <= 20, "{name} {numerator}/{denominator} {d}: {unfinished}");
                    assert!(
                        least <= exact + 1e-14 && exact <= most + 1e-14,
                        "{name} {d}: {least} {exact} {most}"
                    );
                };
                let weight = (-(d as f64) * *numerator as f64 / *denominator as f64).exp();
                check("coin", weight, enumerate::<4, _>(5, |s| decay.coin(d, &mut Spare::default(), s)));
                let kept = weight * 2f64.powi(32) / decay.upper(d) as f64;
                check("keeps", kept, enumerate::<4, _>(5, |s| decay.keeps(d, &mut Spare::default(), s)));
            }
        }
    }
}
