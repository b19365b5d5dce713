//! From a mechanism and its sampling to a dominating pair, and to pairs that concrete neighbors attain.

use crate::{
    dp::{
        Neighbors,
        accountant::pld::pair::{Atoms, Pair},
        event::{Leaf, Mechanism, Sampling},
    },
    error::{Error, Result},
    num::to_f64,
};

/// What bounds one mechanism from both sides.
#[derive(Clone, Debug)]
pub(super) struct Dominating {
    /// Dominates every pair of neighbors.
    pub(super) above: Pair,
    /// How often, in place of the count of the event.
    pub(super) count: u64,
    /// Attained by some neighbors; `None` if that is the same pair.
    pub(super) attained: Option<(Pair, u64)>,
}

impl Dominating {
    pub(super) fn of(leaf: &Leaf, neighbors: Neighbors) -> Result<Self> {
        let (plain, count) = (Plain::of(leaf)?, leaf.event().count());
        let exact = |above: Pair| Dominating { above, count, attained: None };
        match leaf.event().sampling() {
            Sampling::None => {
                Ok(Dominating { attained: plain.attained.map(|pair| (pair, count)), ..exact(plain.above) })
            }
            Sampling::Poisson(rate) if neighbors == Neighbors::ReplaceOne => {
                Ok(poisson_replaced(leaf, plain, rate.value(), count))
            }
            Sampling::Poisson(rate) => Ok(Dominating {
                attained: plain.attained.map(|pair| (pair.poisson(rate.value()), count)),
                ..exact(plain.above.poisson(rate.value()))
            }),
            Sampling::FixedSize { population, batch } => {
                // All other records may equal the one that is replaced, or the one that replaces it: then one side
                // is the base, the other the mixture.
                let share = to_f64(batch) / to_f64(population);
                let base = plain.attained.unwrap_or_else(|| plain.above.clone());
                Ok(Dominating {
                    attained: Some((base.poisson(share), count)),
                    ..exact(plain.above.fixed_size(share))
                })
            }
            Sampling::RandomAllocation { steps, selected } => {
                // With the steps of the record revealed, it is a composition of those; of a round, its first step alone is
                // a Poisson sample.
                let rounds = count.div_ceil(steps);
                let base = plain.attained.unwrap_or_else(|| plain.above.clone());
                Ok(Dominating {
                    above: plain.above,
                    count: rounds.saturating_mul(selected),
                    attained: Some((base.poisson(to_f64(selected) / to_f64(steps)), count / steps)),
                })
            }
            _ => Err(refused(leaf)),
        }
    }

    /// What some neighbors attain, and how often.
    pub(super) fn attained(&self) -> (Pair, u64) {
        self.attained.clone().unwrap_or_else(|| (self.above.clone(), self.count))
    }
}

/// The pairs of a mechanism on all rows.
struct Plain {
    above: Pair,
    attained: Option<Pair>,
}

impl Plain {
    fn of(leaf: &Leaf) -> Result<Self> {
        let exact = |above: Pair| Plain { above, attained: None };
        Ok(match leaf.event().mechanism() {
            Mechanism::Gaussian { noise_multiplier, .. } => {
                exact(Pair::gaussian(1.0 / noise_multiplier.value()))
            }
            Mechanism::Laplace { noise_multiplier, .. } => {
                exact(Pair::laplace(1.0 / noise_multiplier.value()))
            }
            Mechanism::DiscreteLaplace { scale, sensitivity } => {
                exact(Pair::discrete_laplace(1.0 / scale.lower(), *sensitivity))
            }
            Mechanism::DiscreteGaussian { sigma, sensitivity } => {
                exact(Pair::discrete_gaussian(sigma.value(), *sensitivity))
            }
            Mechanism::RandomizedResponse { p_random, categories } => {
                exact(Pair::Atoms(Atoms::randomized_response(p_random.value(), *categories)))
            }
            Mechanism::Pure { epsilon } => exact(Pair::Atoms(Atoms::approximate(epsilon.to_f64(), 0.0))),
            Mechanism::Approximate { epsilon, delta } => {
                exact(Pair::Atoms(Atoms::approximate(epsilon.to_f64(), delta.to_f64())))
            }
            Mechanism::Exponential { epsilon } => Plain {
                above: Pair::bounded_range(epsilon.to_f64()),
                // Two outputs whose scores move to opposite sides.
                attained: Some(Pair::Atoms(Atoms::approximate(0.5 * epsilon.to_f64(), 0.0))),
            },
            _ => return Err(refused(leaf)),
        })
    }
}

/// A record replaced by another, and a Poisson sample that holds it or does not.
///
/// Of Gaussian noise on a sum, the two records may be opposite vectors. Of anything else, neighbors are at most as far
/// apart as if the sample were revealed (joint convexity), and at least as if one of the records were zero.
fn poisson_replaced(leaf: &Leaf, plain: Plain, rate: f64, count: u64) -> Dominating {
    if let Mechanism::Gaussian { noise_multiplier, .. } = leaf.event().mechanism() {
        // The multiplier is relative to the distance of two opposite records.
        let shift = 0.5 / noise_multiplier.value();
        return Dominating { above: Pair::replaced(shift, rate), count, attained: None };
    }
    let base = plain.attained.unwrap_or_else(|| plain.above.clone());
    let attained = match leaf.event().mechanism() {
        Mechanism::Laplace { noise_multiplier, .. } => {
            Pair::laplace(0.5 / noise_multiplier.value()).poisson(rate)
        }
        _ => base.thinned(rate),
    };
    Dominating { above: plain.above.thinned(rate), count, attained: Some((attained, count)) }
}

fn refused(leaf: &Leaf) -> Error {
    let others = match leaf.event().mechanism() {
        Mechanism::Zcdp { .. } => "'zcdp' or 'rdp'",
        _ => "'rdp'",
    };
    Error::accountant_refuses(leaf, "pld", "mechanisms with a known dominating pair", others)
}
