//! The scale of a noise distribution: an exact fraction.

use std::{fmt, str::FromStr};

use crate::{
    dp::Epsilon,
    error::{Error, Result},
};

/// A noise scale `numerator / denominator`, in lattice steps and in lowest terms.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, noise::Scale};
/// let scale = Scale::for_sensitivity(1, Epsilon::parse("0.3")?)?;
/// assert_eq!(scale.to_string(), "10/3");
/// assert_eq!(
///     Scale::new(0, 1).unwrap_err().to_string(),
///     "a noise scale must be in 1/64000000000000 to 2^61, got 0/1; change epsilon or the bounds",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Scale {
    numerator: u64,
    denominator: u64,
}

impl Scale {
    /// The scale `numerator / denominator`.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ denominator ≤ 6.4e13`, `1 ≤ numerator ≤ 2^62` and the quotient is at most
    /// 2^61.
    pub fn new(numerator: u64, denominator: u64) -> Result<Self> {
        let in_range = (1..=NUMERATOR_MAX).contains(&numerator)
            && (1..=DENOMINATOR_MAX).contains(&denominator)
            && numerator.div_ceil(denominator) <= SCALE_MAX;
        if !in_range {
            return Err(Error::scale_range(format_args!("{numerator}/{denominator}")));
        }
        let divisor = common_divisor(u128::from(numerator), u128::from(denominator));
        let divisor = u64::try_from(divisor).unwrap_or(1);
        Ok(Scale { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The scale that makes a vector with this L1 sensitivity ε-differentially private under discrete
    /// Laplace noise.
    ///
    /// The only place where a sensitivity and an ε become a scale.
    ///
    /// # Guarantee
    /// For all sensitivities and ε, the result is at least `sensitivity / ε`, exceeds it by less than
    /// one part in 2^60, and equals it whenever its lowest terms fit 62 bits.
    ///
    /// # Errors
    /// `Parameter` if the sensitivity is zero or the scale would exceed 2^61.
    pub fn for_sensitivity(sensitivity: u64, epsilon: Epsilon) -> Result<Self> {
        let refuse = || Error::scale_range(format_args!("{sensitivity}/{epsilon}"));
        // sensitivity / (units * 1e-12)
        let (numerator, denominator) = (u128::from(sensitivity) * UNITS_PER_ONE, u128::from(epsilon.units()));
        let divisor = common_divisor(numerator, denominator);
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        if let (Ok(n), Ok(d)) = (u64::try_from(numerator), u64::try_from(denominator))
            && n <= NUMERATOR_MAX
        {
            return Scale::new(n, d);
        }
        // Lowest terms do not fit. Long division in base two to 61 or 62 significant bits, then up.
        let (mut quotient, mut rest) = (numerator / denominator, numerator % denominator);
        let mut power: u64 = 1;
        if quotient > u128::from(SCALE_MAX) {
            return Err(refuse());
        }
        while quotient < u128::from(NUMERATOR_MAX / 2) {
            rest *= 2;
            quotient = 2 * quotient + u128::from(rest >= denominator);
            rest %= denominator;
            power *= 2;
        }
        let numerator = quotient + u128::from(rest > 0);
        Scale::new(u64::try_from(numerator).map_err(|_| refuse())?, power)
    }

    /// The numerator in lowest terms.
    #[must_use]
    pub fn numerator(self) -> u64 {
        self.numerator
    }

    /// The denominator in lowest terms.
    #[must_use]
    pub fn denominator(self) -> u64 {
        self.denominator
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Scale {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        match (numerator.parse(), denominator.parse()) {
            (Ok(numerator), Ok(denominator)) => Scale::new(numerator, denominator),
            _ => Err(Error::scale_range(text)),
        }
    }
}

impl TryFrom<String> for Scale {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Scale> for String {
    fn from(scale: Scale) -> Self {
        scale.to_string()
    }
}

fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// ε is held in units of 1e-12.
const UNITS_PER_ONE: u128 = 1_000_000_000_000;
/// 2^62: a uniform draw below the numerator is one 64-bit product.
const NUMERATOR_MAX: u64 = 1 << 62;
/// The units of ε = 64, the largest.
const DENOMINATOR_MAX: u64 = 64_000_000_000_000;
/// 2^61 lattice steps. Beyond it no answer is of use.
const SCALE_MAX: u64 = 1 << 61;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_scale_is_at_least_sensitivity_over_epsilon(
            sensitivity in 1u64..1 << 61,
            units in 1u64..=64_000_000_000_000,
        ) {
            let epsilon = Epsilon::parse(&format!("{units}e-12")).unwrap();
            let Ok(scale) = Scale::for_sensitivity(sensitivity, epsilon) else {
                prop_assert!(u128::from(sensitivity) * UNITS_PER_ONE / u128::from(units) > 1 << 60);
                return Ok(());
            };
            // n/d >= s·10^12/units, compared by long division to stay within 128 bits.
            let (n, d) = (u128::from(scale.numerator), u128::from(scale.denominator));
            let (s, u) = (u128::from(sensitivity) * UNITS_PER_ONE, u128::from(units));
            // And not by one part in 2^60 above it: n·u and s·d are nearly equal, and both below 2^109.
            prop_assert!(n * u >= s * d && n * u - s * d <= (s * d) >> 60);
            let (mut a, mut b) = ((n, d), (s, u));
            let mut difference = 0i128;
            for _ in 0..61 {
                prop_assert!(difference >= 0);
                if difference > 1 { return Ok(()); }
                let (qa, qb) = (a.0 / a.1, b.0 / b.1);
                difference = difference * 2 + i128::try_from(qa).unwrap() - i128::try_from(qb).unwrap();
                a.0 = a.0 % a.1 * 2;
                b.0 = b.0 % b.1 * 2;
            }
            prop_assert!(difference >= 0);
        }
    }

    #[test]
    fn exact_fractions_stay_exact_and_large_ones_round_up() {
        let scale = |s, e: &str| Scale::for_sensitivity(s, Epsilon::parse(e).unwrap()).unwrap().to_string();
        assert_eq!(scale(1, "1"), "1/1");
        assert_eq!(scale(1, "3"), "1/3");
        assert_eq!(String::from(Scale::new(2, 6).unwrap()), "1/3");
        assert_eq!(scale(3, "0.7"), "30/7");
        // 2^50 / 0.999999999999: lowest terms need 85 bits.
        let rounded: Scale = scale(1 << 50, "0.999999999999").parse().unwrap();
        let (n, d) = (u128::from(rounded.numerator()), u128::from(rounded.denominator()));
        let exact = (u128::from(1u64 << 50) * UNITS_PER_ONE, 999_999_999_999u128);
        assert!(n * exact.1 >= exact.0 * d && (n - 1) * exact.1 < exact.0 * d);
        // 2^50 / (3 · 5^12 · 1e-12) is 2^62 / 3: the largest numerator that fits.
        assert_eq!(scale(1 << 50, "0.000732421875"), format!("{}/3", 1u64 << 62));
        // The quotient's leading digits in base two are a one and sixty zeros: not one digit too many is worked out.
        assert_eq!(scale(9_652_158_129, "0.008778586679"), format!("{}/{}", (1u64 << 61) + 1, 1 << 21));
        assert!(Scale::for_sensitivity(1 << 61, Epsilon::parse("0.1").unwrap()).is_err());
        assert!(Scale::for_sensitivity(0, Epsilon::parse("1").unwrap()).is_err());
    }
}
