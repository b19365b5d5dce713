//! What costs are counted in, so that they add up.

use std::{fmt, str::FromStr};

use crate::error::{Error, Result};

/// What a ledger is counted in: a measure of privacy loss whose values for single answers add up to one for all
/// of them, also when each question depends on the answers before it.
///
/// Costs of different currencies are not added. What an event costs in a currency is the business of an
/// accountant; a ledger only adds.
///
/// # Guarantee
/// For all adaptively chosen sequences of mechanisms whose costs in one currency add up to at most a budget that was
/// fixed before, the sequence keeps that budget. Pure and approximate: \[RRUV16\] Rogers, Roth, Ullman, Vadhan,
/// *Privacy Odometers and Filters*, NeurIPS 2016. zCDP and RDP at fixed orders: \[FZ21\] Feldman, Zrnic, *Individual
/// Privacy Accounting via a Rényi Filter*, NeurIPS 2021. GDP: \[STW23\] Smith, Thakurta, *Fully Adaptive Composition
/// for Gaussian Differential Privacy*, arXiv 2210.17520, and \[KHDY23\] Koskela, Tobaben, Honkela, *Individual Privacy
/// Accounting with Gaussian Differential Privacy*, ICLR 2023.
///
/// # Examples
/// ```
/// use incog::dp::Currency;
/// assert_eq!("zcdp".parse::<Currency>()?, Currency::Zcdp);
/// assert_eq!(
///     "pld".parse::<Currency>().unwrap_err().to_string(),
///     "currency 'pld' is not known; use 'pure', 'approximate', 'zcdp', 'gdp', 'rdp'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Currency {
    /// ε alone. A cost with δ > 0 is refused.
    Pure,
    /// (ε, δ), both added up.
    Approximate,
    /// ρ of zero-concentrated differential privacy (Bun, Steinke, TCC 2016).
    Zcdp,
    /// μ of Gaussian differential privacy (Dong, Roth, Su, JRSS B 84, 2022), as μ², because the squares add up.
    Gdp,
    /// Rényi differential privacy (Mironov, CSF 2017) at the orders of [`RDP_ORDERS`], each added up by itself; a
    /// budget holds at all of its orders.
    Rdp,
}

impl Currency {
    /// All currencies.
    pub const ALL: &'static [Currency] =
        &[Currency::Pure, Currency::Approximate, Currency::Zcdp, Currency::Gdp, Currency::Rdp];

    /// The word for it in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Currency::Pure => "pure",
            Currency::Approximate => "approximate",
            Currency::Zcdp => "zcdp",
            Currency::Gdp => "gdp",
            Currency::Rdp => "rdp",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Currency::ALL
            .iter()
            .copied()
            .find(|currency| currency.word() == word)
            .ok_or_else(|| Error::unknown_currency(word))
    }
}

/// The orders of the currency `rdp`, ascending; a constant of the file format, so it never changes.
///
/// Dense where small budgets of many releases have their best order, sparse above.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, RDP_ORDERS, Rounding};
/// // Gaussian noise of σ = 10 for a sensitivity of 1 has a divergence of α / 2σ² at each order α.
/// let cost = Amount::rdp(&RDP_ORDERS.map(|alpha| alpha / 200.0), Rounding::Up)?;
/// assert_eq!(cost.units().len(), RDP_ORDERS.len());
/// # Ok::<(), incog::Error>(())
/// ```
pub const RDP_ORDERS: [f64; 20] = [
    1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0, 48.0, 64.0,
    128.0, 256.0,
];
