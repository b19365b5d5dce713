//! The curve of a single mechanism.

use crate::{
    dp::{
        Neighbors, Rounding,
        accountant::renyi::{
            Composition, Curve,
            base::Base,
            closed::{BoundedRange, DiscreteGaussian, Linear},
            mixture::{Kind, Mixture},
            select::Select,
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
        Some((rate, kind)) => sampled(leaf, rate, kind),
    }
}

fn unsampled(leaf: &Leaf, neighbors: Neighbors) -> Result<Option<Bounded>> {
    let mut failure = Enclosure::ZERO;
    let curve: Box<dyn Curve> = match leaf.event().mechanism() {
        Mechanism::Gaussian { noise_multiplier, .. } => Box::new(Linear {
            rho: Enclosure::exact(0.5) / Enclosure::exact(noise_multiplier.value()).square(),
        }),
        Mechanism::Zcdp { rho } => Box::new(Linear { rho: Enclosure::exact(rho.value()) }),
        Mechanism::DiscreteGaussian { sensitivity: 0, .. }
        | Mechanism::DiscreteLaplace { sensitivity: 0, .. } => {
            return Ok(None);
        }
        Mechanism::DiscreteGaussian { sigma, sensitivity } => {
            Box::new(DiscreteGaussian { sigma: sigma.value(), sensitivity: *sensitivity })
        }
        Mechanism::Exponential { epsilon } => Box::new(BoundedRange { epsilon: Enclosure::from(*epsilon) }),
        Mechanism::Approximate { epsilon, delta } => {
            failure = Enclosure::from(*delta);
            Box::new(Mixture::unsampled(Base::pure(Enclosure::from(*epsilon))))
        }
        Mechanism::SelectAndRelease { candidate, mean, shape } => {
            let candidates = candidates(leaf, candidate, neighbors)?;
            Box::new(Select::new(candidates, mean.value(), shape.map(|shape| shape.value())))
        }
        _ => Box::new(Mixture::unsampled(base(leaf)?)),
    };
    Ok(Some(Bounded { curve, failure }))
}

fn sampled(leaf: &Leaf, rate: Enclosure, kind: Kind) -> Result<Option<Bounded>> {
    if let Mechanism::Approximate { epsilon, delta } = leaf.event().mechanism() {
        // ln(1 + q (e^ε - 1)) and qδ (Balle, Barthe, Gaboardi, NeurIPS 2018, theorems 8 and 9).
        let epsilon = (Enclosure::from(*epsilon).exp_m1() * rate).ln_1p();
        let curve = Box::new(Mixture::unsampled(Base::pure(epsilon)));
        return Ok(Some(Bounded { curve, failure: Enclosure::from(*delta) * rate }));
    }
    if let Mechanism::DiscreteGaussian { sensitivity: 0, .. }
    | Mechanism::DiscreteLaplace { sensitivity: 0, .. } = leaf.event().mechanism()
    {
        return Ok(None);
    }
    let curve = Box::new(Mixture::sampled(base(leaf)?, rate, kind));
    Ok(Some(Bounded { curve, failure: Enclosure::ZERO }))
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
