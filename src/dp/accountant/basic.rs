//! Basic composition: ε and δ are added (Dwork, Roth, *The Algorithmic Foundations of Differential Privacy*, 2014, theorem 3.16).

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{
            Accountant, Interval, PrivacyProfile,
            simple::{Failure, Pair},
        },
    },
    error::{Error, Result},
    num::Enclosure,
};

/// Adds the ε and the δ of events that have them: what anyone can check with pencil and paper.
///
/// Its lower bound is 0: it knows none. Noise that has no ε without a choice of δ is refused.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::{Accountant, Basic}};
/// let query = Event::pure(Epsilon::parse("0.1")?).times(10)?;
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [query])?;
/// let epsilon = Basic.compose(&list)?.epsilon(Delta::parse("0")?)?;
/// assert!((1.0..1.0 + 1e-12).contains(&epsilon.upper()));
/// let gaussian = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(10.0)?])?;
/// assert_eq!(
///     Basic.compose(&gaussian).unwrap_err().to_string(),
///     "event 1 (gaussian): the accountant 'basic' treats mechanisms with an ε of their own only; use 'pld' or 'rdp'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "a sum has no settings")]
pub struct Basic;

impl Accountant for Basic {
    fn name(&self) -> &'static str {
        "basic"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let mut ways = Vec::new();
        for way in events.flat(Rounding::Up)? {
            let (mut epsilon, mut failure) = (Enclosure::ZERO, Failure::NONE);
            for leaf in way.leaves() {
                let pair = Pair::of(leaf, events.neighbors()).ok_or_else(|| {
                    Error::accountant_refuses(
                        leaf,
                        "basic",
                        "mechanisms with an ε of their own",
                        "'pld' or 'rdp'",
                    )
                })?;
                epsilon = epsilon + pair.epsilon * Enclosure::count(leaf.event().count());
                failure = failure.and(pair.delta, pair.stated, leaf.event().count());
            }
            ways.push((epsilon, failure));
        }
        Ok(Box::new(BasicProfile { ways }))
    }
}

/// The (ε, δ) of all events together, for each way to meet a record.
#[derive(Debug)]
struct BasicProfile {
    ways: Vec<(Enclosure, Failure)>,
}

impl PrivacyProfile for BasicProfile {
    /// What is (E, 0)-differentially private is (ε, δ)-differentially private with δ = (e^E - e^ε)/(1 + e^E).
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let upper = |(total, failure): &(Enclosure, Failure)| match failure.rest(delta) {
            None => f64::INFINITY,
            Some(rest) => {
                let rest = Enclosure::exact(rest.lower());
                let saved = (rest * ((-*total).exp() + 1.0)).min(Enclosure::ONE);
                (*total + (-saved).ln_1p()).upper().max(0.0)
            }
        };
        Ok(Interval::ordered(0.0, self.ways.iter().map(upper).fold(0.0, f64::max)))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let epsilon = Enclosure::from(epsilon);
        let upper = |(total, failure): &(Enclosure, Failure)| {
            let rest = -(epsilon - *total).exp_m1() / ((-*total).exp() + 1.0);
            failure.with(rest.max(Enclosure::ZERO)).upper()
        };
        Ok(Interval::ordered(0.0, self.ways.iter().map(upper).fold(0.0, f64::max)))
    }

    fn method(&self, _delta: Delta) -> String {
        "sums of ε and δ".to_owned()
    }
}
