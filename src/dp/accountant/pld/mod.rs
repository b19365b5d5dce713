//! Privacy loss distributions: the whole distribution of the privacy loss, composed exactly but for rounding that
//! is bounded, so that the answer is an interval that is certain.
//!
//! ```text
//!   events ─► dominating pairs ─► cells ─► two measures on a lattice ─► one transform ─► δ(ε), ε(δ)
//!             masses by loss      cut      one above, one below         at the           with bounds of all
//!             (pair/, dominating) where    the hockey-stick divergence  frequencies      that was left out or
//!                                 it pays  (measure)                    that matter      rounded (weights)
//!                                 (cells, grid)                         (spectrum)
//! ```
//!
//! Proof: `docs/proofs/pld.md`. Privacy loss distributions: D. Sommer, S. Meiser, E. Mohammadi, *Privacy loss
//! classes*, PoPETs 2019; A. Koskela, J. Jälkö, A. Honkela, *Computing tight differential privacy guarantees using
//! FFT*, AISTATS 2020, arXiv 1906.03049.

mod ball;
mod cells;
mod composition;
mod dominating;
mod grid;
mod measure;
mod pair;
mod root;
mod single;
mod spectrum;
mod tilt;
mod transform;
mod weights;

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{Accountant, Interval, PrivacyProfile},
        event::Flat,
    },
    error::Result,
    num::{
        Enclosure,
        round::{down, up},
    },
};

use composition::Composition;
use dominating::Dominating;
use weights::Bounds;

/// The accountant of privacy loss distributions: the tightest, for lists of events that are fixed before the first
/// answer.
///
/// It treats every mechanism with a known dominating pair: Gaussian, Laplace, discrete Laplace and discrete Gaussian
/// noise, randomized response, bounded-range, ε- and (ε, δ)-mechanisms; on all rows, on Poisson samples, on samples of
/// fixed size. ρ-zCDP and selection have none, and are refused. For adaptively chosen events there is no valid filter
/// on privacy loss distributions; use a filter of another currency.
///
/// # Guarantee
/// For all event lists whose assumptions hold, all δ and all ε: `lower <= truth <= upper`, where the truth is the
/// smallest ε (or δ) for which the worst mechanisms of the stated kinds on the worst neighbors, all of one direction,
/// are (ε, δ)-differentially private. Every discretization, truncation, special function and sum is bounded and
/// rounded outwards. Proof: `docs/proofs/pld.md`.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, accountant::{Accountant, Pld}, event::Sampling};
/// let training = Event::gaussian(1.1)?.sampled(Sampling::poisson(256.0 / 60_000.0)?)?.times(14_063)?;
/// let profile = Pld.compose(&EventList::new(Neighbors::AddOrRemoveOne, [training])?)?;
/// let epsilon = profile.epsilon(Delta::parse("1e-5")?)?;
/// assert!(2.3816 < epsilon.lower() && epsilon.upper() < 2.3818 && epsilon.width() < 1e-4);
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::zcdp(0.1)?])?;
/// assert_eq!(
///     Pld.compose(&list).unwrap_err().to_string(),
///     "event 1 (zcdp): the accountant 'pld' treats mechanisms with a known dominating pair only; use 'zcdp' or 'rdp'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "the lattice is chosen, so there is nothing to set")]
pub struct Pld;

/// The profile of a list: the costliest of the ways in which it can meet a record.
#[derive(Debug)]
struct Profile {
    /// Dominates.
    above: Vec<Composition>,
    /// Attained; empty if it is the same.
    attained: Vec<Composition>,
}

impl Accountant for Pld {
    fn name(&self) -> &'static str {
        "pld"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let (up, down) = (events.flat(Rounding::Up)?, events.flat(Rounding::Down)?);
        let of =
            |way: &Flat| way.leaves().iter().map(|leaf| Dominating::of(leaf, events.neighbors())).collect();
        let pairs = up.iter().map(of).collect::<Result<Vec<Vec<Dominating>>>>()?;
        let below = if up == down { None } else { Some(down.iter().map(of).collect::<Result<Vec<_>>>()?) };
        let exact = below.is_none() && pairs.iter().flatten().all(|pair| pair.attained.is_none());
        let attained = match below.as_ref().unwrap_or(&pairs) {
            _ if exact => Vec::new(),
            below => below.iter().map(|way| Composition::new(way.iter().map(Dominating::attained))).collect(),
        };
        let above = pairs
            .into_iter()
            .map(|way| Composition::new(way.into_iter().map(|pair| (pair.above, pair.count))))
            .collect();
        Ok(Box::new(Profile { above, attained }))
    }
}

impl Profile {
    fn bounds(&self, of: impl Fn(&Composition) -> Bounds) -> Interval {
        let worst = |compositions: &[Composition]| compositions.iter().map(&of).reduce(Bounds::max);
        let above = worst(&self.above).unwrap_or(Bounds { lower: 0.0, upper: 0.0 });
        let lower = worst(&self.attained).map_or(above.lower, |attained| attained.lower);
        Interval::ordered(lower.min(above.upper), above.upper)
    }
}

impl PrivacyProfile for Profile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let delta = around(delta.to_f64());
        Ok(self.bounds(|composition| composition.epsilon(delta)))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let epsilon = around(epsilon.to_f64());
        Ok(self.bounds(|composition| composition.delta(epsilon)))
    }

    fn method(&self, _delta: Delta) -> String {
        "privacy loss distribution on an adaptive lattice, enclosed from above and below, composed in one tilted \
         Fourier transform"
            .to_owned()
    }
}

/// The decimal of which `nearest` is the nearest binary number.
fn around(nearest: f64) -> Enclosure {
    if nearest > 0.0 { Enclosure::new(down(nearest), up(nearest)) } else { Enclosure::ZERO }
}
