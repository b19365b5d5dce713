//! One use of the data.

use crate::{
    dp::{
        Delta, Epsilon,
        event::{Mechanism, NoiseUnit, Positive, Probability, Sampling, StatedScale},
    },
    error::{Error, Result},
};

/// One use of the data: a [`Mechanism`], the [`Sampling`] of the rows that it saw, and how many times.
///
/// Ledgers keep events, so that another accountant can price the same history. The text form
/// ([`Display`](std::fmt::Display), [`FromStr`](std::str::FromStr)) is what ledgers store; with the feature `serde`
/// an event reads and writes as in `events.json`. What a text or a file means never changes (see the
/// [module](crate::dp::event)).
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, Event, event::Sampling};
/// let event = Event::pure(Epsilon::parse("0.1")?);
/// assert_eq!(event.to_string(), "pure epsilon=0.1 count=1");
/// assert_eq!(event.to_string().parse::<Event>()?, event);
/// let training = Event::gaussian(1.1)?.sampled(Sampling::poisson(0.01)?)?.times(10_000)?;
/// assert_eq!(training.to_string(), "gaussian noise_multiplier=1.1 sampling=poisson:0.01 count=10000");
/// assert_eq!(
///     Event::gaussian(f64::NAN).unwrap_err().to_string(),
///     "noise_multiplier must be a number in 1e-9 to 1e12, got NaN",
/// );
/// assert!("magic count=1".parse::<Event>().is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    mechanism: Mechanism,
    sampling: Sampling,
    count: u64,
}

/// What was done. Each stands for one time on all rows; [`sampled`](Self::sampled) and [`times`](Self::times)
/// say otherwise.
impl Event {
    /// Gaussian noise of standard deviation `noise_multiplier` times the L2 bound on one contribution.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ noise_multiplier ≤ 1e12`.
    pub fn gaussian(noise_multiplier: f64) -> Result<Self> {
        let noise_multiplier = Positive::new("noise_multiplier", noise_multiplier)?;
        Ok(Event::of(Mechanism::Gaussian { noise_multiplier, unit: None }))
    }

    /// Laplace noise of scale b = `noise_multiplier` times the L1 bound on one contribution.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ noise_multiplier ≤ 1e12`.
    pub fn laplace(noise_multiplier: f64) -> Result<Self> {
        let noise_multiplier = Positive::new("noise_multiplier", noise_multiplier)?;
        Ok(Event::of(Mechanism::Laplace { noise_multiplier, unit: None }))
    }

    /// Discrete Laplace noise on a vector of integers that can move by `sensitivity` in L1 between neighbors.
    #[must_use]
    pub fn discrete_laplace(scale: impl Into<StatedScale>, sensitivity: u64) -> Self {
        Event::of(Mechanism::DiscreteLaplace { scale: scale.into(), sensitivity })
    }

    /// Discrete Gaussian noise with parameter σ = `sigma` on one integer that can move by `sensitivity` between
    /// neighbors. Of a vector of which `k` integers can move, it is this `k` [`times`](Self::times). Where
    /// σ is no binary number, round it down: less noise never costs less.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ sigma ≤ 1e12`.
    pub fn discrete_gaussian(sigma: f64, sensitivity: u64) -> Result<Self> {
        Ok(Event::of(Mechanism::DiscreteGaussian { sigma: Positive::new("sigma", sigma)?, sensitivity }))
    }

    /// The true one of `categories`, or with probability `p_random` a uniform draw over all of them.
    ///
    /// # Errors
    /// `Parameter` unless `1e-15 ≤ p_random ≤ 1` and `2 ≤ categories ≤ 10^12`.
    pub fn randomized_response(p_random: f64, categories: u64) -> Result<Self> {
        let p_random = Probability::new("p_random", p_random)?;
        if !(2..=CATEGORIES_MAX).contains(&categories) {
            return Err(Error::event_categories(CATEGORIES_MAX, categories));
        }
        Ok(Event::of(Mechanism::RandomizedResponse { p_random, categories }))
    }

    /// An ε-bounded-range mechanism, such as the ε-DP exponential mechanism.
    #[must_use]
    pub fn exponential(epsilon: Epsilon) -> Self {
        Event::of(Mechanism::Exponential { epsilon })
    }

    /// Something ε-differentially private.
    #[must_use]
    pub fn pure(epsilon: Epsilon) -> Self {
        Event::of(Mechanism::Pure { epsilon })
    }

    /// Something (ε, δ)-differentially private.
    #[must_use]
    pub fn approximate(epsilon: Epsilon, delta: Delta) -> Self {
        Event::of(Mechanism::Approximate { epsilon, delta })
    }

    /// Something ρ-zCDP.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ rho ≤ 1e12`.
    pub fn zcdp(rho: f64) -> Result<Self> {
        Ok(Event::of(Mechanism::Zcdp { rho: Positive::new("rho", rho)? }))
    }

    /// A binary tree of partial sums over a stream of `steps` steps, Gaussian noise of `noise_multiplier` times
    /// the L2 bound on every node, each record in one step.
    ///
    /// # Errors
    /// `Parameter` unless `1e-9 ≤ noise_multiplier ≤ 1e12` and `1 ≤ steps ≤ 10^15`.
    pub fn tree(noise_multiplier: f64, steps: u64) -> Result<Self> {
        let noise_multiplier = Positive::new("noise_multiplier", noise_multiplier)?;
        check_count("the steps of a tree", steps)?;
        Ok(Event::of(Mechanism::Tree { noise_multiplier, steps, unit: None }))
    }

    /// `candidate` run a random number of times, on average `mean` times, of which the best is released: the runs
    /// follow the truncated negative binomial distribution of this `shape`, or Poisson's if it is `None`.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ mean ≤ 1e12` and `1e-9 ≤ shape ≤ 1e12`, or if events are nested too deep.
    pub fn select_and_release(candidate: Event, mean: f64, shape: Option<f64>) -> Result<Self> {
        let mean = Positive::new("mean", mean)?;
        if mean.value() < 1.0 {
            return Err(Error::event_number("mean", "1 to 1e12", mean.value()));
        }
        let shape = shape.map(|shape| Positive::new("shape", shape)).transpose()?;
        let candidate = Box::new(candidate);
        Event::nested(Mechanism::SelectAndRelease { candidate, mean, shape })
    }

    /// All of `events`, on one and the same sample.
    ///
    /// # Errors
    /// `Parameter` if there are none, more than a million, or if they are nested too deep.
    pub fn composition(events: impl Into<Vec<Event>>) -> Result<Self> {
        Event::nested(Mechanism::Composition(events.into()))
    }

    /// Each of `events` on its own part of the rows, where the part of a record depends on that record alone.
    ///
    /// # Errors
    /// As [`composition`](Self::composition).
    pub fn parallel(events: impl Into<Vec<Event>>) -> Result<Self> {
        Event::nested(Mechanism::Parallel(events.into()))
    }

    pub(super) fn of(mechanism: Mechanism) -> Self {
        Event { mechanism, sampling: Sampling::None, count: 1 }
    }

    fn nested(mechanism: Mechanism) -> Result<Self> {
        let event = Event::of(mechanism);
        let parts = event.mechanism.parts().len();
        if parts == 0 || parts > PARTS_MAX {
            return Err(Error::event_parts(event.mechanism.word(), PARTS_MAX, parts));
        }
        if event.depth() > DEPTH_MAX {
            return Err(Error::event_depth(DEPTH_MAX));
        }
        event.check_steps()?;
        Ok(event)
    }
}

/// How, on what, how often.
impl Event {
    /// The same, with `unit` as what the noise multiplier is relative to.
    ///
    /// # Errors
    /// `Parameter` if it is neither Gaussian nor Laplace noise nor a tree.
    pub fn relative_to(mut self, noise_unit: NoiseUnit) -> Result<Self> {
        match &mut self.mechanism {
            Mechanism::Gaussian { unit, .. }
            | Mechanism::Laplace { unit, .. }
            | Mechanism::Tree { unit, .. } => *unit = Some(noise_unit),
            other => return Err(Error::event_without_unit(other.word())),
        }
        Ok(self)
    }

    /// The same on a sample of the rows, a fresh one for each of the count.
    ///
    /// # Errors
    /// `Parameter` if it, or an event inside, is sampled already.
    pub fn sampled(mut self, sampling: Sampling) -> Result<Self> {
        if sampling != Sampling::None && self.is_sampled() {
            return Err(Error::event_sampled_twice());
        }
        self.sampling = sampling;
        Ok(self)
    }

    /// The same, `count` times as often.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ count` and the whole count is at most 10^15.
    pub fn times(mut self, count: u64) -> Result<Self> {
        check_count("a count", count)?;
        self.count = self.count.saturating_mul(count);
        self.check_steps()?;
        Ok(self)
    }

    /// What was done.
    #[must_use]
    pub fn mechanism(&self) -> &Mechanism {
        &self.mechanism
    }

    /// On which rows.
    #[must_use]
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// How many times.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The same, `more` times more.
    pub(super) fn and(mut self, more: u64) -> Result<Self> {
        self.count = self.count.saturating_add(more);
        self.check_steps()?;
        Ok(self)
    }

    /// The same, one time.
    pub(super) fn once(&self) -> Self {
        Event { mechanism: self.mechanism.clone(), sampling: self.sampling, count: 1 }
    }

    fn is_sampled(&self) -> bool {
        self.sampling != Sampling::None || self.mechanism.parts().iter().any(Event::is_sampled)
    }

    /// How many events there are inside of one another, itself included.
    fn depth(&self) -> usize {
        1 + self.mechanism.parts().iter().map(Event::depth).max().unwrap_or(0)
    }

    /// How many single mechanisms ran, all counts multiplied out.
    fn steps(&self) -> u64 {
        let inside = self.mechanism.parts().iter().map(Event::steps).fold(0, u64::saturating_add);
        inside.max(1).saturating_mul(self.count)
    }

    fn check_steps(&self) -> Result<()> {
        check_count("a count, with those of the events inside,", self.steps())
    }
}

fn check_count(what: &str, count: u64) -> Result<()> {
    if (1..=COUNT_MAX).contains(&count) { Ok(()) } else { Err(Error::event_whole(what, COUNT_MAX, count)) }
}

/// 10^15: exact as a binary number, and more than any machine runs.
const COUNT_MAX: u64 = 1_000_000_000_000_000;
/// Exact as a binary number.
const CATEGORIES_MAX: u64 = 1_000_000_000_000;
/// What a file with an event per step of a long training needs.
const PARTS_MAX: usize = 1_000_000;
/// Deep enough for a pipeline of pipelines, shallow enough for every stack.
pub(super) const DEPTH_MAX: usize = 8;
