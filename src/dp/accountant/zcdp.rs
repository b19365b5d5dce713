//! Zero-concentrated differential privacy (\[BS16\] Bun, Steinke, *Concentrated Differential Privacy*, TCC 2016).

use crate::{
    dp::{
        Delta, Epsilon, EventList, Neighbors, Rounding,
        accountant::{
            Accountant, Interval, PrivacyProfile, convert,
            simple::{Failure, Pair},
        },
        event::{Leaf, Mechanism, Sampling},
    },
    error::{Error, Result},
    num::{
        Enclosure,
        remainder::{REMAINDER_ERROR, exp_remainder},
    },
};

/// Adds ρ, and converts the sum by the best known conversion at the best order.
///
/// Its lower bound is 0: it knows none. Sampled Gaussian noise is refused: ρ does not show what sampling saves.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, accountant::{Accountant, Zcdp}};
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::zcdp(0.05)?.times(10)?])?;
/// let epsilon = Zcdp.compose(&list)?.epsilon(Delta::parse("1e-6")?)?;
/// // ρ + 2 √(ρ ln(1/δ)) = 5.76 is the textbook's conversion.
/// assert!((5.22..5.23).contains(&epsilon.upper()));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "a sum has no settings")]
pub struct Zcdp;

impl Accountant for Zcdp {
    fn name(&self) -> &'static str {
        "zcdp"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let mut ways = Vec::new();
        for way in events.flat(Rounding::Up)? {
            let (mut rho, mut failure) = (Enclosure::ZERO, Failure::NONE);
            for leaf in way.leaves() {
                let cost = Concentrated::of(leaf, events.neighbors()).ok_or_else(|| {
                    Error::accountant_refuses(
                        leaf,
                        "zcdp",
                        "mechanisms with a ρ of their own",
                        "'pld' or 'rdp'",
                    )
                })?;
                rho = rho + cost.rho * Enclosure::count(leaf.event().count());
                failure = failure.and(cost.delta, cost.stated, leaf.event().count());
            }
            ways.push((rho.upper(), failure));
        }
        Ok(Box::new(ConcentratedProfile { ways }))
    }
}

/// What one time a mechanism costs: it is δ-approximately ρ-zCDP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Concentrated {
    pub(super) rho: Enclosure,
    pub(super) delta: Enclosure,
    pub(super) stated: Option<u128>,
}

impl Concentrated {
    /// The cost of one time `leaf`; nothing if it has none.
    ///
    /// # Guarantee
    /// For all neighbors P and Q and all orders α > 1, D_α(P ‖ Q) ≤ ρα, but for an event of probability δ. For ε-differential
    /// privacy, for Laplace and for discrete Laplace noise ρ is the limit of D_α/α at α = 1, the Kullback-Leibler divergence,
    /// where that ratio is largest (`docs/proofs/concentrated_laplace.md`).
    pub(super) fn of(leaf: &Leaf, neighbors: Neighbors) -> Option<Self> {
        let sampling = leaf.event().sampling();
        if sampling.is_none() {
            return Concentrated::unsampled(leaf, neighbors);
        }
        let sampled = Pair::of(leaf, neighbors).map(Concentrated::from)?;
        // Sampling never adds to a divergence, by joint convexity; and for large rates the pure mechanism is above that.
        let whole = match sampling {
            Sampling::Poisson(_) | Sampling::FixedSize { .. } => Concentrated::unsampled(leaf, neighbors),
            _ => None,
        };
        Some(match whole {
            Some(whole) if sampled.stated == Some(0) && whole.rho.upper() < sampled.rho.upper() => whole,
            _ => sampled,
        })
    }

    /// The same without the sampling of `leaf`.
    fn unsampled(leaf: &Leaf, neighbors: Neighbors) -> Option<Self> {
        let surely = |rho: Enclosure| Some(Concentrated { rho, delta: Enclosure::ZERO, stated: Some(0) });
        let half = Enclosure::exact(0.5);
        match leaf.event().mechanism() {
            Mechanism::Gaussian { noise_multiplier, .. } => {
                surely(half / Enclosure::exact(noise_multiplier.value()).square())
            }
            Mechanism::DiscreteGaussian { sigma, sensitivity } => {
                surely((Enclosure::count(*sensitivity) / sigma.value()).square() * half)
            }
            Mechanism::Zcdp { rho } => surely(Enclosure::exact(rho.value())),
            // Cesar, Rogers, *Bounding, Concentrating, and Truncating*, ALT 2021, lemma 3.4.
            Mechanism::Exponential { epsilon } => surely(Enclosure::from(*epsilon).square() * 0.125),
            Mechanism::Laplace { noise_multiplier, .. } => {
                let fall = -(Enclosure::ONE / Enclosure::exact(noise_multiplier.value()));
                surely(fall.decreasing(|x| Enclosure::around(exp_remainder(x), REMAINDER_ERROR)))
            }
            Mechanism::DiscreteLaplace { scale, sensitivity } => {
                let scale = Enclosure::new(scale.lower(), scale.upper());
                surely(discrete_laplace(scale, *sensitivity))
            }
            _ => Pair::of(leaf, neighbors).map(Concentrated::from),
        }
    }
}

impl From<Pair> for Concentrated {
    /// ρ = ε tanh(ε/2), which is at most ε²/2.
    fn from(pair: Pair) -> Self {
        Concentrated { rho: pure(pair.epsilon), delta: pair.delta, stated: pair.stated }
    }
}

fn pure(epsilon: Enclosure) -> Enclosure {
    // tanh(ε/2) = (1 - e^-ε)/(1 + e^-ε).
    epsilon * -(-epsilon).exp_m1() / ((-epsilon).exp() + 1.0)
}

/// With a = 1/scale and p = e^-a, the divergence is a (Δ - 2p (1 - p^Δ)/(1 - p²)): a times the mean of |y + Δ| - |y|.
fn discrete_laplace(scale: Enclosure, sensitivity: u64) -> Enclosure {
    let a = Enclosure::ONE / scale;
    let distance = Enclosure::count(sensitivity);
    let fall = |x: Enclosure| -(-x).exp_m1();
    let mean = distance - (-a).exp() * fall(a * distance) * 2.0 / fall(a * 2.0);
    // Where the difference has lost its digits, ε-differential privacy says more.
    (a * mean).max(Enclosure::ZERO).min(pure(a * distance))
}

/// ρ and δ of all events together, for each way to meet a record.
#[derive(Debug)]
struct ConcentratedProfile {
    ways: Vec<(f64, Failure)>,
}

impl PrivacyProfile for ConcentratedProfile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let upper = |&(rho, failure): &(f64, Failure)| match failure.rest(delta) {
            _ if rho <= 0.0 => 0.0,
            None => f64::INFINITY,
            Some(rest) => convert::epsilon(log_moment(rho), log_moment(rho), rest.lower()).0,
        };
        Ok(Interval::ordered(0.0, self.ways.iter().map(upper).fold(0.0, f64::max)))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let epsilon = Enclosure::from(epsilon).lower();
        let upper = |&(rho, failure): &(f64, Failure)| {
            let rest =
                if rho <= 0.0 { 0.0 } else { convert::delta(log_moment(rho), log_moment(rho), epsilon).0 };
            failure.with(Enclosure::exact(rest)).upper()
        };
        Ok(Interval::ordered(0.0, self.ways.iter().map(upper).fold(0.0, f64::max)))
    }

    fn method(&self, _delta: Delta) -> String {
        let rho = self.ways.iter().map(|way| way.0).fold(0.0, f64::max);
        format!("zero-concentrated differential privacy with ρ = {rho:.6}")
    }
}

/// (α - 1) D_α ≤ (α - 1) αρ.
fn log_moment(rho: f64) -> impl Fn(f64) -> f64 {
    move |excess| (Enclosure::exact(rho) * excess * (Enclosure::exact(excess) + 1.0)).upper()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{Event, accountant::renyi::Composition, event::StatedScale};

    #[test]
    fn divergences_are_at_most_rho_times_their_order_and_come_close_to_it() {
        let epsilon = |e: &str| Epsilon::parse(e).unwrap();
        let events = [
            Event::laplace(0.2).unwrap(),
            Event::laplace(3.0).unwrap(),
            Event::discrete_laplace(StatedScale::new(0.7).unwrap(), 1),
            Event::discrete_laplace(StatedScale::new(2.5).unwrap(), 7),
            Event::pure(epsilon("0.01")),
            Event::pure(epsilon("1")),
            Event::pure(epsilon("5")),
            Event::exponential(epsilon("1")),
            Event::randomized_response(0.3, 2).unwrap(),
        ];
        for event in events {
            let list = EventList::new(Neighbors::ReplaceOne, [event.relative_to_distance()]).unwrap();
            let way = &list.flat(Rounding::Up).unwrap()[0];
            let rho = Concentrated::of(&way.leaves()[0], Neighbors::ReplaceOne).unwrap().rho.upper();
            let curve = Composition::new(way, Neighbors::ReplaceOne).unwrap();
            for excess in [1e-3, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0] {
                let ratio = curve.log_moment(excess) / (excess * (excess + 1.0));
                assert!(ratio <= rho * (1.0 + 1e-9), "{} at {excess}: {ratio} {rho}", list.events()[0]);
            }
            let near_one = curve.log_moment(1e-3) / (1e-3 * 1.001);
            assert!(near_one >= 0.96 * rho, "{}: {near_one} {rho}", list.events()[0]);
        }
    }

    impl Event {
        fn relative_to_distance(self) -> Self {
            self.clone().relative_to(crate::dp::event::NoiseUnit::Sensitivity).unwrap_or(self)
        }
    }
}
