//! What was done to the data, not what it cost: accountants price it, now or later.

use std::{fmt, str::FromStr};

use crate::{
    dp::{Delta, Epsilon, noise::Scale},
    error::{Error, Result},
};

/// One use of the data.
///
/// Ledgers keep events, so that another accountant can price the same history. The text form
/// ([`Display`](fmt::Display), [`FromStr`]) is what ledgers store.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, Event};
/// let event = Event::pure(Epsilon::parse("0.1")?);
/// assert_eq!(event.to_string(), "pure epsilon=0.1 count=1");
/// assert_eq!(event.to_string().parse::<Event>()?, event);
/// assert!("magic count=1".parse::<Event>().is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "mechanism", rename_all = "snake_case", deny_unknown_fields))]
#[non_exhaustive]
pub enum Event {
    /// Discrete Laplace noise, pmf proportional to `exp(-|x| / scale)`, on every entry of a vector.
    #[non_exhaustive]
    DiscreteLaplace {
        /// The scale, in lattice steps.
        scale: Scale,
        /// By how much the vector can move in L1, in lattice steps.
        sensitivity: u64,
        /// How many times.
        #[cfg_attr(feature = "serde", serde(default = "once"))]
        count: u64,
    },
    /// Anything that is ε-differentially private.
    #[non_exhaustive]
    Pure {
        /// Its ε.
        epsilon: Epsilon,
        /// How many times.
        #[cfg_attr(feature = "serde", serde(default = "once"))]
        count: u64,
    },
    /// Anything that is (ε, δ)-differentially private.
    #[non_exhaustive]
    Approximate {
        /// Its ε.
        epsilon: Epsilon,
        /// Its δ.
        delta: Delta,
        /// How many times.
        #[cfg_attr(feature = "serde", serde(default = "once"))]
        count: u64,
    },
}

impl Event {
    /// Discrete Laplace noise once, on a vector with this L1 sensitivity.
    #[must_use]
    pub fn discrete_laplace(scale: Scale, sensitivity: u64) -> Self {
        Event::DiscreteLaplace { scale, sensitivity, count: 1 }
    }

    /// Something ε-differentially private, once.
    #[must_use]
    pub fn pure(epsilon: Epsilon) -> Self {
        Event::Pure { epsilon, count: 1 }
    }

    /// Something (ε, δ)-differentially private, once.
    #[must_use]
    pub fn approximate(epsilon: Epsilon, delta: Delta) -> Self {
        Event::Approximate { epsilon, delta, count: 1 }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::DiscreteLaplace { scale, sensitivity, count } => {
                write!(f, "discrete_laplace scale={scale} sensitivity={sensitivity} count={count}")
            }
            Event::Pure { epsilon, count } => write!(f, "pure epsilon={epsilon} count={count}"),
            Event::Approximate { epsilon, delta, count } => {
                write!(f, "approximate epsilon={epsilon} delta={delta} count={count}")
            }
        }
    }
}

impl FromStr for Event {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut words = text.split(' ');
        let mechanism = words.next().unwrap_or_default();
        let fields: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
        let number = |value: &str| value.parse::<u64>().map_err(|_| Error::malformed_event());
        match (mechanism, fields.as_slice()) {
            ("discrete_laplace", [("scale", scale), ("sensitivity", sensitivity), ("count", count)]) => {
                Ok(Event::DiscreteLaplace {
                    scale: scale.parse()?,
                    sensitivity: number(sensitivity)?,
                    count: number(count)?,
                })
            }
            ("pure", [("epsilon", epsilon), ("count", count)]) => {
                Ok(Event::Pure { epsilon: epsilon.parse()?, count: number(count)? })
            }
            ("approximate", [("epsilon", epsilon), ("delta", delta), ("count", count)]) => {
                Ok(Event::Approximate {
                    epsilon: epsilon.parse()?,
                    delta: delta.parse()?,
                    count: number(count)?,
                })
            }
            _ => Err(Error::malformed_event()),
        }
    }
}

#[cfg(feature = "serde")]
fn once() -> u64 {
    1
}
