//! The parameters of one query as exact decimals: ε and ρ in units of 1e-12, δ in units of 1e-24.

use std::{fmt, str::FromStr};

use crate::{
    dp::{
        Rounding, amount,
        decimal::{self, Fault, Finer},
    },
    error::{Error, Result},
};

/// The ε of one query: an exact decimal in `0 < ε ≤ 64`, a multiple of 1e-12.
///
/// # Examples
/// ```
/// use incog::dp::Epsilon;
/// assert_eq!(Epsilon::parse("0.25")?.to_string(), "0.25");
/// assert_eq!(Epsilon::new(0.1)?, Epsilon::parse("0.1")?);
/// assert_eq!(Epsilon::new(0.0).unwrap_err().to_string(), "epsilon must be in 0 < ε ≤ 64, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Epsilon(u64);

/// The ρ of one query, for zero-concentrated differential privacy: an exact decimal in `0 < ρ ≤ 64`, a multiple of 1e-12.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Rho};
/// assert_eq!(Amount::from(Rho::parse("0.125")?).canonical(), "zcdp rho=0.125");
/// assert_eq!(Rho::new(0.0).unwrap_err().to_string(), "rho must be in 0 < ρ ≤ 64, got 0");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rho(u64);

/// A δ: an exact decimal in `0 ≤ δ < 1`, a multiple of 1e-24. Zero is pure differential privacy.
///
/// # Examples
/// ```
/// use incog::dp::Delta;
/// assert_eq!(Delta::parse("1e-6")?.to_string(), "0.000001");
/// assert_eq!(Delta::new(1.0).unwrap_err().to_string(), "delta must be in 0 ≤ δ < 1, got 1");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Delta(u128);

impl Epsilon {
    /// The decimal that is written shortest among those that read back as `value`, rounded up to 1e-12.
    ///
    /// # Errors
    /// `Parameter` unless `0 < value ≤ 64`.
    pub fn new(value: f64) -> Result<Self> {
        Epsilon::read(&value.to_string(), Finer::RoundUp)
    }

    /// The decimal that `text` writes, exactly.
    ///
    /// # Errors
    /// `Parameter` if `text` is no decimal number, has more than 12 decimals, or is not in `0 < ε ≤ 64`.
    pub fn parse(text: &str) -> Result<Self> {
        Epsilon::read(text, Finer::Refuse)
    }

    /// The same amount as a binary fraction: the nearest one.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        nearest(&self.to_string())
    }

    /// Parts that add up to the whole exactly and differ by at most 1e-12, the larger ones first.
    pub(super) fn split(self, parts: u32) -> Result<Vec<Epsilon>> {
        let parts = u64::from(parts);
        let (each, rest) = (self.0 / parts, self.0 % parts);
        if each == 0 {
            return Err(Error::epsilon_not_divisible(parts));
        }
        Ok((0..parts).map(|part| Epsilon(each + u64::from(part < rest))).collect())
    }

    /// The amount in units of 1e-12.
    pub(super) fn units(self) -> u64 {
        self.0
    }

    /// Of units of 1e-12; nothing if it is out of range.
    pub(super) fn from_units(units: u64) -> Option<Self> {
        (0 < units && units <= EPSILON_MAX).then_some(Epsilon(units))
    }

    /// The value of a binary fraction, rounded to the unit; nothing if it is out of range.
    pub(super) fn rounded(value: f64, rounding: Rounding) -> Option<Self> {
        let units = amount::units(value, EPSILON_DECIMALS, rounding)?;
        Epsilon::from_units(u64::try_from(units).ok()?)
    }

    fn read(text: &str, finer: Finer) -> Result<Self> {
        match decimal::parse(text, EPSILON_DECIMALS, finer).map(u64::try_from) {
            Ok(Ok(units)) if 0 < units && units <= EPSILON_MAX => Ok(Epsilon(units)),
            Err(Fault::TooFine) => Err(Error::too_many_decimals("epsilon", text, EPSILON_DECIMALS)),
            _ => Err(Error::epsilon_range(text)),
        }
    }
}

impl Rho {
    /// The decimal that is written shortest among those that read back as `value`, rounded up to 1e-12.
    ///
    /// # Errors
    /// `Parameter` unless `0 < value ≤ 64`.
    pub fn new(value: f64) -> Result<Self> {
        Rho::read(&value.to_string(), Finer::RoundUp)
    }

    /// The decimal that `text` writes, exactly.
    ///
    /// # Errors
    /// `Parameter` if `text` is no decimal number, has more than 12 decimals, or is not in `0 < ρ ≤ 64`.
    pub fn parse(text: &str) -> Result<Self> {
        Rho::read(text, Finer::Refuse)
    }

    /// The same amount as a binary fraction: the nearest one.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        nearest(&self.to_string())
    }

    /// Parts that add up to the whole exactly and differ by at most 1e-12, the larger ones first.
    pub(super) fn split(self, parts: u32) -> Result<Vec<Rho>> {
        Ok(Epsilon(self.0).split(parts)?.into_iter().map(|part| Rho(part.0)).collect())
    }

    /// The amount in units of 1e-12.
    pub(super) fn units(self) -> u64 {
        self.0
    }

    /// Of units of 1e-12; nothing if it is out of range.
    pub(super) fn from_units(units: u64) -> Option<Self> {
        Epsilon::from_units(units).map(|same| Rho(same.0))
    }

    /// The largest ε with `ε²/2 <= ρ`, up to 64.
    pub(super) fn pure(self) -> Epsilon {
        self.root(2)
    }

    /// The largest ε with `ε²/8 <= ρ`, up to 64.
    pub(super) fn bounded_range(self) -> Epsilon {
        self.root(8)
    }

    /// The largest ε with `ε² <= factor * ρ`, in units: `ε² / 10^24 <= factor * ρ / 10^12`.
    fn root(self, factor: u128) -> Epsilon {
        let square = factor * u128::from(self.0) * 1_000_000_000_000;
        let root = u64::try_from(square.isqrt()).unwrap_or(u64::MAX).min(EPSILON_MAX);
        // At least 10^6 units, since ρ has at least one.
        Epsilon(root)
    }

    fn read(text: &str, finer: Finer) -> Result<Self> {
        match decimal::parse(text, EPSILON_DECIMALS, finer).map(u64::try_from) {
            Ok(Ok(units)) if 0 < units && units <= EPSILON_MAX => Ok(Rho(units)),
            Err(Fault::TooFine) => Err(Error::too_many_decimals("rho", text, EPSILON_DECIMALS)),
            _ => Err(Error::rho_range(text)),
        }
    }
}

impl Delta {
    /// The decimal that is written shortest among those that read back as `value`, rounded up to 1e-24.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ value < 1`.
    pub fn new(value: f64) -> Result<Self> {
        Delta::read(&value.to_string(), Finer::RoundUp)
    }

    /// The decimal that `text` writes, exactly.
    ///
    /// # Errors
    /// `Parameter` if `text` is no decimal number, has more than 24 decimals, or is not in `0 ≤ δ < 1`.
    pub fn parse(text: &str) -> Result<Self> {
        Delta::read(text, Finer::Refuse)
    }

    /// The same amount as a binary fraction: the nearest one.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        nearest(&self.to_string())
    }

    /// The amount in units of 1e-24.
    pub(super) fn units(self) -> u128 {
        self.0
    }

    /// Of units of 1e-24, fewer than make one.
    pub(super) fn from_units(units: u128) -> Self {
        Delta(units)
    }

    pub(super) fn read(text: &str, finer: Finer) -> Result<Self> {
        match decimal::parse(text, DELTA_DECIMALS, finer) {
            Ok(units) if units < DELTA_ONE => Ok(Delta(units)),
            Err(Fault::TooFine) => Err(Error::too_many_decimals("delta", text, DELTA_DECIMALS)),
            _ => Err(Error::delta_range(text)),
        }
    }
}

impl fmt::Display for Epsilon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::format(u128::from(self.0), EPSILON_DECIMALS))
    }
}

impl fmt::Display for Rho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::format(u128::from(self.0), EPSILON_DECIMALS))
    }
}

impl fmt::Display for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::format(self.0, DELTA_DECIMALS))
    }
}

impl FromStr for Epsilon {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Epsilon::parse(text)
    }
}

impl FromStr for Delta {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Delta::parse(text)
    }
}

impl TryFrom<String> for Epsilon {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Epsilon::parse(&text)
    }
}

impl TryFrom<String> for Delta {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Delta::parse(&text)
    }
}

impl From<Epsilon> for String {
    fn from(epsilon: Epsilon) -> Self {
        epsilon.to_string()
    }
}

impl From<Delta> for String {
    fn from(delta: Delta) -> Self {
        delta.to_string()
    }
}

/// The nearest binary fraction of plain decimal text that this file wrote.
fn nearest(text: &str) -> f64 {
    text.parse().expect("plain decimal text is a number")
}

/// ε and ρ are held in units of 1e-12.
pub(super) const EPSILON_DECIMALS: u32 = 12;
/// δ is held in units of 1e-24.
pub(super) const DELTA_DECIMALS: u32 = 24;
/// 64: beyond it the likelihood of an output may differ by e^64, which protects nobody.
const EPSILON_MAX: u64 = 64_000_000_000_000;
/// δ = 1.
pub(super) const DELTA_ONE: u128 = 1_000_000_000_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "0.000000000001";
    const DELTA_UNIT: &str = "0.000000000000000000000001";

    fn epsilon(text: &str) -> Epsilon {
        Epsilon::parse(text).unwrap()
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it_where_the_documentation_says_so() {
        for (text, fits) in [("0", false), (UNIT, true), ("64", true), ("64.000000000001", false)] {
            assert_eq!(Epsilon::parse(text).is_ok(), fits, "epsilon {text}");
            assert_eq!(Rho::parse(text).is_ok(), fits, "rho {text}");
        }
        for (units, fits) in [(0, false), (1, true), (EPSILON_MAX, true), (EPSILON_MAX + 1, false)] {
            assert_eq!(Epsilon::from_units(units).map(Epsilon::units), fits.then_some(units));
            assert_eq!(Rho::from_units(units).map(Rho::units), fits.then_some(units));
        }
        let almost_one = "0.999999999999999999999999";
        for (text, fits) in [("0", true), (DELTA_UNIT, true), (almost_one, true), ("1", false)] {
            assert_eq!(Delta::parse(text).is_ok(), fits, "delta {text}");
        }
    }

    #[test]
    fn a_text_that_is_too_fine_is_refused_and_the_error_says_how_fine_it_may_be() {
        let errors = [
            Epsilon::parse("1e-13").unwrap_err(),
            Rho::parse("1e-13").unwrap_err(),
            Delta::parse("1e-25").unwrap_err(),
        ];
        for (error, most) in errors.into_iter().zip(["12", "12", "24"]) {
            assert!(error.to_string().contains(&format!("{most} decimals")), "{error}");
        }
    }

    #[test]
    fn a_parameter_from_a_number_is_rounded_up() {
        assert_eq!(Epsilon::new(1e-20).unwrap(), epsilon(UNIT));
        assert_eq!(Epsilon::new(0.1).unwrap(), epsilon("0.1"));
        assert_eq!(Rho::new(1e-20).unwrap(), Rho::parse(UNIT).unwrap());
        assert_eq!(Delta::new(1e-30).unwrap(), Delta::parse(DELTA_UNIT).unwrap());
        assert_eq!(Epsilon::rounded(1.5e-12, Rounding::Up).map(Epsilon::units), Some(2));
        assert_eq!(Epsilon::rounded(1.5e-12, Rounding::Down).map(Epsilon::units), Some(1));
        assert_eq!(Epsilon::rounded(64.5, Rounding::Down), None);
        assert_eq!(Epsilon::rounded(0.5e-12, Rounding::Down), None);
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_and_as_its_number() {
        let (whole, small) = (epsilon("12.5"), Delta::parse("0.03125").unwrap());
        let rho = Rho::parse("12.5").unwrap();
        assert_eq!((whole.to_f64(), rho.to_f64(), small.to_f64()), (12.5, 12.5, 0.03125));
        assert_eq!(
            (whole.to_string(), rho.to_string(), small.to_string()),
            ("12.5".into(), "12.5".into(), "0.03125".into())
        );
        assert_eq!(("12.5".parse::<Epsilon>().unwrap(), "0.03125".parse::<Delta>().unwrap()), (whole, small));
        assert_eq!(Epsilon::try_from("12.5".to_owned()).unwrap(), whole);
        assert_eq!(Delta::try_from("0.03125".to_owned()).unwrap(), small);
        assert_eq!((String::from(whole), String::from(small)), ("12.5".into(), "0.03125".into()));
        assert_eq!(Delta::from_units(small.units()), small);
    }

    #[test]
    fn shares_add_up_exactly_and_differ_by_one_unit_the_larger_ones_first() {
        for (units, shares) in [(10, 3), (10, 10), (11, 10), (1, 1), (9, 2)] {
            let epsilons = Epsilon(units).split(shares).unwrap();
            let found: Vec<_> = epsilons.into_iter().map(Epsilon::units).collect();
            assert_eq!(found.iter().sum::<u64>(), units);
            assert!(found.is_sorted_by(|a, b| a >= b), "{found:?}");
            assert!(found[0] - found[found.len() - 1] <= 1, "{found:?}");
            let rhos = Rho(units).split(shares).unwrap();
            assert_eq!(rhos.into_iter().map(Rho::units).collect::<Vec<_>>(), found);
        }
        assert!(Epsilon(10).split(11).is_err() && Rho(10).split(11).is_err());
    }

    /// ε in units e, ρ in units r: ε² ≤ factor ρ is e² ≤ factor r 10^12.
    #[test]
    fn a_rho_pays_for_the_largest_epsilon_of_its_theorem() {
        for units in [1, 2, 3, 999, 125_000_000_000, 1_000_000_000_001, 63_999_999_999_999, EPSILON_MAX] {
            let rho = Rho::from_units(units).unwrap();
            for (epsilon, factor) in [(rho.pure(), 2), (rho.bounded_range(), 8)] {
                let square = |units: u64| u128::from(units) * u128::from(units);
                let limit = factor * u128::from(units) * 1_000_000_000_000;
                assert!(square(epsilon.units()) <= limit, "{units} {factor}");
                assert!(
                    square(epsilon.units() + 1) > limit || epsilon.units() == EPSILON_MAX,
                    "{units} {factor}"
                );
            }
        }
    }
}
