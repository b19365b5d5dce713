//! Filters: budgets fixed before the first query, for queries that are chosen as answers come in.
//!
//! [`Filter`] keeps a budget in one [`Currency`](crate::dp::Currency), [`AdvancedFilter`] keeps (ε, δ) by advanced composition. Both hold exact
//! integers, and refuse what would go beyond before it is done. There is none for privacy loss distributions: the tight
//! composition of a list is not valid for lists that depend on answers (arXiv 2602.06756, 2602.15815), so `pld` prices lists
//! that are fixed before, and no type here takes it.
//!
//! A filter lives in memory. What has to survive a crash, or is shared, is a [`Ledger`](crate::dp::ledger::Ledger): it adds in the same
//! currencies.

use crate::{
    dp::{
        Amount, Delta, Epsilon, EventList, Rounding, amount,
        event::{Event, Mechanism},
    },
    error::{Error, Result},
    num::Enclosure,
};

/// A budget in one currency, and what is spent of it.
///
/// # Guarantee
/// For all sequences of mechanisms, each chosen in whatever way from the answers before it: if each was allowed by
/// [`spend`](Self::spend), or [`run`](Self::run), before it was run, all together keep the budget. Theorems by currency: see
/// [`Currency`](crate::dp::Currency).
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Currency, Delta, Epsilon, Event, EventList, Filter, Neighbors, calibrate::Target};
/// let target = Target::new(Epsilon::parse("1")?, Delta::parse("1e-6")?);
/// let mut filter = Filter::new(target.amount(Currency::Zcdp)?);
/// let query = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(12.0)?])?;
/// let mut answered = 0;
/// while filter.run(&query).is_ok() {
///     answered += 1;
/// }
/// assert_eq!(answered, 7);
/// assert_eq!(
///     filter.spend(Amount::parse("zcdp rho=0.25")?).unwrap_err().kind(),
///     incog::ErrorKind::BudgetExceeded,
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct Filter {
    budget: Amount,
    spent: Amount,
}

impl Filter {
    /// A filter that keeps `budget`.
    #[must_use]
    pub fn new(budget: Amount) -> Self {
        Filter { budget, spent: Amount::zero(budget.currency()) }
    }

    /// Allows a mechanism of this cost, and counts it as run.
    ///
    /// # Errors
    /// `BudgetExceeded` if it would go beyond the budget: nothing is counted, and a smaller one may still be allowed.
    /// `Refused` if the cost is in another currency.
    pub fn spend(&mut self, cost: Amount) -> Result<()> {
        let spent = self.spent.plus(cost)?;
        if !spent.fits(self.budget) {
            return Err(Error::filter_exceeded(&cost, &self.remaining()));
        }
        self.spent = spent;
        Ok(())
    }

    /// Allows these events, at their price in the currency of the filter, and counts them as run.
    ///
    /// # Errors
    /// As [`spend`](Self::spend), and those of [`EventList::price`].
    pub fn run(&mut self, events: &EventList) -> Result<Amount> {
        let cost = events.price(self.budget.currency())?;
        self.spend(cost)?;
        Ok(cost)
    }

    /// The budget.
    #[must_use]
    pub fn budget(&self) -> Amount {
        self.budget
    }

    /// What is spent.
    #[must_use]
    pub fn spent(&self) -> Amount {
        self.spent
    }

    /// What is left.
    #[must_use]
    pub fn remaining(&self) -> Amount {
        self.budget.minus(self.spent).unwrap_or(Amount::zero(self.budget.currency()))
    }

    /// `shares` filters in place of this one, over what is left. All of each can be spent, in any order.
    ///
    /// # Errors
    /// `Parameter` if there are no shares, or more than units of the smallest part.
    pub fn split(self, shares: u32) -> Result<Vec<Filter>> {
        Ok(self.remaining().split(shares)?.into_iter().map(Filter::new).collect())
    }
}

/// A filter for (ε, δ)-differentially private mechanisms that pays for many small ones by their squares.
///
/// # Guarantee
/// For all sequences of (εᵢ, δᵢ)-differentially private mechanisms, the parameters too chosen from answers: if each was
/// allowed before it was run, all together are (ε, δ + δ')-differentially private. It is allowed while
/// √(2 ln(1/δ') Σεᵢ²) + Σεᵢ²/2 ≤ ε and Σδᵢ ≤ δ (\[WRRW23\] Whitehouse, Ramdas, Rogers, Wu, *Fully-Adaptive Composition in
/// Differential Privacy*, ICML 2023, theorem 1; slower in \[RRUV16\] Rogers, Roth, Ullman, Vadhan, NeurIPS 2016).
///
/// # Examples
/// ```
/// use incog::dp::{AdvancedFilter, Delta, Epsilon};
/// let (slack, none) = (Delta::parse("1e-6")?, Delta::parse("0")?);
/// let mut filter = AdvancedFilter::new(Epsilon::parse("1")?, slack, none)?;
/// let query = Epsilon::parse("0.01")?;
/// let mut answered = 0;
/// while filter.spend(query, none).is_ok() {
///     answered += 1;
/// }
/// // Adding ε alone would end after 100.
/// assert_eq!(answered, 349);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct AdvancedFilter {
    /// In units of 1e-24.
    squares: Meter,
    /// In units of 1e-24.
    deltas: Meter,
}

#[derive(Clone, Copy, Debug)]
struct Meter {
    limit: u128,
    spent: u128,
}

impl AdvancedFilter {
    /// A filter that keeps (`epsilon`, `slack` + `deltas`): `slack` is δ', for the composition itself, and `deltas` is for
    /// the δᵢ of mechanisms.
    ///
    /// # Errors
    /// `Parameter` if `slack` is zero.
    pub fn new(epsilon: Epsilon, slack: Delta, deltas: Delta) -> Result<Self> {
        if slack == Delta::default() {
            return Err(Error::filter_slack());
        }
        // s/2 + √(2 L s) = ε for s = (√(2L + 2ε) - √(2L))² = (2ε / (√(2L + 2ε) + √(2L)))².
        let (epsilon, twice) = (Enclosure::from(epsilon), -Enclosure::from(slack).ln() * 2.0);
        let root = epsilon * 2.0 / ((twice + epsilon * 2.0).sqrt() + twice.sqrt());
        let limit = amount::units(root.square().lower(), SQUARE_DECIMALS, Rounding::Down).unwrap_or(0);
        Ok(AdvancedFilter {
            squares: Meter { limit, spent: 0 },
            deltas: Meter { limit: deltas.units(), spent: 0 },
        })
    }

    /// Allows an (`epsilon`, `delta`)-differentially private mechanism, and counts it as run.
    ///
    /// # Errors
    /// `BudgetExceeded` if it would go beyond the budget: nothing is counted, and a smaller one may still be allowed.
    pub fn spend(&mut self, epsilon: Epsilon, delta: Delta) -> Result<()> {
        self.count(epsilon, delta, 1)
    }

    /// Allows an event, all of its count, and counts it as run.
    ///
    /// # Errors
    /// As [`spend`](Self::spend). `Unsupported` if it is not of the mechanisms that state an ε or δ, without sampling: the
    /// theorem is about those.
    pub fn run(&mut self, event: &Event) -> Result<()> {
        let (epsilon, delta) = match event.mechanism() {
            Mechanism::Pure { epsilon } | Mechanism::Exponential { epsilon } => (*epsilon, Delta::default()),
            Mechanism::Approximate { epsilon, delta } => (*epsilon, *delta),
            other => return Err(Error::filter_mechanism(other.word())),
        };
        if !event.sampling().is_none() {
            return Err(Error::filter_mechanism(event.sampling().word()));
        }
        self.count(epsilon, delta, event.count())
    }

    /// The share of the budget that is spent: of the squares or of the δ, whichever is more.
    #[must_use]
    pub fn share_spent(&self) -> f64 {
        self.squares.share().max(self.deltas.share())
    }

    fn count(&mut self, epsilon: Epsilon, delta: Delta, count: u64) -> Result<()> {
        let square = u128::from(epsilon.units()) * u128::from(epsilon.units());
        // Both before either: a refusal leaves nothing half counted.
        match (self.squares.with(square, count), self.deltas.with(delta.units(), count)) {
            (Some(squares), Some(deltas)) => {
                (self.squares, self.deltas) = (squares, deltas);
                Ok(())
            }
            _ => Err(Error::advanced_filter_exceeded(epsilon, delta)),
        }
    }
}

impl Meter {
    /// With `count` times `cost` more; nothing if that is beyond the limit.
    fn with(self, cost: u128, count: u64) -> Option<Self> {
        let spent = self.spent.checked_add(cost.checked_mul(u128::from(count))?)?;
        (spent <= self.limit).then_some(Meter { spent, ..self })
    }

    fn share(self) -> f64 {
        if self.spent == 0 {
            return 0.0;
        }
        wide(self.spent) / wide(self.limit)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a share for people to look at")]
fn wide(units: u128) -> f64 {
    units as f64
}

/// The square of a multiple of 1e-12.
const SQUARE_DECIMALS: u32 = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::event::Sampling;

    fn epsilon(text: &str) -> Epsilon {
        Epsilon::parse(text).unwrap()
    }

    fn delta(text: &str) -> Delta {
        Delta::parse(text).unwrap()
    }

    #[test]
    fn a_filter_is_spent_to_its_last_unit_and_no_further() {
        let zcdp = |rho: &str| Amount::parse(&format!("zcdp rho={rho}")).unwrap();
        let mut filter = Filter::new(zcdp("1"));
        filter.spend(zcdp("0.75")).unwrap();
        assert!(filter.spend(zcdp("0.250000000001")).is_err());
        assert_eq!((filter.spent(), filter.remaining()), (zcdp("0.75"), zcdp("0.25")));
        filter.spend(zcdp("0.25")).unwrap();
        assert_eq!((filter.budget(), filter.remaining()), (zcdp("1"), zcdp("0")));
        assert!(filter.spend(zcdp("0.000000000001")).is_err());
    }

    /// Against a program of its own (decimal arithmetic with 80 digits, Python): rounded down, and by next to nothing.
    #[test]
    fn the_squares_that_are_allowed_never_exceed_the_root_of_the_inequality() {
        let cases: [(&str, &str, u128); 4] = [
            ("1", "1e-6", 34_937_809_538_246_755_648_364),
            ("0.1", "1e-9", 240_694_327_072_399_662_523),
            ("10", "0.05", 7_024_809_104_007_447_032_997_751),
            ("64", "1e-20", 27_445_344_787_745_924_960_610_723),
        ];
        for (e, slack, exact) in cases {
            let limit = AdvancedFilter::new(epsilon(e), delta(slack), delta("0")).unwrap().squares.limit;
            assert!(limit <= exact && exact - limit < exact / 10u128.pow(13), "{e} {slack}: {limit}");
        }
    }

    #[test]
    fn the_deltas_of_mechanisms_add_up_to_what_was_set_aside_for_them() {
        let mut filter = AdvancedFilter::new(epsilon("1"), delta("1e-6"), delta("3e-9")).unwrap();
        let event = Event::approximate(epsilon("0.001"), delta("1e-9"));
        filter.run(&event.clone().times(2).unwrap()).unwrap();
        assert!((filter.share_spent() - 2.0 / 3.0).abs() < 1e-12, "{}", filter.share_spent());
        // Refused for δ alone, and nothing of it is counted: neither its ε nor its δ.
        assert!(filter.spend(epsilon("0.01"), delta("1.000000000000001e-9")).is_err());
        let before = filter.squares.spent;
        assert!(filter.run(&event.clone().times(2).unwrap()).is_err());
        assert_eq!(filter.squares.spent, before);
        filter.run(&event).unwrap();
        assert!((filter.share_spent() - 1.0).abs() < 1e-12);
        assert!(filter.spend(epsilon("0.001"), delta("1e-24")).is_err());
        filter.spend(epsilon("0.001"), delta("0")).unwrap();
    }

    #[test]
    fn a_refusal_for_epsilon_counts_no_delta() {
        let mut filter = AdvancedFilter::new(epsilon("1"), delta("1e-6"), delta("1e-6")).unwrap();
        assert!(filter.spend(epsilon("1"), delta("1e-9")).is_err());
        assert_eq!((filter.squares.spent, filter.deltas.spent), (0, 0));
    }

    /// The square of 0.01 is 1e-4, in units of 1e-24; a count is that many of them.
    #[test]
    fn an_event_counts_as_often_as_it_says() {
        let (some, none) = (delta("1e-6"), delta("0"));
        let mut filter = AdvancedFilter::new(epsilon("1"), some, none).unwrap();
        filter.run(&Event::pure(epsilon("0.01")).times(3).unwrap()).unwrap();
        filter.run(&Event::exponential(epsilon("0.01"))).unwrap();
        assert_eq!(filter.squares.spent, 4 * 10u128.pow(20));
        let share = filter.share_spent();
        // 349 fit, so one is between a 350th and a 349th of all.
        assert!(4.0 / 350.0 < share && share <= 4.0 / 349.0, "{share}");
        let sampled = Event::pure(epsilon("0.01")).sampled(Sampling::poisson(0.1).unwrap()).unwrap();
        assert_eq!(filter.run(&sampled).unwrap_err().kind(), crate::ErrorKind::Unsupported);
    }
}
