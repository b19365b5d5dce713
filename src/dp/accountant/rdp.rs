//! Rényi differential privacy at all orders.

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{Accountant, Interval, PrivacyProfile, renyi::Composition},
    },
    error::Result,
    num::Enclosure,
};

/// Adds Rényi divergences at every order and converts at the best one (\[Mir17\] Mironov, *Rényi Differential Privacy*,
/// CSF 2017).
///
/// Faster than [`Pld`](crate::dp::accountant::Pld) and looser, by about a tenth of ε for training runs. Its lower bound is 0: it
/// knows none. Divergences are exact moments, rounded up; orders are chosen among all real numbers above 1; the conversion
/// is the best known for one order.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, accountant::{Accountant, Rdp}, event::Sampling};
/// let step = Event::gaussian(1.1)?.sampled(Sampling::poisson(256.0 / 60_000.0)?)?;
/// let training = EventList::new(Neighbors::AddOrRemoveOne, [step.times(14_063)?])?;
/// let epsilon = Rdp.compose(&training)?.epsilon(Delta::parse("1e-5")?)?;
/// assert!((2.59..2.597).contains(&epsilon.upper()));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "orders are chosen, so there is nothing to set")]
pub struct Rdp;

impl Accountant for Rdp {
    fn name(&self) -> &'static str {
        "rdp"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let ways = events.flat(Rounding::Up)?;
        let ways = ways.iter().map(|way| Composition::new(way, events.neighbors())).collect::<Result<_>>()?;
        Ok(Box::new(RenyiProfile { ways }))
    }
}

/// The ways to meet a record, each as the sum of its curves.
#[derive(Debug)]
struct RenyiProfile {
    ways: Vec<Composition>,
}

impl PrivacyProfile for RenyiProfile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let upper = self.ways.iter().map(|way| way.epsilon(delta).0).fold(0.0, f64::max);
        Ok(Interval::ordered(0.0, upper))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let epsilon = Enclosure::from(epsilon).lower();
        let upper = self.ways.iter().map(|way| way.delta(epsilon)).fold(0.0, f64::max);
        Ok(Interval::ordered(0.0, upper))
    }

    fn method(&self, delta: Delta) -> String {
        let costliest = self.ways.iter().map(|way| way.epsilon(delta)).max_by(|a, b| a.0.total_cmp(&b.0));
        let order = costliest.map_or(2.0, |(_, excess)| 1.0 + excess);
        format!("Rényi divergence of order {order:.4}, the best of all real orders")
    }
}
