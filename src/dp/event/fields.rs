//! The form that texts and files share: a mechanism's word and named fields, checked when they become an
//! event. One place says which field belongs to which mechanism.

use crate::{
    dp::{
        Delta, Epsilon,
        event::{Event, Mechanism, NoiseUnit, Sampling, StatedScale},
    },
    error::{Error, Result},
};

/// An event as it is written, before anything is checked.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub(super) struct Fields {
    pub(super) mechanism: String,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) noise_multiplier: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) unit: Option<NoiseUnit>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) scale: Option<Written>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) sigma: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) sensitivity: Option<u64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) p_random: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) categories: Option<u64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) epsilon: Option<Written>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) delta: Option<Written>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) rho: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) steps: Option<u64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) mean: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) shape: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) candidate: Option<Box<Event>>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) events: Option<Vec<Event>>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Sampling::is_none"))]
    pub(super) sampling: Sampling,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) count: Option<u64>,
}

/// A number as it is written: a binary number, or a text that says it exactly.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(untagged, expecting = "a number, or a text that says one exactly"))]
pub(super) enum Written {
    #[cfg_attr(not(feature = "serde"), allow(dead_code, reason = "only JSON has numbers"))]
    Number(f64),
    Text(String),
}

impl Fields {
    pub(super) fn event(mut self) -> Result<Event> {
        let word = std::mem::take(&mut self.mechanism);
        let (sampling, count) = (std::mem::take(&mut self.sampling), self.count.take());
        let unit = match word.as_str() {
            "gaussian" | "laplace" | "tree" => self.unit.take(),
            _ => None,
        };
        let event = match word.as_str() {
            "gaussian" => Event::gaussian(need(&word, "noise_multiplier", self.noise_multiplier.take())?),
            "laplace" => Event::laplace(need(&word, "noise_multiplier", self.noise_multiplier.take())?),
            "discrete_laplace" => {
                let scale = need(&word, "scale", self.scale.take())?.scale()?;
                Ok(Event::discrete_laplace(scale, need(&word, "sensitivity", self.sensitivity.take())?))
            }
            "discrete_gaussian" => {
                let sigma = need(&word, "sigma", self.sigma.take())?;
                Event::discrete_gaussian(sigma, need(&word, "sensitivity", self.sensitivity.take())?)
            }
            "randomized_response" => {
                let p_random = need(&word, "p_random", self.p_random.take())?;
                Event::randomized_response(p_random, need(&word, "categories", self.categories.take())?)
            }
            "exponential" => Ok(Event::exponential(self.epsilon(&word)?)),
            "pure" => Ok(Event::pure(self.epsilon(&word)?)),
            "approximate" => {
                let epsilon = self.epsilon(&word)?;
                Ok(Event::approximate(epsilon, need(&word, "delta", self.delta.take())?.delta()?))
            }
            "zcdp" => Event::zcdp(need(&word, "rho", self.rho.take())?),
            "tree" => {
                let noise_multiplier = need(&word, "noise_multiplier", self.noise_multiplier.take())?;
                Event::tree(noise_multiplier, need(&word, "steps", self.steps.take())?)
            }
            "select_and_release" => {
                let candidate = *need(&word, "candidate", self.candidate.take())?;
                Event::select_and_release(
                    candidate,
                    need(&word, "mean", self.mean.take())?,
                    self.shape.take(),
                )
            }
            "composition" => Event::composition(need(&word, "events", self.events.take())?),
            "parallel" => Event::parallel(need(&word, "events", self.events.take())?),
            _ => return Err(Error::unknown_mechanism(&word)),
        }?;
        if let Some(name) = self.first_left() {
            return Err(Error::event_field(&word, name));
        }
        let event = match unit {
            Some(unit) => event.relative_to(unit)?,
            None => event,
        };
        event.sampled(sampling)?.times(count.unwrap_or(1))
    }

    fn epsilon(&mut self, word: &str) -> Result<Epsilon> {
        need(word, "epsilon", self.epsilon.take())?.epsilon()
    }

    /// The first field that nobody took.
    fn first_left(&self) -> Option<&'static str> {
        [
            ("noise_multiplier", self.noise_multiplier.is_some()),
            ("unit", self.unit.is_some()),
            ("scale", self.scale.is_some()),
            ("sigma", self.sigma.is_some()),
            ("sensitivity", self.sensitivity.is_some()),
            ("p_random", self.p_random.is_some()),
            ("categories", self.categories.is_some()),
            ("epsilon", self.epsilon.is_some()),
            ("delta", self.delta.is_some()),
            ("rho", self.rho.is_some()),
            ("steps", self.steps.is_some()),
            ("mean", self.mean.is_some()),
            ("shape", self.shape.is_some()),
            ("candidate", self.candidate.is_some()),
            ("events", self.events.is_some()),
        ]
        .into_iter()
        .find_map(|(name, left)| left.then_some(name))
    }
}

impl From<&Event> for Fields {
    fn from(event: &Event) -> Self {
        let mechanism = event.mechanism();
        let mut fields = Fields {
            mechanism: mechanism.word().to_owned(),
            sampling: event.sampling(),
            count: Some(event.count()),
            ..Fields::default()
        };
        match mechanism {
            Mechanism::Gaussian { noise_multiplier, unit }
            | Mechanism::Laplace { noise_multiplier, unit } => {
                fields.noise_multiplier = Some(noise_multiplier.value());
                fields.unit = *unit;
            }
            Mechanism::DiscreteLaplace { scale, sensitivity } => {
                fields.scale = Some(Written::exact(scale));
                fields.sensitivity = Some(*sensitivity);
            }
            Mechanism::DiscreteGaussian { sigma, sensitivity } => {
                fields.sigma = Some(sigma.value());
                fields.sensitivity = Some(*sensitivity);
            }
            Mechanism::RandomizedResponse { p_random, categories } => {
                fields.p_random = Some(p_random.value());
                fields.categories = Some(*categories);
            }
            Mechanism::Exponential { epsilon } | Mechanism::Pure { epsilon } => {
                fields.epsilon = Some(Written::exact(epsilon));
            }
            Mechanism::Approximate { epsilon, delta } => {
                fields.epsilon = Some(Written::exact(epsilon));
                fields.delta = Some(Written::exact(delta));
            }
            Mechanism::Zcdp { rho } => fields.rho = Some(rho.value()),
            Mechanism::Tree { noise_multiplier, steps, unit } => {
                fields.noise_multiplier = Some(noise_multiplier.value());
                fields.steps = Some(*steps);
                fields.unit = *unit;
            }
            Mechanism::SelectAndRelease { candidate, mean, shape } => {
                fields.mean = Some(mean.value());
                fields.shape = shape.map(|shape| shape.value());
                fields.candidate = Some(candidate.clone());
            }
            Mechanism::Composition(events) | Mechanism::Parallel(events) => {
                fields.events = Some(events.clone());
            }
        }
        fields
    }
}

impl Written {
    fn exact(value: impl ToString) -> Self {
        Written::Text(value.to_string())
    }

    fn epsilon(&self) -> Result<Epsilon> {
        match self {
            Written::Number(number) => Epsilon::new(*number),
            Written::Text(text) => Epsilon::parse(text),
        }
    }

    fn delta(&self) -> Result<Delta> {
        match self {
            Written::Number(number) => Delta::new(*number),
            Written::Text(text) => Delta::parse(text),
        }
    }

    fn scale(&self) -> Result<StatedScale> {
        match self {
            Written::Number(number) => StatedScale::new(*number),
            Written::Text(text) => StatedScale::parse(text),
        }
    }
}

fn need<T>(word: &str, name: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::event_field_missing(word, name))
}

#[cfg(feature = "serde")]
impl serde::Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut fields = Fields::from(self);
        fields.count = fields.count.filter(|count| *count > 1);
        fields.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.event().map_err(serde::de::Error::custom)
    }
}

/// A number where one says the same, the text otherwise.
#[cfg(feature = "serde")]
impl serde::Serialize for Written {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Written::Number(number) => serializer.serialize_f64(*number),
            Written::Text(text) => match text.parse::<f64>() {
                Ok(number) if number.to_string() == *text => serializer.serialize_f64(number),
                _ => serializer.serialize_str(text),
            },
        }
    }
}
