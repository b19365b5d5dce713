//! Odometers: the privacy loss so far, at every moment of a sequence that was given no budget.
//!
//! Let L be the privacy loss of everything so far, of one table against a neighbor. Where each mechanism, given all answers before it,
//! has Rényi divergences of at most D_α, the process exp((α - 1) L - (α - 1) ΣD_α) is a supermartingale that begins at 1; so
//! by Ville's inequality it ever reaches 1/δ with probability δ at most, and so does every mixture of such processes.
//!
//! ```text
//!   pure   L ≤ Σε, always
//!   zcdp   mixed over λ = α - 1 by a half-normal density: with S = L - Σρ, V = 2Σρ + γ,
//!          S ≤ √(2V ln(√(V/γ)/δ))                                  at all times, but for probability δ
//!   rdp    mixed over the orders α of the currency, each with weight 1/m:
//!          L ≤ min over α of ΣD_α + ln(m/δ)/(α - 1)                at all times, but for probability δ
//! ```
//!
//! The second is the mixture of \[WRRW23\] Whitehouse, Ramdas, Rogers, Wu, *Fully-Adaptive Composition in Differential Privacy*, ICML
//! 2023, for zCDP. The mixing density needs λ > 0 only, where zCDP says something: twice the normal density there gives
//! 2 √(γ/V) exp(S²/2V) Φ(S/√V), and Φ ≥ 1/2 for S ≥ 0. The third is in the spirit of \[FZ21\] Feldman, Zrnic, NeurIPS 2021. Odometers
//! are due to \[RRUV16\] Rogers, Roth, Ullman, Vadhan, NeurIPS 2016.

use crate::{
    dp::{Amount, Currency, Delta, EventList, RDP_ORDERS, Rho},
    error::{Error, Result},
    num::Enclosure,
};

/// What was spent without a budget, and the privacy loss that it bounds at all times.
///
/// # Guarantee
/// For all sequences of mechanisms, each chosen in whatever way from the answers before it, if the cost of each was recorded
/// when it was run: with probability at least 1 - δ over the answers on one table, its privacy loss against a neighbor is at
/// most [`epsilon`](Self::epsilon) at every moment at once. In `pure` that is certain.
///
/// The δ is fixed before the first answer. It says how often the bound may fail, which is stronger than (ε, δ)-differential
/// privacy at one moment, and so ε is larger than that of a [`Filter`](crate::dp::Filter), which has a budget.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, Odometer, Rho};
/// let mut odometer = Odometer::zcdp(Delta::parse("1e-6")?, Rho::parse("0.5")?)?;
/// let query = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(10.0)?])?;
/// let mut before = odometer.epsilon();
/// for _ in 0..100 {
///     odometer.run(&query)?;
///     assert!(odometer.epsilon() > before);
///     before = odometer.epsilon();
/// }
/// assert_eq!(odometer.spent().canonical(), "zcdp rho=0.5000000001");
/// assert!((6.0..6.5).contains(&before), "{before}");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct Odometer {
    spent: Amount,
    /// δ, and γ of the mixture of `zcdp`.
    delta: Enclosure,
    gamma: f64,
}

impl Odometer {
    /// For ε-differentially private mechanisms: the sum, for certain.
    #[must_use]
    pub fn pure() -> Self {
        Odometer { spent: Amount::zero(Currency::Pure), delta: Enclosure::ZERO, gamma: 0.0 }
    }

    /// For ρ-zCDP mechanisms; tightest when about `near` is spent, valid always.
    ///
    /// # Errors
    /// `Parameter` if `delta` is zero.
    pub fn zcdp(delta: Delta, near: Rho) -> Result<Self> {
        let delta = above_zero(delta)?;
        // Where the bound is about least in γ for V = 2ρ: [HRMS21] Howard, Ramdas, McAuliffe, Sekhon, *Time-uniform,
        // nonparametric, nonasymptotic confidence sequences*, Annals of Statistics 49, 2021, section 3.5. Any γ is valid.
        let twice = -2.0 * delta.middle().ln();
        let gamma = 2.0 * near.to_f64() / (twice + (1.0 + twice).ln());
        Ok(Odometer { spent: Amount::zero(Currency::Zcdp), delta, gamma })
    }

    /// For mechanisms with Rényi divergences at the [`RDP_ORDERS`].
    ///
    /// # Errors
    /// `Parameter` if `delta` is zero.
    pub fn rdp(delta: Delta) -> Result<Self> {
        Ok(Odometer { spent: Amount::zero(Currency::Rdp), delta: above_zero(delta)?, gamma: 0.0 })
    }

    /// Counts a mechanism of this cost.
    ///
    /// # Errors
    /// `Refused` if the cost is in another currency; `Parameter` if the sum is beyond the range of an amount.
    pub fn record(&mut self, cost: Amount) -> Result<()> {
        self.spent = self.spent.plus(cost)?;
        Ok(())
    }

    /// Counts these events, at their price in the currency of the odometer.
    ///
    /// # Errors
    /// As [`record`](Self::record), and those of [`EventList::price`].
    pub fn run(&mut self, events: &EventList) -> Result<Amount> {
        let cost = events.price(self.spent.currency())?;
        self.record(cost)?;
        Ok(cost)
    }

    /// What is spent.
    #[must_use]
    pub fn spent(&self) -> Amount {
        self.spent
    }

    /// Not below the privacy loss of everything so far.
    #[must_use]
    pub fn epsilon(&self) -> f64 {
        let units = self.spent.units();
        // What is unlimited is the largest number of its type.
        let amount = |units: u128| match u64::try_from(units) {
            Ok(units) if units < u64::MAX => Enclosure::count(units) / 1e12,
            _ => Enclosure::exact(f64::INFINITY),
        };
        if self.spent.is_zero() {
            return 0.0;
        }
        let first = units.first().copied().map_or(Enclosure::ZERO, amount);
        match self.spent.currency() {
            Currency::Zcdp => {
                let gamma = Enclosure::exact(self.gamma);
                let v = first * 2.0 + gamma;
                let log = (v / gamma).ln() * 0.5 - self.delta.ln();
                (first + (v * log * 2.0).sqrt()).upper()
            }
            Currency::Rdp => {
                let log = Enclosure::count(crate::num::count(RDP_ORDERS.len())).ln() - self.delta.ln();
                let at = |(order, units): (f64, u128)| {
                    (amount(units) + log / Enclosure::exact(order - 1.0)).upper()
                };
                RDP_ORDERS.into_iter().zip(units).map(at).fold(f64::INFINITY, f64::min)
            }
            _ => first.upper(),
        }
    }
}

fn above_zero(delta: Delta) -> Result<Enclosure> {
    if delta == Delta::default() { Err(Error::odometer_delta()) } else { Ok(Enclosure::from(delta)) }
}
