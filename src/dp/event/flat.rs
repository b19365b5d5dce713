//! A list of events reduced to single mechanisms, so that accountants need not know how events nest.

use std::collections::HashMap;

use crate::{
    dp::{
        Neighbors, Rounding,
        event::{Event, EventList, Mechanism, NoiseUnit, Positive, Sampling},
    },
    error::{Error, Result},
    num,
};

/// One way in which the events of a list can meet one record: single mechanisms, all composed.
///
/// What is left: no [`Mechanism::Composition`], [`Mechanism::Parallel`] or [`Mechanism::Tree`], no
/// [`Sampling::Shuffled`]; noise multipliers are relative to the distance of neighbors (their unit is
/// [`NoiseUnit::Sensitivity`]); equal mechanisms are one event with a count, in an order that does not depend
/// on that of the list.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, Event, EventList, Neighbors, Rounding};
/// // Wards of their own: a patient is in one of them, and meets one of the two events.
/// let wards = Event::parallel(vec![Event::pure(Epsilon::parse("0.5")?), Event::gaussian(2.0)?])?;
/// let ways = EventList::new(Neighbors::AddOrRemoveOne, [wards])?.flat(Rounding::Up)?;
/// assert_eq!(ways.len(), 2);
/// assert!(ways.iter().all(|way| way.leaves().len() == 1));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flat {
    leaves: Vec<Leaf>,
}

/// A single mechanism of a [`Flat`] list.
///
/// # Examples
/// ```
/// use incog::dp::{Event, EventList, Neighbors, Rounding, event::Mechanism};
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(3.0)?.times(2)?, Event::gaussian(3.0)?])?;
/// for leaf in list.flat(Rounding::Up)?[0].leaves() {
///     // An accountant of your own has no other mechanisms to price than single ones, each with its count.
///     let Mechanism::Gaussian { noise_multiplier, .. } = leaf.event().mechanism() else { panic!("no other is there") };
///     assert_eq!((noise_multiplier.value(), leaf.event().count(), leaf.number()), (3.0, 3, 1));
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    event: Event,
    number: usize,
}

impl EventList {
    /// The list reduced to single mechanisms: one way, or several where parts are parallel. What the list
    /// costs is the most that one of the ways costs.
    ///
    /// With [`Rounding::Up`] each way costs at least as much as the list, for upper bounds; with
    /// [`Rounding::Down`] at most, for lower bounds. They differ only where several mechanisms share a sample.
    ///
    /// # Errors
    /// `Unsupported` if no accountant can treat an event soundly: mechanisms other than Gaussian that share a
    /// sample, a sampled tree or selection, or too many different parallel parts.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Event, EventList, Neighbors, Rounding};
    /// let list = EventList::new(Neighbors::ZeroOut, [Event::tree(5.0, 500)?, Event::gaussian(5.0)?.times(2)?])?;
    /// let ways = list.flat(Rounding::Up)?;
    /// assert_eq!(ways.len(), 1);
    /// // Nine nodes of the tree and two more.
    /// assert_eq!(ways[0].leaves()[0].event().count(), 11);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn flat(&self, rounding: Rounding) -> Result<Vec<Flat>> {
        let mut ways = vec![Vec::new()];
        for (number, event) in (1..).zip(self.events()) {
            let parts = ways_of(event, self.neighbors(), rounding)
                .map_err(|e| e.context(format_args!("event {number} ({})", event.mechanism().word())))?;
            let parts = parts
                .into_iter()
                .map(|way| way.into_iter().map(|event| Leaf { event, number }).collect::<Vec<_>>());
            ways = product(ways, &parts.collect::<Vec<_>>())?;
        }
        let ways = costliest(ways.into_iter().map(merge).collect::<Result<Vec<_>>>()?);
        if ways.len() > WAYS_MAX { Err(Error::event_ways(WAYS_MAX)) } else { Ok(ways) }
    }
}

impl Flat {
    /// The mechanisms.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Whether this way certainly costs at least as much as `other`: each mechanism of `other` has one here, of its
    /// own, that costs no less. It may miss a matching, and then both ways are kept.
    fn covers(&self, other: &Flat) -> bool {
        let mut left: Vec<u64> = self.leaves.iter().map(|leaf| leaf.event.count()).collect();
        other.leaves.iter().all(|wanted| {
            let mut missing = wanted.event.count();
            for (leaf, left) in self.leaves.iter().zip(&mut left) {
                if *left > 0 && missing > 0 && costs_no_less(&leaf.event, &wanted.event) {
                    let taken = missing.min(*left);
                    *left -= taken;
                    missing -= taken;
                }
            }
            missing == 0
        })
    }
}

impl Leaf {
    /// What was done.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The number of the (first) event of the list that it comes from, from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }
}

/// The single mechanisms of one event, in each of the ways in which it can meet one record.
fn ways_of(event: &Event, neighbors: Neighbors, rounding: Rounding) -> Result<Vec<Vec<Event>>> {
    let once = match event.mechanism() {
        Mechanism::Tree { noise_multiplier, steps, unit } => {
            // ceil(log2(steps + 1)) is the number of binary digits of the steps.
            let nodes = u64::from(u64::BITS - steps.leading_zeros());
            vec![vec![Event::gaussian_at_distance_one(*noise_multiplier, *unit, neighbors).times(nodes)?]]
        }
        Mechanism::Gaussian { noise_multiplier, unit } => {
            vec![vec![Event::gaussian_at_distance_one(*noise_multiplier, *unit, neighbors)]]
        }
        Mechanism::Laplace { noise_multiplier, unit } => {
            vec![vec![Event::laplace_at_distance_one(*noise_multiplier, *unit, neighbors)]]
        }
        Mechanism::Composition(events) => {
            let mut ways = vec![Vec::new()];
            for part in events {
                ways = product(ways, &ways_of(part, neighbors, rounding)?)?;
            }
            ways
        }
        Mechanism::Parallel(events) => parallel(events, neighbors, rounding)?,
        _ => vec![vec![Event::of(event.mechanism().clone())]],
    };
    let is_tree = matches!(event.mechanism(), Mechanism::Tree { .. } | Mechanism::SelectAndRelease { .. });
    let (sampling, count) = (event.sampling(), event.count());
    match sampling {
        Sampling::None => repeated(once, count),
        Sampling::Shuffled { population, batch } => {
            // Each record is in at most one batch of a pass; a started pass counts as a whole one.
            repeated(once, count.div_ceil((population / batch).max(1)))
        }
        _ if is_tree => Err(Error::event_unsampled(event.mechanism().word())),
        Sampling::Poisson(_) | Sampling::FixedSize { .. } | Sampling::RandomAllocation { .. } => once
            .into_iter()
            .map(|way| Ok(vec![joint(way, rounding)?.sampled(sampling)?.times(count)?]))
            .collect(),
    }
}

/// Events on disjoint parts: one record is in one of them. Replaced by another, it can leave one part and enter a
/// second; then the events of both see a change.
fn parallel(events: &[Event], neighbors: Neighbors, rounding: Rounding) -> Result<Vec<Vec<Event>>> {
    let parts: Vec<Vec<Vec<Event>>> =
        events.iter().map(|event| ways_of(event, neighbors, rounding)).collect::<Result<_>>()?;
    if neighbors != Neighbors::ReplaceOne || parts.len() == 1 {
        return Ok(parts.into_iter().flatten().collect());
    }
    let mut pairs = Vec::new();
    for (i, left) in parts.iter().enumerate() {
        for right in &parts[i + 1..] {
            pairs.extend(product(left.clone(), right)?);
            // Equal parts are the rule; a list of them must not become a list of all their pairs.
            pairs.sort_by_cached_key(|way: &Vec<Event>| text(way));
            pairs.dedup();
            if pairs.len() > WAYS_MAX {
                return Err(Error::event_ways(WAYS_MAX));
            }
        }
    }
    Ok(pairs)
}

/// What mechanisms on one and the same sample are together: Gaussian noise on several vectors is Gaussian noise
/// on one.
fn joint(events: Vec<Event>, rounding: Rounding) -> Result<Event> {
    if let [event] = events.as_slice()
        && event.count() == 1
    {
        return Ok(event.clone());
    }
    let mut precision = 0.0;
    for event in &events {
        let Mechanism::Gaussian { noise_multiplier, .. } = event.mechanism() else {
            return Err(Error::event_shared_sample(event.mechanism().word()));
        };
        precision += num::to_f64(event.count()) / (noise_multiplier.value() * noise_multiplier.value());
    }
    // Each term is off by at most 3 halves of an ulp, each sum by one half, the root and the quotient by one half.
    let slack = (2.0 + 0.5 * num::to_f64(num::count(events.len()))) * f64::EPSILON;
    let noise_multiplier = match rounding {
        Rounding::Up => (1.0 / precision.sqrt()) * (1.0 - slack),
        Rounding::Down => (1.0 / precision.sqrt()) * (1.0 + slack),
    };
    let event = Event::gaussian(noise_multiplier)?;
    event.relative_to(NoiseUnit::Sensitivity)
}

fn repeated(ways: Vec<Vec<Event>>, count: u64) -> Result<Vec<Vec<Event>>> {
    ways.into_iter().map(|way| way.into_iter().map(|event| event.times(count)).collect()).collect()
}

/// Each way of the one with each way of the other.
fn product<T: Clone>(left: Vec<Vec<T>>, right: &[Vec<T>]) -> Result<Vec<Vec<T>>> {
    if let [only] = right {
        return Ok(left
            .into_iter()
            .map(|mut way| {
                way.extend_from_slice(only);
                way
            })
            .collect());
    }
    if left.len().saturating_mul(right.len()) > WAYS_MAX * WAYS_MAX {
        return Err(Error::event_ways(WAYS_MAX));
    }
    Ok(left.iter().flat_map(|a| right.iter().map(move |b| a.iter().chain(b).cloned().collect())).collect())
}

/// Equal mechanisms become one, in the order of their texts.
fn merge(leaves: Vec<Leaf>) -> Result<Flat> {
    let mut places: HashMap<Event, usize> = HashMap::new();
    let mut merged: Vec<Leaf> = Vec::new();
    for leaf in leaves {
        let place = *places.entry(leaf.event.once()).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(same) => same.event = same.event.clone().and(leaf.event.count())?,
            None => merged.push(leaf),
        }
    }
    merged.sort_by_cached_key(|leaf| leaf.event.once().to_string());
    Ok(Flat { leaves: merged })
}

/// The ways that are not certainly covered by another.
fn costliest(ways: Vec<Flat>) -> Vec<Flat> {
    let mut kept: Vec<Flat> = Vec::new();
    for way in ways {
        if !kept.iter().any(|other| other.covers(&way)) {
            kept.retain(|other| !way.covers(other));
            kept.push(way);
        }
    }
    kept
}

/// Whether one time `a` certainly costs at least as much as one time `b`: the same mechanism on the same sample,
/// with no more noise.
fn costs_no_less(a: &Event, b: &Event) -> bool {
    let no_less_noise = match (a.mechanism(), b.mechanism()) {
        (
            Mechanism::Gaussian { noise_multiplier: a, .. },
            Mechanism::Gaussian { noise_multiplier: b, .. },
        )
        | (Mechanism::Laplace { noise_multiplier: a, .. }, Mechanism::Laplace { noise_multiplier: b, .. }) => {
            a.value() <= b.value()
        }
        (Mechanism::Exponential { epsilon: a }, Mechanism::Exponential { epsilon: b })
        | (Mechanism::Pure { epsilon: a }, Mechanism::Pure { epsilon: b }) => a >= b,
        (
            Mechanism::Approximate { epsilon: a, delta: d },
            Mechanism::Approximate { epsilon: b, delta: e },
        ) => a >= b && d >= e,
        (Mechanism::Zcdp { rho: a }, Mechanism::Zcdp { rho: b }) => a.value() >= b.value(),
        (a, b) => a == b,
    };
    no_less_noise && a.sampling() == b.sampling()
}

fn text(way: &[Event]) -> String {
    way.iter().map(Event::to_string).collect::<Vec<_>>().join("\n")
}

impl Event {
    fn gaussian_at_distance_one(noise: Positive, unit: Option<NoiseUnit>, neighbors: Neighbors) -> Event {
        let noise_multiplier = noise.over(NoiseUnit::distance(unit, neighbors));
        Event::of(Mechanism::Gaussian { noise_multiplier, unit: Some(NoiseUnit::Sensitivity) })
    }

    fn laplace_at_distance_one(noise: Positive, unit: Option<NoiseUnit>, neighbors: Neighbors) -> Event {
        let noise_multiplier = noise.over(NoiseUnit::distance(unit, neighbors));
        Event::of(Mechanism::Laplace { noise_multiplier, unit: Some(NoiseUnit::Sensitivity) })
    }
}

/// More ways than this are refused: every accountant would have to go through all of them.
const WAYS_MAX: usize = 64;
