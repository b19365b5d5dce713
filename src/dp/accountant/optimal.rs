//! Optimal composition of (ε, δ)-differential privacy (\[KOV15\] Kairouz, Oh, Viswanath, *The Composition Theorem for Differential
//! Privacy*, ICML 2015, theorem 3; for different ε as in Murtagh, Vadhan, TCC 2016, theorem 1.5).
//!
//! Among all mechanisms with these ε and δ the most revealing one fails with probability δ, and otherwise answers a
//! question by randomized response. So losses are sums of ±ε, a binomial number of each.

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{
            Accountant, Interval, PrivacyProfile,
            losses::{Losses, Sums},
            simple::{Failure, Pair},
        },
        event::{Leaf, Mechanism},
    },
    error::{Error, Result},
    num::Enclosure,
};

/// Composes mechanisms of which only ε and δ are known, exactly: no accountant can say less.
///
/// Exactly so for events that state an ε or δ and nothing else. Of others, such as Laplace noise, it knows the ε only: what
/// it says of them is an upper bound, and its lower end is 0. It treats four different ε of a thousand events
/// each, or forty of one event; [`Pld`](crate::dp::accountant::Pld) treats any number.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::{Accountant, Basic, Optimal}};
/// let queries = Event::pure(Epsilon::parse("0.1")?).times(100)?;
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [queries])?;
/// let delta = Delta::parse("1e-6")?;
/// let (optimal, basic) = (Optimal.compose(&list)?.epsilon(delta)?, Basic.compose(&list)?.epsilon(delta)?);
/// assert!(optimal.upper() < 4.99 && basic.upper() > 9.99);
/// assert!(optimal.width() < 1e-9);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "a theorem has no settings")]
pub struct Optimal;

impl Accountant for Optimal {
    fn name(&self) -> &'static str {
        "optimal"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let (mut ways, mut exact) = (Vec::new(), true);
        for way in events.flat(Rounding::Up)? {
            let (mut sums, mut failure) = (Sums::nothing(), Failure::NONE);
            exact &= way.leaves().iter().all(states_no_more);
            for leaf in way.leaves() {
                let pair = Pair::of(leaf, events.neighbors()).ok_or_else(|| {
                    Error::accountant_refuses(
                        leaf,
                        "optimal",
                        "mechanisms with an ε of their own",
                        "'pld' or 'rdp'",
                    )
                })?;
                let times = leaf.event().count();
                failure = failure.and(pair.delta, pair.stated, times);
                let more = Losses::randomized_response(pair.epsilon, times);
                sums = more.and_then(|more| sums.plus(&more)).ok_or_else(|| Error::too_many_losses(leaf))?;
            }
            ways.push((sums.ordered(), failure));
        }
        Ok(Box::new(OptimalProfile { ways, exact }))
    }
}

/// Sums of losses with their masses, for each way to meet a record.
#[derive(Debug)]
struct OptimalProfile {
    ways: Vec<(Sums, Failure)>,
    /// Whether the mechanisms are the most revealing ones with their ε and δ.
    exact: bool,
}

impl PrivacyProfile for OptimalProfile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let mut epsilon = Enclosure::ZERO;
        for (sums, failure) in &self.ways {
            let way = match failure.rest(delta) {
                // Not even certainly more than δ: the least is not known either.
                None if failure.probability().lower() <= Enclosure::from(delta).upper() => {
                    Enclosure::new(sums.epsilon(Enclosure::ZERO).lower(), f64::INFINITY)
                }
                None => Enclosure::exact(f64::INFINITY),
                Some(rest) => sums.epsilon(rest),
            };
            epsilon = epsilon.max(way);
        }
        Ok(self.interval(epsilon))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let epsilon = Enclosure::from(epsilon);
        let deltas = self.ways.iter().map(|(sums, failure)| failure.with(sums.delta(epsilon)));
        let delta = deltas.fold(Enclosure::ZERO, Enclosure::max);
        Ok(self.interval(delta))
    }

    fn method(&self, _delta: Delta) -> String {
        let losses = self.ways.iter().map(|(sums, _)| sums.count()).max().unwrap_or(0);
        format!("optimal composition, {losses} sums of privacy losses")
    }
}

impl OptimalProfile {
    fn interval(&self, answer: Enclosure) -> Interval {
        Interval::ordered(if self.exact { answer.lower() } else { 0.0 }, answer.upper())
    }
}

/// Whether the event says its ε and δ, on all rows, and nothing else.
fn states_no_more(leaf: &Leaf) -> bool {
    let stated = matches!(leaf.event().mechanism(), Mechanism::Pure { .. } | Mechanism::Approximate { .. });
    stated && leaf.event().sampling().is_none()
}
