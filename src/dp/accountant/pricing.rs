//! What events cost in a currency: amounts that add up under adaptive choice, rounded up to their exact decimals.

use crate::{
    dp::{
        Amount, Budget, Currency, Delta, Epsilon, EventList, Neighbors, RDP_ORDERS, Rounding,
        accountant::{gaussian, renyi::Composition, simple::Pair, zcdp::Concentrated},
        event::{Flat, Leaf, Mechanism},
    },
    error::{Error, Result},
    num::{Enclosure, normal, round::down},
};

impl EventList {
    /// What the events cost together in `currency`.
    ///
    /// Pure and approximate amounts are sums of ε and δ, zCDP of ρ, GDP of μ², RDP of divergences at the
    /// [orders](RDP_ORDERS) of the currency. What is stated as an exact decimal stays one: ten times `0.1` is `1`.
    ///
    /// # Guarantee
    /// For all lists whose assumptions hold, the events together keep the returned amount: they are (ε, δ)-differentially
    /// private, or ρ-zCDP, or μ-GDP, or have Rényi divergences of at most that.
    ///
    /// # Errors
    /// `Refused` if an event has no finite cost in `currency`; the sentence names it and the currencies that can count
    /// it. `Parameter` if the sum is beyond the range of an amount.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Currency, Epsilon, Event, EventList, Neighbors};
    /// let queries = Event::pure(Epsilon::parse("0.1")?).times(10)?;
    /// let list = EventList::new(Neighbors::AddOrRemoveOne, [queries])?;
    /// assert_eq!(list.price(Currency::Pure)?.canonical(), "pure epsilon=1");
    /// // ε tanh(ε/2) each, less than ε²/2.
    /// assert_eq!(list.price(Currency::Zcdp)?.canonical(), "zcdp rho=0.049958374958");
    /// let noise = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(2.0)?])?;
    /// assert_eq!(noise.price(Currency::Gdp)?.canonical(), "gdp mu_squared=0.250000000001");
    /// assert_eq!(
    ///     noise.price(Currency::Pure).unwrap_err().to_string(),
    ///     "event 1 (gaussian) has no finite cost in currency pure; use a ledger in 'zcdp', 'gdp', 'rdp'",
    /// );
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn price(&self, currency: Currency) -> Result<Amount> {
        let mut most = Amount::zero(currency);
        for way in self.flat(Rounding::Up)? {
            most = larger(most, price(&way, self.neighbors(), currency)?)?;
        }
        Ok(most)
    }
}

fn price(way: &Flat, neighbors: Neighbors, currency: Currency) -> Result<Amount> {
    if currency == Currency::Rdp {
        if let Some(leaf) = way.leaves().iter().find(|leaf| fails(leaf, neighbors)) {
            return Err(Error::unpriced(leaf, currency.word(), "'approximate'"));
        }
        let composition = Composition::new(way, neighbors)?;
        let divergence =
            |order: f64| (Enclosure::exact(composition.log_moment(order - 1.0)) / (order - 1.0)).upper();
        return Amount::rdp(&RDP_ORDERS.map(divergence), Rounding::Up);
    }
    let mut sum = Amount::zero(currency);
    for leaf in way.leaves() {
        let once = match currency {
            Currency::Pure | Currency::Approximate => pair(leaf, neighbors, currency)?,
            Currency::Zcdp => concentrated(leaf, neighbors)?,
            _ => gaussian_distance(leaf, neighbors)?,
        };
        let all = match once {
            // Exact decimals first, then times: ten times 0.1 is 1.
            Once::Exact(amount) => amount.times(leaf.event().count())?,
            Once::Rounded(of_count) => of_count(Enclosure::count(leaf.event().count()))?,
        };
        sum = sum.plus(all)?;
    }
    Ok(sum)
}

/// What one time a mechanism costs.
enum Once {
    /// In exact decimals.
    Exact(Amount),
    /// In binary numbers: the cost of so many times is rounded once.
    Rounded(Box<dyn Fn(Enclosure) -> Result<Amount>>),
}

fn pair(leaf: &Leaf, neighbors: Neighbors, currency: Currency) -> Result<Once> {
    let others = if fails(leaf, neighbors) { "'approximate'" } else { "'zcdp', 'gdp', 'rdp'" };
    let refuse = || Error::unpriced(leaf, currency.word(), others);
    let exact = |epsilon: Epsilon, delta: Delta| {
        Amount::from(Budget::approximate(epsilon, delta)).counted_in(currency).map_err(|_| refuse())
    };
    match leaf.event().mechanism() {
        Mechanism::Pure { epsilon } | Mechanism::Exponential { epsilon }
            if leaf.event().sampling().is_none() =>
        {
            return exact(*epsilon, Delta::default()).map(Once::Exact);
        }
        Mechanism::Approximate { epsilon, delta } if leaf.event().sampling().is_none() => {
            return exact(*epsilon, *delta).map(Once::Exact);
        }
        _ => {}
    }
    let pair = Pair::of(leaf, neighbors).ok_or_else(refuse)?;
    if currency == Currency::Pure && pair.delta.upper() > 0.0 {
        return Err(refuse());
    }
    Ok(Once::Rounded(Box::new(move |count| {
        let epsilon = (pair.epsilon * count).upper();
        match currency {
            Currency::Pure => Amount::pure(epsilon, Rounding::Up),
            _ => Amount::approximate(epsilon, (pair.delta * count).upper(), Rounding::Up),
        }
    })))
}

fn concentrated(leaf: &Leaf, neighbors: Neighbors) -> Result<Once> {
    match Concentrated::of(leaf, neighbors) {
        Some(cost) if cost.delta.upper() <= 0.0 => {
            Ok(Once::Rounded(Box::new(move |count| Amount::zcdp((cost.rho * count).upper(), Rounding::Up))))
        }
        _ => {
            let others = if fails(leaf, neighbors) { "'approximate'" } else { "'rdp'" };
            Err(Error::unpriced(leaf, "zcdp", others))
        }
    }
}

/// μ² of one time a mechanism. ε-differential privacy is μ-GDP for the μ = 2Φ⁻¹(e^ε/(1 + e^ε)) at which the trade-off
/// functions meet in the middle: the one of ε is straight on both sides, the Gaussian one is convex.
fn gaussian_distance(leaf: &Leaf, neighbors: Neighbors) -> Result<Once> {
    let square = match leaf.event().mechanism() {
        Mechanism::Gaussian { noise_multiplier, .. } if leaf.event().sampling().is_none() => {
            gaussian::precision(noise_multiplier.value(), 1)
        }
        _ => match Pair::of(leaf, neighbors) {
            Some(pair) if pair.delta.upper() <= 0.0 => (distance_of_pure(pair.epsilon) * 2.0).square(),
            _ => {
                let others = if fails(leaf, neighbors) { "'approximate'" } else { "'zcdp', 'rdp'" };
                return Err(Error::unpriced(leaf, "gdp", others));
            }
        },
    };
    Ok(Once::Rounded(Box::new(move |count| Amount::gdp((square * count).upper(), Rounding::Up))))
}

/// Not below Φ⁻¹(e^ε/(1 + e^ε)): the place with no more than 1/(1 + e^ε) above.
fn distance_of_pure(epsilon: Enclosure) -> Enclosure {
    let wanted = (Enclosure::ONE / (epsilon.exp() + 1.0)).lower();
    let small_enough = |x: f64| normal::upper_tail(x) * (1.0 + normal::UPPER_TAIL_ERROR * 2.0) <= wanted;
    let (mut low, mut high) = (0.0, 1.0);
    while !small_enough(high) {
        (low, high) = (high, 2.0 * high);
    }
    while down(high) > low && high - low > high * PRECISION {
        let middle = 0.5 * (low + high);
        if small_enough(middle) { high = middle } else { low = middle }
    }
    Enclosure::new(low.min(high), high)
}

fn fails(leaf: &Leaf, neighbors: Neighbors) -> bool {
    Pair::of(leaf, neighbors).is_some_and(|pair| pair.delta.upper() > 0.0)
}

/// In every part the larger of two amounts in one currency.
fn larger(a: Amount, b: Amount) -> Result<Amount> {
    // a + (b - a), where a difference that would be negative is zero.
    a.plus(b.minus(a)?)
}

/// Where the bisection for a quantile ends: far below the decimals of an amount.
const PRECISION: f64 = 1e-15;
