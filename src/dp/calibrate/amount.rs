//! Budgets in a currency that are worth an (ε, δ).

use crate::{
    dp::{
        Amount, Budget, Currency, RDP_ORDERS, Rounding,
        accountant::{convert, gaussian},
        calibrate::{
            Target,
            boundary::{Line, boundary},
        },
    },
    error::{Error, Result},
    num::Enclosure,
};

impl Target {
    /// The largest budget in `currency` that is worth this target: for a ledger or a filter that is to keep (ε, δ).
    ///
    /// In `rdp` it is limited at one order only, the one at which it is largest.
    ///
    /// # Guarantee
    /// For all sequences of mechanisms, chosen adaptively or not, whose costs add up to at most the returned amount: the
    /// sequence is (ε, δ)-differentially private.
    ///
    /// # Errors
    /// `Refused` if δ is zero and the currency is neither pure nor approximate, or if the budget would be nothing.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Currency, Delta, Epsilon, calibrate::Target};
    /// let target = Target::new(Epsilon::parse("1")?, Delta::parse("1e-6")?);
    /// let rho = target.amount(Currency::Zcdp)?;
    /// // The textbook's ρ + 2 √(ρ ln(1/δ)) = 1 gives 0.0175.
    /// assert!(rho.canonical().starts_with("zcdp rho=0.0243"), "{rho}");
    /// let pure = Target::new(Epsilon::parse("1")?, Delta::parse("0")?);
    /// assert_eq!(
    ///     pure.amount(Currency::Gdp).unwrap_err().to_string(),
    ///     "no amount in currency gdp meets ε = 1 at δ = 0; allow a larger δ, or use currency 'pure'",
    /// );
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn amount(self, currency: Currency) -> Result<Amount> {
        let (epsilon, delta) = (Enclosure::from(self.epsilon()), Enclosure::from(self.delta()).lower());
        let exact = Amount::from(Budget::approximate(self.epsilon(), self.delta()));
        let refuse = || Error::amount_out_of_reach(currency.word(), self.epsilon(), self.delta());
        let amount = match currency {
            // All of ε is worth ε at every δ.
            Currency::Pure => Amount::from(Budget::pure(self.epsilon())),
            Currency::Approximate => exact.counted_in(currency)?,
            _ if delta <= 0.0 => return Err(refuse()),
            Currency::Zcdp => {
                // In units of 1e-12, so that what is checked is what is returned.
                let cost = |rho: f64| Ok(convert::epsilon(linear(rho), linear(rho), delta).0);
                let line = Line::Falling { least: 1e-12, largest: LARGEST, precision: PRECISION };
                let rho = boundary(line, 0.1, epsilon.lower(), cost)?.ok_or_else(refuse)?;
                Amount::zcdp(rho, Rounding::Down)?
            }
            Currency::Gdp => {
                let distance = gaussian::distance(epsilon.lower(), delta);
                Amount::gdp(Enclosure::exact(distance).square().lower().min(LARGEST), Rounding::Down)?
            }
            Currency::Rdp => {
                // At order α, D = ε - ln(1 - 1/α) + ln(αδ)/(α - 1), from the conversion of `convert`.
                let divergence = |order: f64| {
                    let (order, excess) = (Enclosure::exact(order), Enclosure::exact(order - 1.0));
                    let gain = (Enclosure::ONE / excess).ln_1p();
                    (epsilon + gain + (order * delta).ln() / excess).lower()
                };
                let best = RDP_ORDERS
                    .into_iter()
                    .map(|order| (order, divergence(order) / order))
                    .max_by(|a, b| a.1.total_cmp(&b.1))
                    .map_or(RDP_ORDERS[0], |(order, _)| order);
                if divergence(best) <= 0.0 {
                    return Err(refuse());
                }
                let at = |order: f64| {
                    if order.to_bits() == best.to_bits() { divergence(order) } else { f64::INFINITY }
                };
                Amount::rdp(&RDP_ORDERS.map(at), Rounding::Down)?
            }
        };
        if amount.is_zero() { Err(refuse()) } else { Ok(amount) }
    }
}

/// (α - 1) D_α ≤ (α - 1) αρ.
fn linear(rho: f64) -> impl Fn(f64) -> f64 {
    move |excess| (Enclosure::exact(rho) * excess * (Enclosure::exact(excess) + 1.0)).upper()
}

/// The largest amount.
const LARGEST: f64 = 1e6;
/// How far a ρ may be below the largest possible, relatively.
const PRECISION: f64 = 1e-9;
