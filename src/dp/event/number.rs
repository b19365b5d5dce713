//! The numbers of events, checked once.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use crate::{
    dp::noise::Scale,
    error::{Error, Result},
};

/// A number in 1e-9 to 1e12: a noise multiplier, a standard deviation, a zCDP parameter.
///
/// # Examples
/// ```
/// use incog::dp::event::Positive;
/// assert_eq!(Positive::new("noise_multiplier", 1.1)?.value(), 1.1);
/// assert_eq!(
///     Positive::new("noise_multiplier", 0.0).unwrap_err().to_string(),
///     "noise_multiplier must be a number in 1e-9 to 1e12, got 0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Positive(f64);

/// A probability in 1e-15 to 1: a sampling rate, a chance to answer at random.
///
/// # Examples
/// ```
/// use incog::dp::event::Probability;
/// assert_eq!(Probability::new("sampling rate", 0.01)?.value(), 0.01);
/// assert_eq!(
///     Probability::new("sampling rate", 1.5).unwrap_err().to_string(),
///     "sampling rate must be a number in 1e-15 to 1, got 1.5",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(f64);

/// The scale of discrete noise as it was stated: an exact fraction, or a binary number.
///
/// # Examples
/// ```
/// use incog::dp::{event::StatedScale, noise::Scale};
/// let third = StatedScale::from(Scale::new(10, 3)?);
/// assert_eq!(third.to_string(), "10/3");
/// assert!(third.lower() < third.upper() && third.upper() - third.lower() < 1e-14);
/// assert_eq!(StatedScale::new(2.0)?, StatedScale::from(Scale::new(2, 1)?));
/// assert!(StatedScale::new(f64::NAN).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatedScale(Stated);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stated {
    Fraction(Scale),
    /// A number that is not a fraction of 64-bit integers in the range of [`Scale`].
    Number(Positive),
}

impl Positive {
    /// The number `value`; `name` is what errors call it.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ value ≤ 1e12`.
    pub fn new(name: &str, value: f64) -> Result<Self> {
        if (SMALLEST..=LARGEST).contains(&value) {
            return Ok(Positive(value));
        }
        Err(Error::event_number(name, "1e-9 to 1e12", value))
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// The number over one or two, exactly: it is far from the subnormal ones.
    pub(super) fn over(self, distance: u32) -> Self {
        Positive(self.0 / f64::from(distance))
    }
}

impl Probability {
    /// The probability `value`; `name` is what errors call it.
    ///
    /// # Errors
    /// `Parameter` unless `1e-15 ≤ value ≤ 1`.
    pub fn new(name: &str, value: f64) -> Result<Self> {
        if (RAREST..=1.0).contains(&value) {
            return Ok(Probability(value));
        }
        Err(Error::event_number(name, "1e-15 to 1", value))
    }

    /// The probability.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl StatedScale {
    /// The scale `value`, exactly.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ value ≤ 1e12`.
    pub fn new(value: f64) -> Result<Self> {
        let value = Positive::new("scale", value)?;
        // value = mantissa * 2^exponent, as IEEE 754 stores it; no value in range is subnormal.
        let bits = value.0.to_bits();
        let mantissa = (bits & MANTISSA) | (MANTISSA + 1);
        let twos = mantissa.trailing_zeros();
        let exponent = i64::try_from(bits >> 52).unwrap_or(0) - 1075 + i64::from(twos);
        let (odd, shift) = (mantissa >> twos, u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX));
        let power = 1u64.checked_shl(shift).unwrap_or(0);
        let fraction =
            if exponent < 0 { Scale::new(odd, power) } else { Scale::new(odd.saturating_mul(power), 1) };
        if let Ok(scale) = fraction {
            return Ok(StatedScale(Stated::Fraction(scale)));
        }
        Ok(StatedScale(Stated::Number(value)))
    }

    /// The largest binary number known to be at most the scale.
    #[must_use]
    pub fn lower(self) -> f64 {
        match self.0 {
            Stated::Fraction(scale) => quotient(scale).0,
            Stated::Number(value) => value.0,
        }
    }

    /// The smallest binary number known to be at least the scale.
    #[must_use]
    pub fn upper(self) -> f64 {
        match self.0 {
            Stated::Fraction(scale) => quotient(scale).1,
            Stated::Number(value) => value.0,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.contains('/') {
            return text.parse::<Scale>().map(StatedScale::from);
        }
        StatedScale::new(text.parse().map_err(|_| Error::malformed_event())?)
    }
}

impl From<Scale> for StatedScale {
    fn from(scale: Scale) -> Self {
        StatedScale(Stated::Fraction(scale))
    }
}

impl fmt::Display for Positive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for StatedScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Stated::Fraction(scale) => scale.fmt(f),
            Stated::Number(value) => value.fmt(f),
        }
    }
}

// Neither holds NaN or a negative zero, so bits are equal exactly when numbers are.
impl Eq for Positive {}
impl Eq for Probability {}

impl Hash for Positive {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl Hash for Probability {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// Binary numbers at or below and at or above the fraction.
fn quotient(scale: Scale) -> (f64, f64) {
    let (numerator, denominator) = (scale.numerator(), scale.denominator());
    let nearest = binary(numerator) / binary(denominator);
    if denominator.is_power_of_two() && numerator <= 2 * MANTISSA {
        return (nearest, nearest);
    }
    // Half an ulp each for the numerator and the quotient; the denominator is below 2^53.
    (nearest.next_down().next_down(), nearest.next_up().next_up())
}

/// The binary number nearest to `whole`; exact below 2^53.
fn binary(whole: u64) -> f64 {
    let (high, low) = (whole >> 32, whole & 0xffff_ffff);
    let part = |p: u64| f64::from(u32::try_from(p).unwrap_or(u32::MAX));
    part(high) * 4_294_967_296.0 + part(low)
}

/// Beyond 1e-9 and 1e12 nothing is protected, or nothing is left of the data.
const SMALLEST: f64 = 1e-9;
const LARGEST: f64 = 1e12;
/// A rate below says that nobody is sampled; squares of it are still far from underflow.
const RAREST: f64 = 1e-15;
/// 2^52 - 1: the stored bits of a mantissa.
const MANTISSA: u64 = (1 << 52) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stated_scale_lies_between_its_bounds(numerator in 1u64..1 << 61, denominator in 1u64..60_000_000_000_000) {
            let scale = StatedScale::from(Scale::new(numerator, denominator).unwrap());
            let (lower, upper) = (scale.lower(), scale.upper());
            prop_assert!(lower <= upper && upper - lower <= upper * 1e-15);
            // Exactly: m 2^e against n/d, for those bounds whose product with d fits 128 bits.
            let (mantissa, exponent) = parts(lower);
            if exponent < 0 && exponent > -60 {
                prop_assert!(u128::from(mantissa) * u128::from(denominator) <= u128::from(numerator) << -exponent);
            }
            let (mantissa, exponent) = parts(upper);
            if exponent < 0 && exponent > -60 {
                prop_assert!(u128::from(mantissa) * u128::from(denominator) >= u128::from(numerator) << -exponent);
            }
        }

        #[test]
        fn a_number_is_its_own_bounds(value in 1e-9f64..1e12) {
            let scale = StatedScale::new(value).unwrap();
            prop_assert_eq!(scale.lower().to_bits(), value.to_bits());
            prop_assert_eq!(scale.upper().to_bits(), value.to_bits());
            prop_assert_eq!(StatedScale::parse(&scale.to_string()).unwrap(), scale);
        }
    }

    #[test]
    fn a_whole_number_of_53_digits_is_its_own_bounds() {
        for (numerator, exact) in [(1, true), (2 * MANTISSA, true), (2 * MANTISSA + 3, false)] {
            let scale = StatedScale::from(Scale::new(numerator, 1).unwrap());
            assert_eq!(scale.lower().to_bits() == scale.upper().to_bits(), exact, "{numerator}");
        }
    }

    fn parts(value: f64) -> (u64, i32) {
        let bits = value.to_bits();
        ((bits & MANTISSA) | (MANTISSA + 1), i32::try_from(bits >> 52).unwrap() - 1075)
    }
}
