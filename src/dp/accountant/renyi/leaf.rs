//! The curve of a single mechanism.

use crate::{
    dp::{
        Neighbors, Rounding,
        accountant::{
            renyi::{
                Composition, Curve,
                base::Base,
                closed::{BoundedRange, DiscreteGaussian, Laplace, Least, Linear},
                mixture::{Kind, Mixture},
                select::Select,
            },
            simple::Pair,
        },
        event::{Event, EventList, Leaf, Mechanism, Sampling},
    },
    error::{Error, Result},
    num::{Enclosure, to_f64},
};

/// A curve, and the probability with which it does not hold.
pub(super) struct Bounded {
    pub(super) curve: Box<dyn Curve>,
    pub(super) failure: Enclosure,
    /// The same in units of 1e-24, where it is stated and not the result of sampling.
    pub(super) stated: Option<u128>,
}

impl Bounded {
    fn surely(curve: impl Curve + 'static) -> Self {
        Bounded { curve: Box::new(curve), failure: Enclosure::ZERO, stated: Some(0) }
    }
}

/// The curve of one time `leaf`; nothing if it costs nothing.
pub(super) fn curve(leaf: &Leaf, neighbors: Neighbors) -> Result<Option<Bounded>> {
    let event = leaf.event();
    let kind = match (event.sampling(), neighbors) {
        (Sampling::None, _) => None,
        (Sampling::Poisson(rate), Neighbors::AddOrRemoveOne | Neighbors::ZeroOut) => {
            Some((Enclosure::exact(rate.value()), Kind::Poisson))
        }
        (Sampling::FixedSize { population, batch }, _) => {
            Some((Enclosure::count(batch) / Enclosure::count(population), Kind::FixedSize))
        }
        _ => return Err(refuse(leaf)),
    };
    match kind {
        None => unsampled(leaf, neighbors),
        Some((rate, kind)) => sampled(leaf, rate, kind, neighbors),
    }
}

fn unsampled(leaf: &Leaf, neighbors: Neighbors) -> Result<Option<Bounded>> {
    Ok(Some(match leaf.event().mechanism() {
        Mechanism::Gaussian { noise_multiplier, .. } => Bounded::surely(Linear {
            rho: Enclosure::exact(0.5) / Enclosure::exact(noise_multiplier.value()).square(),
        }),
        Mechanism::Zcdp { rho } => Bounded::surely(Linear { rho: Enclosure::exact(rho.value()) }),
        Mechanism::DiscreteGaussian { sensitivity: 0, .. }
        | Mechanism::DiscreteLaplace { sensitivity: 0, .. } => {
            return Ok(None);
        }
        Mechanism::DiscreteGaussian { sigma, sensitivity } => {
            Bounded::surely(DiscreteGaussian { sigma: sigma.value(), sensitivity: *sensitivity })
        }
        Mechanism::Exponential { epsilon } => {
            Bounded::surely(BoundedRange { epsilon: Enclosure::from(*epsilon) })
        }
        Mechanism::Approximate { epsilon, delta } => Bounded {
            failure: Enclosure::from(*delta),
            stated: Some(delta.units()),
            ..Bounded::surely(Mixture::unsampled(Base::pure(Enclosure::from(*epsilon))))
        },
        Mechanism::Laplace { noise_multiplier, .. } => {
            Bounded::surely(Laplace { epsilon: Enclosure::ONE / Enclosure::exact(noise_multiplier.value()) })
        }
        Mechanism::SelectAndRelease { candidate, mean, shape } => {
            let candidates = candidates(leaf, candidate, neighbors)?;
            Bounded::surely(Select::new(candidates, mean.value(), shape.map(|shape| shape.value())))
        }
        _ => Bounded::surely(Mixture::unsampled(base(leaf)?)),
    }))
}

fn sampled(leaf: &Leaf, rate: Enclosure, kind: Kind, neighbors: Neighbors) -> Result<Option<Bounded>> {
    match leaf.event().mechanism() {
        Mechanism::DiscreteGaussian { sensitivity: 0, .. }
        | Mechanism::DiscreteLaplace { sensitivity: 0, .. } => Ok(None),
        Mechanism::Approximate { .. } => {
            let pair = Pair::of(leaf, neighbors).ok_or_else(|| refuse(leaf))?;
            Ok(Some(Bounded {
                failure: pair.delta,
                stated: pair.stated,
                ..Bounded::surely(Mixture::unsampled(Base::pure(pair.epsilon)))
            }))
        }
        Mechanism::Exponential { epsilon } => Ok(Some(Bounded::surely(Least(
            Mixture::sampled(base(leaf)?, rate, kind),
            BoundedRange { epsilon: Enclosure::from(*epsilon) },
        )))),
        _ => Ok(Some(Bounded::surely(Mixture::sampled(base(leaf)?, rate, kind)))),
    }
}

/// The losses of one time `leaf` without its sampling.
fn base(leaf: &Leaf) -> Result<Base> {
    Ok(match leaf.event().mechanism() {
        Mechanism::Gaussian { noise_multiplier, .. } => Base::Gaussian { sigma: noise_multiplier.value() },
        Mechanism::Laplace { noise_multiplier, .. } => {
            Base::Laplace { epsilon: Enclosure::ONE / Enclosure::exact(noise_multiplier.value()) }
        }
        Mechanism::DiscreteLaplace { scale, sensitivity } => {
            Base::discrete_laplace(Enclosure::new(scale.lower(), scale.upper()), *sensitivity)
        }
        Mechanism::DiscreteGaussian { sigma, sensitivity } => {
            Base::DiscreteGaussian { sigma: sigma.value(), sensitivity: to_f64(*sensitivity) }
        }
        Mechanism::RandomizedResponse { p_random, categories } => {
            Base::randomized_response(p_random.value(), *categories)
        }
        Mechanism::Pure { epsilon } | Mechanism::Exponential { epsilon } => {
            Base::pure(Enclosure::from(*epsilon))
        }
        _ => return Err(refuse(leaf)),
    })
}

/// The ways in which one run of a candidate can meet a record.
fn candidates(leaf: &Leaf, candidate: &Event, neighbors: Neighbors) -> Result<Vec<Composition>> {
    let inside = |e: Error| e.context(format_args!("event {} (select_and_release)", leaf.number()));
    let list = EventList::new(neighbors, [candidate.clone()]).map_err(inside)?;
    let ways = list.flat(Rounding::Up).map_err(inside)?;
    let ways = ways
        .iter()
        .map(|way| Composition::new(way, neighbors))
        .collect::<Result<Vec<_>>>()
        .map_err(inside)?;
    if ways.iter().any(|way| way.failure().upper() > 0.0) {
        return Err(Error::accountant_refuses(
            leaf,
            "rdp",
            "candidates without a δ of their own",
            "none; leave out the δ",
        ));
    }
    Ok(ways)
}

fn refuse(leaf: &Leaf) -> Error {
    match (leaf.event().mechanism(), leaf.event().sampling()) {
        (Mechanism::Zcdp { .. } | Mechanism::SelectAndRelease { .. }, _) => {
            Error::event_unsampled(leaf.event().mechanism().word())
                .context(format_args!("event {}", leaf.number()))
        }
        (_, Sampling::RandomAllocation { .. }) => Error::accountant_refuses(
            leaf,
            "rdp",
            "sampling that is none, poisson or fixed_size",
            "'poisson' sampling, or 'shuffled' without amplification",
        ),
        _ => Error::accountant_refuses(
            leaf,
            "rdp",
            "poisson sampling where a record is added, removed or zeroed",
            "'pld'",
        ),
    }
}
