//! A calibration as it stands in a file.

use crate::{
    dp::{
        Delta, Epsilon, Event, EventList, Neighbors,
        accountant::{self, Interval},
        calibrate::Target,
        event::{NoiseUnit, Sampling},
    },
    error::{Error, Result},
};

/// A calibration spec: a target, a mechanism, and what is sought.
///
/// ```json
/// {"target": {"epsilon": 3.0, "delta": 1e-5}, "mechanism": "gaussian", "sampling": {"poisson": 0.01}, "count": 2000,
///  "accountant": "pld"}
/// ```
///
/// | field | meaning |
/// |---|---|
/// | `target` | `epsilon` and `delta` (0 if left out) |
/// | `find` | `noise_multiplier` (the default), `count` or `sampling_rate` |
/// | `mechanism` | `gaussian`, `laplace`, or `tree` with its `steps` |
/// | `noise_multiplier` | needed, unless it is what is sought |
/// | `count` | 1 if left out; not together with `"find": "count"` |
/// | `sampling` | as in an event; not together with `"find": "sampling_rate"`, which is of a Poisson sample |
/// | `neighbors`, `unit` | as in `events.json` |
/// | `accountant` | a name that [`accountant::named`] knows; `pld` if left out |
///
/// Other fields are errors. What a spec means never changes.
///
/// # Examples
/// ```
/// use incog::dp::calibrate::{Sought, Spec};
/// let spec: Spec = serde_json::from_str(
///     r#"{"target": {"epsilon": 1.0, "delta": 1e-5}, "mechanism": "gaussian", "count": 10, "accountant": "rdp"}"#,
/// )?;
/// let (Sought::NoiseMultiplier(noise), epsilon, events) = spec.solve()? else { panic!("it is the default") };
/// assert!((11.0..14.0).contains(&noise) && epsilon.upper() <= 1.0);
/// assert_eq!(events.events()[0].count(), 10);
/// assert!(serde_json::from_str::<Spec>(r#"{"target": {"epsilon": 1}, "mechanism": "gaussian", "sigma": 3}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Spec {
    target: Target,
    accountant: String,
    neighbors: Neighbors,
    mechanism: Kind,
    unit: Option<NoiseUnit>,
    sampling: Sampling,
    find: Wanted,
}

/// What a [`Spec`] sought, with its value.
///
/// # Examples
/// ```
/// use incog::dp::calibrate::{Sought, Spec};
/// let spec: Spec = serde_json::from_str(
///     r#"{"target": {"epsilon": 1}, "mechanism": "laplace", "noise_multiplier": 9.5, "find": "count", "accountant": "basic"}"#,
/// )?;
/// let (sought, ..) = spec.solve()?;
/// assert_eq!(sought, Sought::Count(9), "nine answers, each of 1/9.5");
/// assert_eq!(sought.name(), "count");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Sought {
    /// The least noise multiplier.
    NoiseMultiplier(f64),
    /// The largest count.
    Count(u64),
    /// The highest sampling rate.
    SamplingRate(f64),
}

/// What is sought, with what is given in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    NoiseMultiplier { count: u64 },
    Count { noise_multiplier: f64 },
    SamplingRate { noise_multiplier: f64, count: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Gaussian,
    Laplace,
    Tree(u64),
}

impl Spec {
    /// What is sought, the ε that it comes to, and the events with it.
    ///
    /// # Errors
    /// `Refused` if the target cannot be met. `Parameter` if the accountant is not known. Those of the accountant.
    pub fn solve(&self) -> Result<(Sought, Interval, EventList)> {
        let accountant = accountant::named(&self.accountant)?;
        let list = |noise: f64, count: u64, sampling: Sampling| {
            let event = match self.mechanism {
                Kind::Gaussian => Event::gaussian(noise)?,
                Kind::Laplace => Event::laplace(noise)?,
                Kind::Tree(steps) => Event::tree(noise, steps)?,
            };
            let event = match self.unit {
                Some(unit) => event.relative_to(unit)?,
                None => event,
            };
            EventList::new(self.neighbors, [event.sampled(sampling)?.times(count)?])
        };
        let accountant = accountant.as_ref();
        match self.find {
            Wanted::NoiseMultiplier { count } => {
                let found = self.target.noise(accountant, |noise| list(noise, count, self.sampling))?;
                Ok((Sought::NoiseMultiplier(found.value()), found.epsilon(), found.events().clone()))
            }
            Wanted::Count { noise_multiplier } => {
                let found =
                    self.target.count(accountant, |count| list(noise_multiplier, count, self.sampling))?;
                Ok((Sought::Count(found.value()), found.epsilon(), found.events().clone()))
            }
            Wanted::SamplingRate { noise_multiplier, count } => {
                let found = self
                    .target
                    .rate(accountant, |rate| list(noise_multiplier, count, Sampling::poisson(rate)?))?;
                Ok((Sought::SamplingRate(found.value()), found.epsilon(), found.events().clone()))
            }
        }
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// The name of the accountant.
    #[must_use]
    pub fn accountant(&self) -> &str {
        &self.accountant
    }
}

impl Sought {
    /// The field of a spec that it is.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Sought::NoiseMultiplier(_) => "noise_multiplier",
            Sought::Count(_) => "count",
            Sought::SamplingRate(_) => "sampling_rate",
        }
    }
}

/// As it stands in a file, before anything is checked.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    target: UncheckedTarget,
    mechanism: String,
    #[serde(default)]
    find: Find,
    noise_multiplier: Option<f64>,
    steps: Option<u64>,
    unit: Option<NoiseUnit>,
    #[serde(default)]
    sampling: Sampling,
    count: Option<u64>,
    #[serde(default)]
    neighbors: Neighbors,
    accountant: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedTarget {
    epsilon: f64,
    #[serde(default)]
    delta: f64,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Find {
    #[default]
    NoiseMultiplier,
    Count,
    SamplingRate,
}

impl TryFrom<Unchecked> for Spec {
    type Error = Error;

    fn try_from(file: Unchecked) -> Result<Self> {
        let mechanism = match (file.mechanism.as_str(), file.steps) {
            ("gaussian", None) => Kind::Gaussian,
            ("laplace", None) => Kind::Laplace,
            ("tree", Some(steps)) => Kind::Tree(steps),
            ("tree", None) => return Err(Error::event_field_missing("tree", "steps")),
            (word @ ("gaussian" | "laplace"), Some(_)) => return Err(Error::event_field(word, "steps")),
            (other, _) => return Err(Error::spec_mechanism(other)),
        };
        let given = |name: &'static str, field: Option<f64>| {
            field.ok_or_else(|| Error::event_field_missing("what is sought", name))
        };
        let find = match file.find {
            Find::NoiseMultiplier if file.noise_multiplier.is_some() => {
                return Err(Error::spec_field_sought("noise_multiplier"));
            }
            Find::Count if file.count.is_some() => return Err(Error::spec_field_sought("count")),
            Find::SamplingRate if !file.sampling.is_none() => {
                return Err(Error::spec_field_sought("sampling"));
            }
            Find::NoiseMultiplier => Wanted::NoiseMultiplier { count: file.count.unwrap_or(1) },
            Find::Count => {
                Wanted::Count { noise_multiplier: given("noise_multiplier", file.noise_multiplier)? }
            }
            Find::SamplingRate => Wanted::SamplingRate {
                noise_multiplier: given("noise_multiplier", file.noise_multiplier)?,
                count: file.count.unwrap_or(1),
            },
        };
        let (epsilon, delta) = (Epsilon::new(file.target.epsilon)?, Delta::new(file.target.delta)?);
        Ok(Spec {
            target: Target::new(epsilon, delta),
            accountant: file.accountant.unwrap_or_else(|| "pld".to_owned()),
            neighbors: file.neighbors,
            mechanism,
            unit: file.unit,
            sampling: file.sampling,
            find,
        })
    }
}
