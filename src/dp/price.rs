//! What a query may cost, and what that buys: the only place where a price and a sensitivity become noise.

use crate::{
    dp::{
        Amount, Budget, Currency, Delta, Epsilon, Event, EventList, Neighbors, Rho,
        aggregate::{gaussian_half_width, half_width, to_f64},
        calibrate::Target,
        noise::{NoiseBackend, Scale},
        sensitivity::Sensitivity,
    },
    error::{Error, Result},
    num::{self, round},
};

/// The price of a query or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dp) enum Price {
    Epsilon(Epsilon),
    Rho(Rho),
    /// An ε and a δ, and the ρ that keeps them.
    Approximate {
        epsilon: Epsilon,
        delta: Delta,
        rho: Rho,
    },
}

/// What a query is asked for, before it is checked.
#[derive(Clone, Copy, Debug)]
pub(in crate::dp) enum Asked {
    Epsilon(Epsilon),
    Rho(Rho),
    Approximate(Epsilon, Delta),
}

impl Asked {
    /// The price of a query with noise of the kind that is wanted.
    ///
    /// # Errors
    /// `Parameter` if Gaussian noise is wanted for an ε alone, or if an ε and a δ are too small for it.
    pub(in crate::dp) fn price(self, wanted: Option<NoiseKind>) -> Result<Price> {
        match self {
            Asked::Epsilon(_) if wanted == Some(NoiseKind::Gaussian) => Err(Error::gaussian_without_rho()),
            Asked::Epsilon(epsilon) => Ok(Price::Epsilon(epsilon)),
            Asked::Rho(rho) => Ok(Price::Rho(rho)),
            Asked::Approximate(epsilon, delta) => Price::approximate(epsilon, delta),
        }
    }
}

/// The kind of noise that is added.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, NoiseKind, Query};
/// let count = Query::count().epsilon(Epsilon::parse("1")?);
/// assert!(count.clone().noise(NoiseKind::Laplace).build().is_ok());
/// assert_eq!(
///     count.noise(NoiseKind::Gaussian).build().unwrap_err().to_string(),
///     "Gaussian noise has no epsilon of its own; give the query a rho, or an epsilon and a delta by 'approximate'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoiseKind {
    /// Discrete Laplace noise, for an L1 sensitivity.
    Laplace,
    /// Discrete Gaussian noise, for an L2 sensitivity.
    Gaussian,
}

/// Noise with its scale, in lattice steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dp) enum Noise {
    Laplace(Scale),
    /// With its σ.
    Gaussian(Scale),
}

impl Price {
    /// An ε and a δ, for Gaussian noise.
    ///
    /// # Guarantee
    /// For all ε and δ, what is ρ-zCDP for the ρ of the price is (ε, δ)-differentially private.
    ///
    /// # Errors
    /// `Parameter` if they are too small for any ρ.
    pub(in crate::dp) fn approximate(epsilon: Epsilon, delta: Delta) -> Result<Self> {
        Ok(Price::Approximate { epsilon, delta, rho: rho_within(epsilon, delta)? })
    }

    /// Parts that add up to the whole exactly, the larger ones first.
    pub(in crate::dp) fn split(self, parts: u32) -> Result<Vec<Price>> {
        Ok(match self {
            Price::Epsilon(epsilon) => epsilon.split(parts)?.into_iter().map(Price::Epsilon).collect(),
            Price::Rho(rho) | Price::Approximate { rho, .. } => {
                rho.split(parts)?.into_iter().map(Price::Rho).collect()
            }
        })
    }

    /// As text without ambiguity.
    pub(in crate::dp) fn canonical(self) -> String {
        match self {
            Price::Epsilon(epsilon) => format!("epsilon {epsilon}"),
            Price::Rho(rho) => format!("rho {rho}"),
            Price::Approximate { epsilon, delta, .. } => format!("approximate {epsilon} {delta}"),
        }
    }

    /// The noise that it buys for a vector with this sensitivity: of the wanted kind, or the kind with the smaller
    /// error.
    ///
    /// # Guarantee
    /// For all sensitivities, the noisy vector is ε-differentially private for a price of ε, and ρ-zCDP for one of ρ.
    /// Laplace noise of scale b on a vector that moves by `l1` is `l1 / b`-DP, and ε-DP implies `ε²/2`-zCDP. Discrete
    /// Gaussian noise with parameter σ on one that moves by `l2` is `l2² / (2 σ²)`-zCDP (\[CKS20\] arXiv 2004.00010,
    /// theorem 14, and \[BS16\] Bun, Steinke, TCC 2016, proposition 1.4). Scales are rounded up.
    ///
    /// # Errors
    /// `Parameter` if a scale is out of range.
    pub(in crate::dp) fn noise(self, sensitivity: Sensitivity, wanted: Option<NoiseKind>) -> Result<Noise> {
        let laplace = |epsilon| Scale::for_sensitivity(sensitivity.l1, epsilon).map(Noise::Laplace);
        let rho = match self {
            Price::Epsilon(epsilon) => return laplace(epsilon),
            Price::Rho(rho) | Price::Approximate { rho, .. } => rho,
        };
        let gaussian = || gaussian_scale(sensitivity.l2_squared, rho).map(Noise::Gaussian);
        match wanted {
            Some(NoiseKind::Laplace) => laplace(rho.pure()),
            Some(NoiseKind::Gaussian) => gaussian(),
            None => {
                let (gaussian, laplace) = (gaussian()?, laplace(rho.pure()));
                Ok(match laplace {
                    Ok(laplace) if laplace.half_width(0.95) < gaussian.half_width(0.95) => laplace,
                    _ => gaussian,
                })
            }
        }
    }

    /// The ε that everything it buys has, as noise of Laplace.
    pub(in crate::dp) fn pure(self) -> Epsilon {
        match self {
            Price::Epsilon(epsilon) => epsilon,
            Price::Rho(rho) | Price::Approximate { rho, .. } => rho.pure(),
        }
    }

    /// The ε of a bounded-range choice that it buys: ε-bounded range is `ε²/8`-zCDP (\[CR21\] Cesar, Rogers, *Bounding,
    /// Concentrating, and Truncating*, ALT 2021, arXiv 2004.07223).
    pub(in crate::dp) fn choice(self) -> Epsilon {
        match self {
            Price::Epsilon(epsilon) => epsilon,
            Price::Rho(rho) | Price::Approximate { rho, .. } => rho.bounded_range(),
        }
    }

    /// What it is in `currency`, where that is stated and nothing has to be computed.
    pub(in crate::dp) fn stated(self, currency: Currency) -> Option<Amount> {
        match (self, currency) {
            (Price::Epsilon(epsilon), _) => Amount::from(epsilon).counted_in(currency).ok(),
            (Price::Rho(rho) | Price::Approximate { rho, .. }, Currency::Zcdp) => Some(Amount::from(rho)),
            (Price::Approximate { epsilon, delta, .. }, Currency::Approximate) => {
                Amount::from(Budget::approximate(epsilon, delta)).counted_in(currency).ok()
            }
            _ => None,
        }
    }
}

/// What `prices` cost together in `currency`: their sum where that is stated, or else what `events` cost, which is
/// what they bought.
///
/// # Errors
/// `Refused` if an event has no finite cost in that currency.
pub(in crate::dp) fn cost(
    currency: Currency,
    neighbors: Neighbors,
    prices: impl IntoIterator<Item = Option<Amount>>,
    events: impl FnOnce() -> Result<Vec<Event>>,
) -> Result<Amount> {
    let stated: Option<Vec<Amount>> = prices.into_iter().collect();
    match stated {
        Some(amounts) => amounts.into_iter().try_fold(Amount::zero(currency), Amount::plus),
        None => EventList::new(neighbors, events()?)?.price(currency),
    }
}

/// The largest ρ, to one part in 10^9, whose (ε, δ) is at most this.
fn rho_within(epsilon: Epsilon, delta: Delta) -> Result<Rho> {
    let found = Target::new(epsilon, delta).amount(Currency::Zcdp).ok();
    let units = found.and_then(|amount| amount.units().first().copied());
    // The least ρ of an event is 1e-9, the largest of a price 64.
    let rho = units
        .filter(|&units| units > 1_000)
        .and_then(|units| Rho::from_units(u64::try_from(units).unwrap_or(u64::MAX).min(64_000_000_000_000)));
    rho.ok_or_else(|| Error::approximate_too_small(epsilon, delta))
}

impl Noise {
    /// Adds an independent draw to each of `totals`.
    pub(in crate::dp) fn add_to(
        self,
        backend: &mut (impl NoiseBackend + ?Sized),
        totals: &mut [i128],
    ) -> Result<()> {
        match self {
            Noise::Laplace(scale) => backend.add_laplace(scale, totals),
            Noise::Gaussian(sigma) => backend.add_gaussian(sigma, totals),
        }
    }

    /// How far it moves an entry, at most, with probability `confidence`, in lattice steps.
    pub(in crate::dp) fn half_width(self, confidence: f64) -> f64 {
        match self {
            Noise::Laplace(scale) => half_width(scale, confidence),
            Noise::Gaussian(sigma) => gaussian_half_width(sigma, confidence),
        }
    }

    /// What was done, when it was added for this price to a vector with this sensitivity in L1.
    pub(in crate::dp) fn event(self, sensitivity: u64, price: Price) -> Result<Event> {
        match (self, price) {
            (Noise::Laplace(scale), _) => Ok(Event::discrete_laplace(scale, sensitivity)),
            // Noise on a vector of integers: the event of one integer would say too little of it.
            (Noise::Gaussian(_), Price::Rho(rho) | Price::Approximate { rho, .. }) => {
                Event::zcdp(round::up(rho.to_f64()))
            }
            (Noise::Gaussian(_), Price::Epsilon(_)) => Err(Error::gaussian_without_rho()),
        }
    }
}

/// A σ of at least `sqrt(l2_squared / (2 ρ))`, larger by at most one part in 10^12.
pub(in crate::dp) fn gaussian_scale(l2_squared: u128, rho: Rho) -> Result<Scale> {
    let squared = to_f64(i128::try_from(l2_squared).unwrap_or(i128::MAX));
    // Four roundings to the nearest, each of one part in 2^53.
    scale_at_least((squared / (2.0 * rho.to_f64())).sqrt() * (1.0 + 1e-15) * (1.0 + 1e-12))
}

/// The least scale that is at least `sigma`.
pub(in crate::dp) fn scale_at_least(sigma: f64) -> Result<Scale> {
    // In units of 2^-power, as fine as a scale can be: the product with a power of two is exact.
    let out_of_range = || Error::scale_range(format_args!("{sigma:e}"));
    let power = (0..=45).rev().find(|&power| sigma * num::power_of_two(power) < 4e18);
    let power = power.ok_or_else(out_of_range)?;
    let numerator = num::whole((sigma * num::power_of_two(power)).ceil());
    Scale::new(numerator.ok_or_else(out_of_range)?, 1 << power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{
        Rounding,
        accountant::{Accountant, Zcdp},
        event::Mechanism,
    };

    #[test]
    fn a_gaussian_scale_is_at_least_what_the_price_allows() {
        // (squared sensitivity, ρ, σ)
        let cases = [
            (1u128, "0.5", 1.0),
            (9, "0.125", 6.0),
            (1 << 122, "2", 2f64.powi(60)),
            (2, "0.000000000001", 1e6),
        ];
        for (l2_squared, rho, sigma) in cases {
            let scale = gaussian_scale(l2_squared, Rho::parse(rho).unwrap()).unwrap();
            let found = crate::num::to_f64(scale.numerator()) / crate::num::to_f64(scale.denominator());
            assert!(found >= sigma && found <= sigma * (1.0 + 1e-11), "{scale}");
        }
        assert!(gaussian_scale(u128::MAX >> 1, Rho::parse("1e-12").unwrap()).is_err());
    }

    #[test]
    fn a_price_buys_the_noise_with_the_smaller_error_and_never_more_than_it_pays() {
        let sensitivity = |l1, l2_squared| Sensitivity { l1, l2_squared };
        let rho = Price::Rho(Rho::parse("0.5").unwrap());
        assert!(matches!(rho.noise(sensitivity(1 << 40, 1 << 80), None).unwrap(), Noise::Gaussian(_)));
        // An ε of 1 has a ρ of 1/2, as a choice of bounded range of 1/8.
        assert_eq!(
            rho.noise(sensitivity(1, 1), Some(NoiseKind::Laplace)).unwrap(),
            Noise::Laplace(Scale::new(1, 1).unwrap())
        );
        assert_eq!(rho.choice().to_string(), "2");
    }

    #[test]
    fn prices_are_stated_in_their_own_currency_and_computed_in_others() {
        let (epsilon, delta) = (Epsilon::parse("0.1").unwrap(), Delta::parse("1e-6").unwrap());
        let approximate = Price::approximate(epsilon, delta).unwrap();
        let Price::Approximate { rho, .. } = approximate else { panic!("of another kind") };
        // The textbook's conversion ρ + 2 sqrt(ρ ln(1/δ)) allows 1.8e-4 for (0.1, 1e-6); the best one more.
        assert!((3.2e-4..3.3e-4).contains(&rho.to_f64()), "{rho}");
        let cases = [
            (Price::Epsilon(epsilon), Currency::Pure, Some("pure epsilon=0.1")),
            (Price::Epsilon(epsilon), Currency::Approximate, Some("approximate epsilon=0.1 delta=0")),
            (Price::Epsilon(epsilon), Currency::Zcdp, None),
            (approximate, Currency::Approximate, Some("approximate epsilon=0.1 delta=0.000001")),
            (approximate, Currency::Rdp, None),
            (Price::Rho(Rho::parse("0.5").unwrap()), Currency::Zcdp, Some("zcdp rho=0.5")),
            (Price::Rho(Rho::parse("0.5").unwrap()), Currency::Gdp, None),
        ];
        for (price, currency, stated) in cases {
            let found = price.stated(currency).map(|amount| amount.canonical());
            assert_eq!(found.as_deref(), stated, "{price:?} {currency}");
        }
        let one = Event::pure(Epsilon::parse("1").unwrap());
        let cost = cost(Currency::Zcdp, Neighbors::default(), [None], || Ok(vec![one])).unwrap();
        // ε tanh(ε/2).
        assert_eq!(cost.canonical(), "zcdp rho=0.462117157261");
        assert!(Price::approximate(epsilon, Delta::default()).is_err());
        // By the accountant of zCDP the ρ of a price keeps ε, and one larger by a part in 10^8 does not.
        for (epsilon, delta) in [("0.1", "1e-6"), ("1", "1e-9"), ("20", "0.01"), ("0.001", "1e-6")] {
            let (epsilon, delta) = (Epsilon::parse(epsilon).unwrap(), Delta::parse(delta).unwrap());
            let Price::Approximate { rho, .. } = Price::approximate(epsilon, delta).unwrap() else {
                panic!("of another kind")
            };
            let at = |rho: f64| {
                let list = EventList::new(Neighbors::default(), [Event::zcdp(rho).unwrap()]).unwrap();
                Zcdp.compose(&list).unwrap().epsilon(delta).unwrap().upper()
            };
            let (kept, more) = (at(round::up(rho.to_f64())), at(rho.to_f64() * (1.0 + 1e-8) + 1e-12));
            assert!(kept <= epsilon.to_f64() && more > epsilon.to_f64(), "{epsilon} {delta}: {kept} {more}");
        }
        assert!(
            Price::approximate(Epsilon::parse("1e-12").unwrap(), Delta::parse("1e-24").unwrap()).is_err()
        );
    }

    /// Against whole numbers: a binary fraction is `mantissa / 2^places`.
    #[test]
    fn a_scale_is_no_less_than_the_number_that_it_is_made_of_and_hardly_more() {
        for sigma in
            [1.0f64.next_up(), 0.1, 1.0 / 3.0, 1e-9, 12.5, 1e6 + 0.3, 1e15 / 3.0, 2f64.powi(52) + 1.0]
        {
            let scale = scale_at_least(sigma).unwrap();
            let (n, d) = (u128::from(scale.numerator()), u128::from(scale.denominator()));
            let mantissa = u128::from(sigma.to_bits() & ((1 << 52) - 1) | 1 << 52);
            let places = 1075 - (sigma.to_bits() >> 52);
            assert!(n << places >= mantissa * d, "{sigma}: {scale}");
            assert!((n << places) - mantissa * d <= (d << places) >> 45, "{sigma}: {scale}");
        }
        let most = scale_at_least(2f64.powi(61)).unwrap();
        assert_eq!((most.numerator(), most.denominator()), (1 << 61, 1));
        for bad in [2f64.powi(61).next_up(), 1e19, f64::INFINITY, f64::NAN] {
            assert!(scale_at_least(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_epsilon_buys_laplace_noise_only_and_a_rho_what_is_asked_for_or_is_better() {
        let (epsilon, rho) = (Epsilon::parse("1").unwrap(), Rho::parse("0.5").unwrap());
        assert_eq!(Asked::Epsilon(epsilon).price(Some(NoiseKind::Laplace)).unwrap(), Price::Epsilon(epsilon));
        assert!(Asked::Epsilon(epsilon).price(Some(NoiseKind::Gaussian)).is_err());
        for wanted in [None, Some(NoiseKind::Gaussian), Some(NoiseKind::Laplace)] {
            assert_eq!(Asked::Rho(rho).price(wanted).unwrap(), Price::Rho(rho));
        }
        // Gaussian noise of σ = 1 is within 2 with 95 %, and Laplace noise of scale 1 within 3; but the one needs the L2
        // sensitivity, and the other that in L1.
        let noise = |rho: &str, l1, l2_squared, wanted| {
            Price::Rho(Rho::parse(rho).unwrap()).noise(Sensitivity { l1, l2_squared }, wanted).unwrap()
        };
        assert!(matches!(noise("0.5", 1, 1, None), Noise::Gaussian(_)));
        assert!(matches!(noise("0.5", 100, 1, None), Noise::Gaussian(_)));
        assert!(matches!(noise("0.5", 1, 100, None), Noise::Laplace(_)));
        assert!(matches!(noise("0.5", 1, 1, Some(NoiseKind::Laplace)), Noise::Laplace(_)));
        assert!(matches!(noise("0.5", 1, 100, Some(NoiseKind::Gaussian)), Noise::Gaussian(_)));
        for price in [Price::Epsilon(epsilon), Price::Rho(rho)] {
            assert_eq!(price.pure(), epsilon, "{price:?}");
        }
        assert_eq!(Price::Epsilon(epsilon).choice(), epsilon);
        let parts = Price::Rho(rho).split(3).unwrap();
        let rhos = ["0.166666666667", "0.166666666667", "0.166666666666"];
        assert_eq!(parts, rhos.map(|rho| Price::Rho(Rho::parse(rho).unwrap())));
    }

    /// 0.3 and 0.7 have their nearest binary fraction below them.
    #[test]
    fn an_event_of_gaussian_noise_states_no_less_than_its_price() {
        for text in ["0.1", "0.3", "0.7", "0.000000001", "64", "12.345678901234"] {
            let rho = Rho::parse(text).unwrap();
            let noise = Noise::Gaussian(gaussian_scale(1, rho).unwrap());
            let event = noise.event(1, Price::Rho(rho)).unwrap();
            let Mechanism::Zcdp { rho: stated } = event.mechanism() else { panic!("of another kind") };
            assert!(Amount::from(rho).fits(Amount::zcdp(stated.value(), Rounding::Down).unwrap()), "{text}");
            assert!(noise.event(1, Price::Epsilon(rho.pure())).is_err());
        }
    }
}
