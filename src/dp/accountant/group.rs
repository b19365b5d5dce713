//! Group privacy: what a list of events guarantees for several records that act together.

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{Accountant, Interval, PrivacyProfile},
        event::{Event, Mechanism},
    },
    error::{Error, Result},
    num::Enclosure,
};

/// The guarantee of another accountant for groups of up to so many records, in place of one.
///
/// Mechanisms on all rows whose guarantee grows with the distance of tables are priced at that distance: Gaussian and Laplace
/// noise, continuous or discrete, trees, ε, ρ. For lists with others, and with samples, it is the general bound: from
/// (ε, δ) for one record follows (kε, δ (e^(kε) - 1)/(e^ε - 1)) for k, at the best ε (\[Vad17\] Vadhan, *The Complexity of Differential Privacy*, 2017,
/// lemma 2.2, with its sum of powers kept).
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, accountant::{Accountant, AnalyticGaussian, Group}};
/// let list = |noise| EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(noise)?]);
/// let delta = Delta::parse("1e-6")?;
/// let family = Group::new(&AnalyticGaussian, 4)?.compose(&list(20.0)?)?.epsilon(delta)?;
/// let one = AnalyticGaussian.compose(&list(5.0)?)?.epsilon(delta)?;
/// assert!((family.upper() - one.upper()).abs() < 1e-9);
/// assert_eq!(
///     Group::new(&AnalyticGaussian, 0).unwrap_err().to_string(),
///     "the size of a group must be in 1..=1000000, got 0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    accountant: &'a dyn Accountant,
    size: u32,
}

impl<'a> Group<'a> {
    /// `accountant`, for groups of up to `size` records.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ size ≤ 10^6`.
    pub fn new(accountant: &'a dyn Accountant, size: u32) -> Result<Self> {
        if (1..=SIZE_MAX).contains(&size) {
            return Ok(Group { accountant, size });
        }
        Err(Error::event_whole("the size of a group", u64::from(SIZE_MAX), u64::from(size)))
    }

    /// The size.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.size
    }
}

impl Accountant for Group<'_> {
    fn name(&self) -> &str {
        self.accountant.name()
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let farther = events.events().iter().map(|event| at_distance(event, self.size)).collect();
        if let Some(farther) = farther {
            let farther: Vec<Event> = farther;
            return self.accountant.compose(&EventList::new(events.neighbors(), farther)?);
        }
        Ok(Box::new(GroupProfile { one: self.accountant.compose(events)?, size: self.size }))
    }
}

/// The event as one record meets it if the tables are `size` times as far apart; nothing where that is not known, or beyond
/// the range of its numbers.
fn at_distance(event: &Event, size: u32) -> Option<Event> {
    if size == 1 {
        return Some(event.clone());
    }
    if !event.sampling().is_none() {
        return None;
    }
    // Rounded down: less noise never costs less.
    let nearer = |noise: f64| (Enclosure::exact(noise) / f64::from(size)).lower();
    let in_unit = |made: Result<Event>, unit| match unit {
        Some(unit) => made.ok()?.relative_to(unit).ok(),
        None => made.ok(),
    };
    let parts =
        |events: &[Event]| events.iter().map(|part| at_distance(part, size)).collect::<Option<Vec<_>>>();
    let times = |epsilon: &Epsilon| Epsilon::from_units(epsilon.units().checked_mul(u64::from(size))?);
    let once = match event.mechanism() {
        Mechanism::Gaussian { noise_multiplier, unit } => {
            in_unit(Event::gaussian(nearer(noise_multiplier.value())), *unit)?
        }
        Mechanism::Laplace { noise_multiplier, unit } => {
            in_unit(Event::laplace(nearer(noise_multiplier.value())), *unit)?
        }
        Mechanism::Tree { noise_multiplier, steps, unit } => {
            in_unit(Event::tree(nearer(noise_multiplier.value()), *steps), *unit)?
        }
        Mechanism::DiscreteLaplace { scale, sensitivity } => {
            Event::discrete_laplace(*scale, sensitivity.checked_mul(u64::from(size))?)
        }
        Mechanism::DiscreteGaussian { sigma, sensitivity } => {
            Event::discrete_gaussian(sigma.value(), sensitivity.checked_mul(u64::from(size))?).ok()?
        }
        Mechanism::Pure { epsilon } => Event::pure(times(epsilon)?),
        // k steps of an ε-bounded range have a range of kε.
        Mechanism::Exponential { epsilon } => Event::exponential(times(epsilon)?),
        // [BS16] Bun, Steinke, TCC 2016, proposition 1.9.
        Mechanism::Zcdp { rho } => {
            let size = Enclosure::exact(f64::from(size));
            Event::zcdp((Enclosure::exact(rho.value()) * size.square()).upper()).ok()?
        }
        // Each record of the group answers by itself: as many answers change.
        Mechanism::RandomizedResponse { .. } => return event.clone().times(u64::from(size)).ok(),
        Mechanism::Composition(events) => Event::composition(parts(events)?).ok()?,
        // A group can be in many parts at once; an approximate cost, and the best of many runs, have the general bound.
        Mechanism::Parallel(_) | Mechanism::Approximate { .. } | Mechanism::SelectAndRelease { .. } => {
            return None;
        }
    };
    once.times(event.count()).ok()
}

/// The general bound.
#[derive(Debug)]
struct GroupProfile {
    one: Box<dyn PrivacyProfile>,
    size: u32,
}

impl GroupProfile {
    /// Not below the δ that (ε, δ) of one record, at this ε, gives the group at kε: δ once for each power e^(iε) below k.
    fn delta_at(&self, each: Epsilon) -> Result<f64> {
        let one = Enclosure::exact(self.one.delta(each)?.upper());
        let (each, whole) = (Enclosure::from(each), Enclosure::from(each) * f64::from(self.size));
        let above = (one * (whole.exp_m1() / each.exp_m1())).upper();
        Ok(if above.is_nan() { 1.0 } else { above.min(1.0) })
    }

    /// Whether δ is met at the ε of one record.
    fn meets(&self, each: f64, target: f64) -> Result<bool> {
        match Epsilon::rounded(each, Rounding::Down) {
            Some(each) => Ok(self.delta_at(each)? <= target),
            None => Ok(false),
        }
    }
}

impl PrivacyProfile for GroupProfile {
    /// The general bound falls as ε grows, and rises again where a δ of its own is left: so it is walked up to the first ε that
    /// meets δ, and then halved.
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let one = self.one.epsilon(delta)?;
        let size = f64::from(self.size);
        // With δ = 0 for one record, k times its ε.
        let pure = (Enclosure::exact(self.one.epsilon(Delta::default())?.upper()) * size).upper();
        let target = Enclosure::from(delta).lower();
        let (mut low, mut high) = (0.0, one.lower().max(EPSILON_LEAST));
        while high < EPSILON_MAX && high * size < pure && !self.meets(high, target)? {
            (low, high) = (high, high * STRIDE);
        }
        let mut upper = pure;
        if high <= EPSILON_MAX && self.meets(high, target)? {
            while high - low > PRECISION * high {
                let middle = 0.5 * (low + high);
                if self.meets(middle, target)? { high = middle } else { low = middle }
            }
            upper = upper.min((Enclosure::exact(high) * size).upper());
        }
        // One record is a group too.
        Ok(Interval::ordered(one.lower().min(upper), upper))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let one = self.one.delta(epsilon)?;
        // What holds at a smaller ε holds at this one.
        let (mut upper, mut each) = (1.0f64, Enclosure::from(epsilon).lower() / f64::from(self.size));
        while let Some(rounded) = Epsilon::rounded(each, Rounding::Down) {
            let here = self.delta_at(rounded)?;
            if here > upper || upper <= 0.0 {
                break;
            }
            (upper, each) = (here, each / STRIDE);
        }
        Ok(Interval::ordered(one.lower().min(upper), upper))
    }

    fn method(&self, delta: Delta) -> String {
        format!("{}; for groups of {} by their general bound", self.one.method(delta), self.size)
    }
}

/// The largest group: beyond, no mechanism protects anyone.
const SIZE_MAX: u32 = 1_000_000;
/// The range of ε of one record that is asked for, and the factor between two questions.
const EPSILON_LEAST: f64 = 1e-6;
const EPSILON_MAX: f64 = 64.0;
const STRIDE: f64 = 1.15;
/// How far the answer may be above the best one, relatively.
const PRECISION: f64 = 1e-7;
