//! What a mechanism guarantees as (ε, δ), by itself, for accountants that add or compose such pairs.

use crate::{
    dp::{
        Neighbors,
        event::{Leaf, Mechanism, Sampling},
    },
    num::Enclosure,
};

/// The (ε, δ) of one time a mechanism.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) epsilon: Enclosure,
    pub(super) delta: Enclosure,
    /// δ in units of 1e-24, where it is stated and not the result of sampling.
    pub(super) stated: Option<u128>,
}

impl Pair {
    /// The (ε, δ) of one time `leaf`; nothing if it has none that is finite without choosing a δ.
    ///
    /// Sampling amplifies ε to ln(1 + q(e^ε - 1)) and δ to qδ: Poisson when records are added or removed, fixed size when one
    /// is replaced (\[BBG18\] Balle, Barthe, Gaboardi, *Privacy Amplification by Subsampling*, NeurIPS 2018, theorems 8
    /// and 9; zeroing is like removing, because the zeroed record adds nothing whether sampled or not).
    pub(super) fn of(leaf: &Leaf, neighbors: Neighbors) -> Option<Self> {
        let (mut epsilon, mut delta, mut stated) = (Enclosure::ZERO, Enclosure::ZERO, Some(0));
        match leaf.event().mechanism() {
            Mechanism::Laplace { noise_multiplier, .. } => {
                epsilon = Enclosure::ONE / Enclosure::exact(noise_multiplier.value());
            }
            Mechanism::DiscreteLaplace { scale, sensitivity } => {
                epsilon = Enclosure::count(*sensitivity) / Enclosure::new(scale.lower(), scale.upper());
            }
            Mechanism::DiscreteGaussian { sensitivity: 0, .. } => {}
            Mechanism::RandomizedResponse { p_random, categories } => {
                let others = Enclosure::ONE - p_random.value();
                epsilon = (others * Enclosure::count(*categories) / p_random.value()).ln_1p();
            }
            Mechanism::Exponential { epsilon: e } | Mechanism::Pure { epsilon: e } => {
                epsilon = Enclosure::from(*e)
            }
            Mechanism::Approximate { epsilon: e, delta: d } => {
                epsilon = Enclosure::from(*e);
                delta = Enclosure::from(*d);
                stated = Some(d.units());
            }
            _ => return None,
        }
        let rate = match (leaf.event().sampling(), neighbors) {
            (Sampling::None, _) => return Some(Pair { epsilon, delta, stated }),
            (Sampling::Poisson(rate), Neighbors::AddOrRemoveOne | Neighbors::ZeroOut) => {
                Enclosure::exact(rate.value())
            }
            (Sampling::FixedSize { population, batch }, Neighbors::ReplaceOne) => {
                Enclosure::count(batch) / Enclosure::count(population)
            }
            _ => return None,
        };
        if delta.upper() > 0.0 {
            stated = None;
        }
        Some(Pair { epsilon: (epsilon.exp_m1() * rate).ln_1p(), delta: delta * rate, stated })
    }
}

/// The δ of mechanisms that do not keep their ε for sure, all together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    log_success: Enclosure,
    stated: Option<u128>,
}

impl Failure {
    pub(super) const NONE: Self = Failure { log_success: Enclosure::ZERO, stated: Some(0) };

    /// With `count` times this δ more; `stated` is the same in units of 1e-24, if it was stated.
    pub(super) fn and(self, delta: Enclosure, stated: Option<u128>, count: u64) -> Self {
        let more = stated.and_then(|units| units.checked_mul(u128::from(count)));
        Failure {
            log_success: self.log_success + (-delta).ln_1p() * Enclosure::count(count),
            stated: self.stated.zip(more).and_then(|(sum, more)| sum.checked_add(more)),
        }
    }

    /// 1 - (1 - δ₁)(1 - δ₂)..
    pub(super) fn probability(self) -> Enclosure {
        (-self.log_success.exp_m1()).max(Enclosure::ZERO)
    }

    /// The δ' that is left of `delta` = f + (1 - f) δ' for the case that nothing fails; nothing if δ is less than f.
    pub(super) fn rest(self, delta: crate::dp::Delta) -> Option<Enclosure> {
        let (target, probability) = (Enclosure::from(delta), self.probability());
        // Exact decimals first: what was stated with δ = 1e-8 holds for δ = 1e-8.
        let covered =
            probability.upper() <= target.lower() || self.stated.is_some_and(|sum| sum <= delta.units());
        covered.then(|| ((target - probability) / (Enclosure::ONE - probability)).max(Enclosure::ZERO))
    }

    /// f + (1 - f) δ'.
    pub(super) fn with(self, rest: Enclosure) -> Enclosure {
        let probability = self.probability();
        (probability + (Enclosure::ONE - probability) * rest).min(Enclosure::ONE)
    }
}
