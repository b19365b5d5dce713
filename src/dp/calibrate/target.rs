//! What a calibration aims at, and what it finds.

use crate::{
    dp::{
        Delta, Epsilon, EventList,
        accountant::{Accountant, Interval, Rdp, gaussian},
        calibrate::boundary::{Line, boundary},
    },
    error::{Error, Result},
    num::{self, Enclosure, to_f64},
};

/// An (ε, δ) to be met.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::Rdp, calibrate::Target, event::Sampling};
/// let target = Target::new(Epsilon::parse("3")?, Delta::parse("1e-5")?);
/// let training = |noise: f64| {
///     let step = Event::gaussian(noise)?.sampled(Sampling::poisson(0.01)?)?;
///     EventList::new(Neighbors::AddOrRemoveOne, [step.times(2000)?])
/// };
/// let found = target.noise(&Rdp, training)?;
/// assert!((0.97..0.979).contains(&found.value()) && found.epsilon().upper() <= 3.0);
/// // A single release has a formula.
/// assert!((1.3905..1.3906).contains(&target.gaussian()?));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    epsilon: Epsilon,
    delta: Delta,
}

/// What a calibration found: a noise, a count or a rate, and what it comes to.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::Rdp, calibrate::Target};
/// let target = Target::new(Epsilon::parse("1")?, Delta::parse("1e-6")?);
/// let answers = |count: u64| EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(40.0)?.times(count)?]);
/// let found = target.count(&Rdp, answers)?;
/// println!("{} answers cost an ε of {:.4}", found.value(), found.epsilon().upper());
/// assert!(found.epsilon().upper() <= 1.0);
/// // What to charge, or to state beside the answers.
/// assert_eq!(found.events(), &answers(found.value())?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Found<T> {
    value: T,
    epsilon: Interval,
    events: EventList,
}

impl Target {
    /// The target (`epsilon`, `delta`).
    #[must_use]
    pub fn new(epsilon: Epsilon, delta: Delta) -> Self {
        Target { epsilon, delta }
    }

    /// The ε.
    #[must_use]
    pub fn epsilon(self) -> Epsilon {
        self.epsilon
    }

    /// The δ.
    #[must_use]
    pub fn delta(self) -> Delta {
        self.delta
    }

    /// The least noise with which `events` meet the target by `accountant`: a noise multiplier, a scale, a σ, whatever
    /// `events` makes of it. More of it must cost no more.
    ///
    /// # Guarantee
    /// For all accountants, the events found are (ε, δ)-differentially private if the accountant keeps its promise. With
    /// noise less by one part in 10^5 its upper end was above ε.
    ///
    /// # Errors
    /// `Refused` if no noise up to 1e12 is enough. Those of `events` and of the accountant.
    pub fn noise(
        self,
        accountant: &dyn Accountant,
        events: impl Fn(f64) -> Result<EventList>,
    ) -> Result<Found<f64>> {
        let line = |precision| Line::Rising { least: LEAST_NOISE, largest: LARGEST_NOISE, precision };
        let found = self.search(accountant, line, &events, 1.0)?;
        found.ok_or_else(|| Error::target_out_of_reach("noise multiplier", "1e12", self.epsilon, self.delta))
    }

    /// The largest count with which `events` meet the target by `accountant`: steps, queries, rounds. More of them must
    /// cost no less.
    ///
    /// # Guarantee
    /// As that of [`noise`](Self::noise); with one more its upper end was above ε.
    ///
    /// # Errors
    /// `Refused` if not even one meets the target. Those of `events` and of the accountant.
    pub fn count(
        self,
        accountant: &dyn Accountant,
        events: impl Fn(u64) -> Result<EventList>,
    ) -> Result<Found<u64>> {
        let events = |count: f64| events(whole(count));
        let found = self.search(accountant, |_| Line::Whole { largest: LARGEST_COUNT }, &events, 1.0)?;
        let found =
            found.ok_or_else(|| Error::target_out_of_reach("count", "1", self.epsilon, self.delta))?;
        Ok(Found { value: whole(found.value), epsilon: found.epsilon, events: found.events })
    }

    /// The highest sampling rate, up to 1, with which `events` meet the target by `accountant`. A higher one must cost no
    /// less.
    ///
    /// # Guarantee
    /// As that of [`noise`](Self::noise), for a rate higher by one part in 10^5.
    ///
    /// # Errors
    /// `Refused` if no rate down to 1e-15 is low enough. Those of `events` and of the accountant.
    pub fn rate(
        self,
        accountant: &dyn Accountant,
        events: impl Fn(f64) -> Result<EventList>,
    ) -> Result<Found<f64>> {
        let line = |precision| Line::Falling { least: LEAST_RATE, largest: 1.0, precision };
        let found = self.search(accountant, line, &events, 0.01)?;
        found.ok_or_else(|| Error::target_out_of_reach("sampling rate", "1e-15", self.epsilon, self.delta))
    }

    /// The least noise multiplier with which one Gaussian release on all rows meets the target, by the exact formula
    /// (\[BW18\] Balle, Wang, ICML 2018, theorem 8), up to the rounding of the last digits, which is upwards.
    ///
    /// # Guarantee
    /// For all targets, Gaussian noise of the returned multiplier is (ε, δ)-differentially private.
    ///
    /// # Errors
    /// `Refused` if δ is zero, which Gaussian noise never meets.
    pub fn gaussian(self) -> Result<f64> {
        let (epsilon, delta) = (Enclosure::from(self.epsilon).lower(), Enclosure::from(self.delta).lower());
        let distance = if delta > 0.0 { gaussian::distance(epsilon, delta) } else { 0.0 };
        let noise = (Enclosure::ONE / Enclosure::exact(distance)).upper();
        if distance > 0.0 && noise <= LARGEST_NOISE {
            return Ok(noise.max(LEAST_NOISE));
        }
        Err(Error::target_out_of_reach("noise multiplier", "1e12", self.epsilon, self.delta))
    }

    /// The first value of a line that meets the target; nothing if none does. Rényi divergences are fast and never far
    /// off: where they can price the events, the search starts from their answer.
    fn search(
        self,
        accountant: &dyn Accountant,
        line: impl Fn(f64) -> Line,
        events: &dyn Fn(f64) -> Result<EventList>,
        start: f64,
    ) -> Result<Option<Found<f64>>> {
        let target = Enclosure::from(self.epsilon).lower();
        let price = |accountant: &dyn Accountant, value: f64| -> Result<(EventList, Interval)> {
            let events = events(value)?;
            let epsilon = accountant.compose(&events)?.epsilon(self.delta)?;
            Ok((events, epsilon))
        };
        let start = if accountant.name() == Rdp.name() || self.delta == Delta::default() {
            start
        } else {
            let cost = |value: f64| price(&Rdp, value).map(|(_, epsilon)| epsilon.upper());
            match boundary(line(ROUGH), start, target, cost) {
                Ok(Some(rough)) => rough,
                _ => start,
            }
        };
        // What was met last is what is returned; it need not be priced again.
        let mut met: Option<Found<f64>> = None;
        let value = boundary(line(PRECISION), start, target, |value| {
            let (events, epsilon) = price(accountant, value)?;
            if epsilon.upper() <= target {
                met = Some(Found { value, epsilon, events });
            }
            Ok(epsilon.upper())
        })?;
        match (value, met) {
            (None, _) => Ok(None),
            (Some(value), Some(found)) if found.value.to_bits() == value.to_bits() => Ok(Some(found)),
            (Some(value), _) => {
                let (events, epsilon) = price(accountant, value)?;
                Ok(Some(Found { value, epsilon, events }))
            }
        }
    }
}

impl<T: Copy> Found<T> {
    /// The noise, count or rate.
    #[must_use]
    pub fn value(&self) -> T {
        self.value
    }

    /// The ε that it comes to, at the δ of the target.
    #[must_use]
    pub fn epsilon(&self) -> Interval {
        self.epsilon
    }

    /// The events with it.
    #[must_use]
    pub fn events(&self) -> &EventList {
        &self.events
    }
}

/// A whole number of 1 to 10^15 as it comes from a line of whole numbers, where each is exact.
fn whole(count: f64) -> u64 {
    num::whole(count.round()).unwrap_or(0).max(1)
}

/// The range of a noise multiplier.
const LEAST_NOISE: f64 = 1e-9;
const LARGEST_NOISE: f64 = 1e12;
/// The least sampling rate.
const LEAST_RATE: f64 = 1e-15;
/// The largest count.
const LARGEST_COUNT: f64 = to_f64(1_000_000_000_000_000);
/// How far the value may be from the boundary, relatively: what no analysis notices.
const PRECISION: f64 = 1e-5;
/// Close enough to start from.
const ROUGH: f64 = 1e-2;
