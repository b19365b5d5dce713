//! Amounts of one currency as exact integers: what something costs, what may be spent, what is left.

mod text;

use std::array;

use crate::{
    dp::{Budget, Currency, Epsilon, RDP_ORDERS, Rho},
    error::{Error, Result},
};

/// An amount in one [`Currency`].
///
/// ε, ρ, μ² and Rényi divergences are held in units of 1e-12 up to one million, δ in units of 1e-24 below one. So
/// sums are exact, and no order and no number of charges changes them. A part may also be unlimited: at an order of
/// `rdp` a cost for which no bound is known there, or a budget that does not look at that order.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Budget, Currency, Rounding};
/// let budget = Amount::parse("zcdp rho=0.5")?;
/// let cost = Amount::zcdp(0.125, Rounding::Up)?;
/// assert_eq!(cost.to_string(), "ρ = 0.125");
/// assert_eq!(budget.minus(cost)?.canonical(), "zcdp rho=0.375");
/// assert_eq!(Amount::from(Budget::parse("1", "0")?).currency(), Currency::Pure);
/// assert_eq!(
///     budget.plus(Amount::zero(Currency::Gdp)).unwrap_err().to_string(),
///     "an amount in currency gdp (μ² = 0) cannot be counted in currency zcdp; price the events in 'zcdp'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount(Parts);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Parts {
    Pure(u64),
    Approximate(u64, u128),
    Zcdp(u64),
    Gdp(u64),
    Rdp([u64; RDP_ORDERS.len()]),
}

/// Which way a binary fraction goes to the unit of an amount. It is the value of the fraction that is rounded, not
/// the decimal that is printed for it.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Rounding};
/// // The binary fraction that is written 0.1 is a little more than a tenth.
/// let (cost, budget) = (Amount::zcdp(0.1, Rounding::Up)?, Amount::zcdp(0.1, Rounding::Down)?);
/// assert_eq!((cost.to_string(), budget.to_string()), ("ρ = 0.100000000001".into(), "ρ = 0.1".into()));
/// assert!(!cost.fits(budget), "never more is spent than there is");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rounding {
    /// Never less: for a cost.
    Up,
    /// Never more: for a budget.
    Down,
}

impl Amount {
    /// Nothing.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Amount(match currency {
            Currency::Pure => Parts::Pure(0),
            Currency::Approximate => Parts::Approximate(0, 0),
            Currency::Zcdp => Parts::Zcdp(0),
            Currency::Gdp => Parts::Gdp(0),
            Currency::Rdp => Parts::Rdp([0; RDP_ORDERS.len()]),
        })
    }

    /// As a budget, what bounds nothing.
    #[must_use]
    pub const fn unlimited(currency: Currency) -> Self {
        Amount(match currency {
            Currency::Pure => Parts::Pure(UNLIMITED),
            Currency::Approximate => Parts::Approximate(UNLIMITED, UNLIMITED_DELTA),
            Currency::Zcdp => Parts::Zcdp(UNLIMITED),
            Currency::Gdp => Parts::Gdp(UNLIMITED),
            Currency::Rdp => Parts::Rdp([UNLIMITED; RDP_ORDERS.len()]),
        })
    }

    /// The largest amount that is not unlimited in any part: no total exceeds it.
    #[must_use]
    pub const fn largest(currency: Currency) -> Self {
        Amount(match currency {
            Currency::Pure => Parts::Pure(TOTAL_MAX),
            Currency::Approximate => Parts::Approximate(TOTAL_MAX, DELTA_ONE - 1),
            Currency::Zcdp => Parts::Zcdp(TOTAL_MAX),
            Currency::Gdp => Parts::Gdp(TOTAL_MAX),
            Currency::Rdp => Parts::Rdp([TOTAL_MAX; RDP_ORDERS.len()]),
        })
    }

    /// An ε.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ epsilon ≤ 1000000`.
    pub fn pure(epsilon: f64, rounding: Rounding) -> Result<Self> {
        Ok(Amount(Parts::Pure(total("epsilon", epsilon, rounding)?)))
    }

    /// An (ε, δ).
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ epsilon ≤ 1000000` and `0 ≤ delta < 1`.
    pub fn approximate(epsilon: f64, delta: f64, rounding: Rounding) -> Result<Self> {
        let delta = match units(delta, DELTA_DECIMALS, rounding) {
            Some(units) if units < DELTA_ONE => units,
            _ => return Err(Error::delta_range(&delta.to_string())),
        };
        Ok(Amount(Parts::Approximate(total("epsilon", epsilon, rounding)?, delta)))
    }

    /// A ρ.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ rho ≤ 1000000`.
    pub fn zcdp(rho: f64, rounding: Rounding) -> Result<Self> {
        Ok(Amount(Parts::Zcdp(total("rho", rho, rounding)?)))
    }

    /// A μ, given as its square. Whoever squares rounds in the same direction.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ mu_squared ≤ 1000000`.
    pub fn gdp(mu_squared: f64, rounding: Rounding) -> Result<Self> {
        Ok(Amount(Parts::Gdp(total("mu_squared", mu_squared, rounding)?)))
    }

    /// A Rényi divergence for each of the [`RDP_ORDERS`]. Infinity is unlimited, and so is a divergence above one
    /// million that is rounded up.
    ///
    /// # Errors
    /// `Parameter` if one is negative or no number.
    pub fn rdp(divergences: &[f64; RDP_ORDERS.len()], rounding: Rounding) -> Result<Self> {
        let mut parts = [0; RDP_ORDERS.len()];
        for (part, &divergence) in parts.iter_mut().zip(divergences) {
            let beyond = divergence > TOTAL_MAX_F64;
            *part = match rounding {
                _ if divergence.is_infinite() && beyond => UNLIMITED,
                Rounding::Up if beyond => UNLIMITED,
                _ => total("a divergence", divergence, rounding)?,
            };
        }
        Ok(Amount(Parts::Rdp(parts)))
    }

    /// What it is counted in.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        match self.0 {
            Parts::Pure(_) => Currency::Pure,
            Parts::Approximate(..) => Currency::Approximate,
            Parts::Zcdp(_) => Currency::Zcdp,
            Parts::Gdp(_) => Currency::Gdp,
            Parts::Rdp(_) => Currency::Rdp,
        }
    }

    /// The same amount in `currency`, as far as that is the same: ε alone is (ε, 0), and the other way round.
    ///
    /// # Errors
    /// `Refused` for all other pairs: what an ε costs in ρ depends on the event, so an accountant has to say it.
    pub fn counted_in(self, currency: Currency) -> Result<Self> {
        Ok(Amount(match (self.0, currency) {
            (Parts::Pure(epsilon), Currency::Approximate) => Parts::Approximate(epsilon, 0),
            (Parts::Approximate(epsilon, 0), Currency::Pure) => Parts::Pure(epsilon),
            (parts, _) if self.currency() == currency => parts,
            _ => return Err(Error::wrong_currency(currency.word(), self.currency().word(), self)),
        }))
    }

    /// The pair (ε, δ), if it is counted in that.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        match self.0 {
            Parts::Pure(epsilon) if epsilon <= TOTAL_MAX => Some(Budget::from_units(epsilon, 0)),
            Parts::Approximate(epsilon, delta) if epsilon <= TOTAL_MAX && delta < DELTA_ONE => {
                Some(Budget::from_units(epsilon, delta))
            }
            _ => None,
        }
    }

    /// Whether nothing is asked: every part is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Amount::zero(self.currency())
    }

    /// Whether every part is unlimited, so that as a budget it would bound nothing.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        *self == Amount::unlimited(self.currency())
    }

    /// Its parts as integers, for stores that add up themselves: in units of 1e-12, δ in units of 1e-24; an unlimited
    /// part is the largest number of its type, `u64::MAX` or for δ `u128::MAX`.
    #[must_use]
    pub fn units(&self) -> Vec<u128> {
        match self.0 {
            Parts::Pure(units) | Parts::Zcdp(units) | Parts::Gdp(units) => vec![u128::from(units)],
            Parts::Approximate(epsilon, delta) => vec![u128::from(epsilon), delta],
            Parts::Rdp(parts) => parts.into_iter().map(u128::from).collect(),
        }
    }

    /// The amount with these [`units`](Self::units).
    ///
    /// # Errors
    /// `Parameter` if there are more or fewer than the currency has parts, or if one is out of range.
    pub fn from_units(currency: Currency, units: &[u128]) -> Result<Self> {
        let malformed = || Error::malformed_amount(currency.word());
        let part = |units: &u128| match u64::try_from(*units) {
            Ok(units) if units <= TOTAL_MAX || units == UNLIMITED => Ok(units),
            _ => Err(malformed()),
        };
        Ok(Amount(match (currency, units) {
            (Currency::Pure, [epsilon]) => Parts::Pure(part(epsilon)?),
            (Currency::Zcdp, [rho]) => Parts::Zcdp(part(rho)?),
            (Currency::Gdp, [square]) => Parts::Gdp(part(square)?),
            (Currency::Approximate, [epsilon, delta]) if *delta < DELTA_ONE || *delta == UNLIMITED_DELTA => {
                Parts::Approximate(part(epsilon)?, *delta)
            }
            (Currency::Rdp, units) if units.len() == RDP_ORDERS.len() => {
                let mut parts = [0; RDP_ORDERS.len()];
                for (to, from) in parts.iter_mut().zip(units) {
                    *to = part(from)?;
                }
                Parts::Rdp(parts)
            }
            _ => return Err(malformed()),
        }))
    }

    /// Whether no part is larger than that of `limit`, which is in the same currency.
    #[must_use]
    pub fn fits(&self, limit: Amount) -> bool {
        match (self.0, limit.0) {
            (Parts::Pure(a), Parts::Pure(b))
            | (Parts::Zcdp(a), Parts::Zcdp(b))
            | (Parts::Gdp(a), Parts::Gdp(b)) => a <= b,
            (Parts::Approximate(a, d), Parts::Approximate(b, e)) => a <= b && d <= e,
            (Parts::Rdp(a), Parts::Rdp(b)) => a.iter().zip(&b).all(|(a, b)| a <= b),
            _ => false,
        }
    }

    /// The exact sum, in this amount's currency.
    ///
    /// # Errors
    /// `Refused` if `other` cannot be [counted](Self::counted_in) in it; `Parameter` if a part exceeds one million or
    /// δ reaches 1. At an order of `rdp` it becomes unlimited instead.
    pub fn plus(self, other: Amount) -> Result<Self> {
        Ok(Amount(match (self.0, other.counted_in(self.currency())?.0) {
            (Parts::Pure(a), Parts::Pure(b)) => Parts::Pure(sum("epsilon", a, b)?),
            (Parts::Zcdp(a), Parts::Zcdp(b)) => Parts::Zcdp(sum("rho", a, b)?),
            (Parts::Gdp(a), Parts::Gdp(b)) => Parts::Gdp(sum("mu_squared", a, b)?),
            (Parts::Approximate(a, d), Parts::Approximate(b, e)) => match d.checked_add(e) {
                Some(delta) if delta < DELTA_ONE => Parts::Approximate(sum("epsilon", a, b)?, delta),
                _ => return Err(Error::delta_range("1 or more")),
            },
            (Parts::Rdp(a), Parts::Rdp(b)) => {
                let part =
                    |i: usize| a[i].checked_add(b[i]).filter(|sum| *sum <= TOTAL_MAX).unwrap_or(UNLIMITED);
                Parts::Rdp(array::from_fn(part))
            }
            (_, parts) => {
                return Err(Error::wrong_currency(self.currency().word(), "another", Amount(parts)));
            }
        }))
    }

    /// The exact difference, and zero where `other` is larger. Unlimited less anything is unlimited.
    ///
    /// # Errors
    /// `Refused` if `other` cannot be [counted](Self::counted_in) in this currency.
    pub fn minus(self, other: Amount) -> Result<Self> {
        Ok(Amount(match (self.0, other.counted_in(self.currency())?.0) {
            (Parts::Pure(a), Parts::Pure(b)) => Parts::Pure(rest(a, b)),
            (Parts::Zcdp(a), Parts::Zcdp(b)) => Parts::Zcdp(rest(a, b)),
            (Parts::Gdp(a), Parts::Gdp(b)) => Parts::Gdp(rest(a, b)),
            (Parts::Approximate(a, d), Parts::Approximate(b, e)) => {
                let delta = if d == UNLIMITED_DELTA { d } else { d.saturating_sub(e) };
                Parts::Approximate(rest(a, b), delta)
            }
            (Parts::Rdp(a), Parts::Rdp(b)) => Parts::Rdp(array::from_fn(|i| rest(a[i], b[i]))),
            (_, parts) => {
                return Err(Error::wrong_currency(self.currency().word(), "another", Amount(parts)));
            }
        }))
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// As [`plus`](Self::plus).
    pub fn times(self, count: u64) -> Result<Self> {
        let (mut sum, mut power, mut left) = (Amount::zero(self.currency()), self, count);
        // Doubling: the sum and the powers that are needed are at most the result.
        while left > 0 {
            if left % 2 == 1 {
                sum = sum.plus(power)?;
            }
            left /= 2;
            if left > 0 {
                power = power.plus(power)?;
            }
        }
        Ok(sum)
    }

    /// `shares` amounts that differ by at most one unit.
    ///
    /// # Guarantee
    /// For all amounts and numbers of shares, the shares add up to the amount exactly: all of them can be spent, in
    /// any order.
    ///
    /// # Errors
    /// `Parameter` if `shares` is zero, or more than the largest limited part but δ has units.
    pub fn split(&self, shares: u32) -> Result<Vec<Amount>> {
        let most = match self.0 {
            Parts::Pure(units) | Parts::Approximate(units, _) | Parts::Zcdp(units) | Parts::Gdp(units) => {
                units
            }
            Parts::Rdp(parts) => {
                parts.into_iter().filter(|units| *units != UNLIMITED).max().unwrap_or(UNLIMITED)
            }
        };
        if shares == 0 || u64::from(shares) > most {
            return Err(Error::split_range(shares, self));
        }
        if self.is_unlimited() {
            return Ok(vec![*self; crate::num::index(shares)]);
        }
        let (n, wide) = (u64::from(shares), u128::from(shares));
        let share = |i: u32| {
            let of = |units: u64| match units {
                UNLIMITED => UNLIMITED,
                _ => units / n + u64::from(u64::from(i) < units % n),
            };
            Amount(match self.0 {
                Parts::Pure(units) => Parts::Pure(of(units)),
                Parts::Zcdp(units) => Parts::Zcdp(of(units)),
                Parts::Gdp(units) => Parts::Gdp(of(units)),
                Parts::Approximate(units, delta) => {
                    Parts::Approximate(of(units), delta / wide + u128::from(u128::from(i) < delta % wide))
                }
                Parts::Rdp(parts) => Parts::Rdp(parts.map(of)),
            })
        };
        Ok((0..shares).map(share).collect())
    }

    /// The largest share that a part of this amount has in that of `limit`: 1 when something is used up. For people
    /// and pictures; nothing is decided by it.
    #[must_use]
    pub fn share_of(&self, limit: Amount) -> f64 {
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
        let limits = limit.fields();
        let parts = self.fields();
        let share = |(name, limit): &(String, String)| {
            let part = parts.iter().find(|(n, _)| n == name).map_or(0.0, |(_, value)| number(value));
            let limit = number(limit);
            if part <= 0.0 { 0.0 } else { part / limit }
        };
        limits.iter().map(share).fold(0.0, f64::max)
    }
}

impl From<Rho> for Amount {
    fn from(rho: Rho) -> Self {
        Amount(Parts::Zcdp(rho.units()))
    }
}

impl From<Budget> for Amount {
    /// In currency `pure` if δ is zero, otherwise `approximate`.
    fn from(budget: Budget) -> Self {
        let (epsilon, delta) = budget.units();
        Amount(if delta == 0 { Parts::Pure(epsilon) } else { Parts::Approximate(epsilon, delta) })
    }
}

impl From<Epsilon> for Amount {
    fn from(epsilon: Epsilon) -> Self {
        Amount::from(Budget::pure(epsilon))
    }
}

impl PartialEq<Budget> for Amount {
    fn eq(&self, other: &Budget) -> bool {
        self.budget() == Some(*other)
    }
}

/// A total of something but δ, in its units.
fn total(name: &str, value: f64, rounding: Rounding) -> Result<u64> {
    let units = units(value, DECIMALS, rounding).and_then(|units| u64::try_from(units).ok());
    match units {
        Some(units) if units <= TOTAL_MAX => Ok(units),
        _ => Err(Error::amount_range(name, &value.to_string())),
    }
}

/// `value / 10^-decimals` as an integer, exactly and then rounded; nothing if it is negative, no number, or too large.
pub(super) fn units(value: f64, decimals: u32, rounding: Rounding) -> Option<u128> {
    if !value.is_finite() || value.is_sign_negative() && value < 0.0 {
        return None;
    }
    let bits = value.to_bits() & !(1 << 63);
    let (exponent, fraction) = (bits >> 52, bits & ((1 << 52) - 1));
    // value = mantissa * 2^power; times 10^decimals = 5^decimals * 2^decimals.
    let (mantissa, power) = match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, i64::try_from(exponent).ok()? - 1075),
    };
    // 53 bits times at most 56 bits.
    let product = u128::from(mantissa) * 5u128.pow(decimals);
    let shift = power + i64::from(decimals);
    let bits = u32::try_from(shift.unsigned_abs()).ok()?;
    if product == 0 {
        return Some(0);
    }
    if shift >= 0 {
        return (bits <= product.leading_zeros()).then(|| product << bits);
    }
    let (quotient, exact) = match product.checked_shr(bits) {
        Some(quotient) => (quotient, quotient << bits == product),
        None => (0, false),
    };
    Some(quotient + u128::from(!exact && rounding == Rounding::Up))
}

fn sum(name: &str, a: u64, b: u64) -> Result<u64> {
    match a.checked_add(b) {
        Some(sum) if sum <= TOTAL_MAX => Ok(sum),
        _ => Err(Error::amount_range(name, "more")),
    }
}

fn rest(a: u64, b: u64) -> u64 {
    if a == UNLIMITED { UNLIMITED } else { a.saturating_sub(b) }
}

/// Everything but δ is held in units of 1e-12.
const DECIMALS: u32 = 12;
/// δ is held in units of 1e-24.
const DELTA_DECIMALS: u32 = 24;
/// One million: a total fits a signed 64-bit integer, and so does the sum of two.
const TOTAL_MAX: u64 = 1_000_000_000_000_000_000;
/// The same as a number.
const TOTAL_MAX_F64: f64 = 1e6;
/// δ = 1.
const DELTA_ONE: u128 = 1_000_000_000_000_000_000_000_000;
/// No bound is known, or none is asked for. Larger than every total.
const UNLIMITED: u64 = u64::MAX;
/// The same of δ.
const UNLIMITED_DELTA: u128 = u128::MAX;

#[cfg(test)]
mod tests;
