//! Which rows a mechanism saw, and how they were chosen.

use std::{fmt, str::FromStr};

use crate::{
    dp::event::Probability,
    error::{Error, Result},
};

/// How the rows that an event saw were chosen. The choice itself must stay secret.
///
/// Each form amplifies privacy differently, or not at all; none may be priced as another. What most data
/// loaders do, a shuffle and then one batch after the other, is [`Shuffled`](Self::Shuffled), not
/// [`Poisson`](Self::Poisson).
///
/// # Examples
/// ```
/// use incog::dp::event::Sampling;
/// let poisson = Sampling::poisson(0.01)?;
/// let loader = Sampling::shuffled(60_000, 256)?;
/// assert_ne!(poisson, loader);
/// assert_eq!(
///     Sampling::fixed_size(100, 200).unwrap_err().to_string(),
///     "a batch must be in 1..=100, the population, got 200",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Unchecked", into = "Unchecked"))]
#[non_exhaustive]
pub enum Sampling {
    /// All rows.
    #[default]
    None,
    /// Each record by itself with this probability, afresh for each of the count.
    #[non_exhaustive]
    Poisson(
        /// The probability.
        Probability,
    ),
    /// Exactly `batch` of `population` records, each subset equally likely, afresh for each of the count.
    #[non_exhaustive]
    FixedSize {
        /// How many records there are.
        population: u64,
        /// How many are drawn, without replacement.
        batch: u64,
    },
    /// Each record takes part in exactly `selected` of every `steps` steps, chosen at random by itself. The
    /// count is in steps; a started round counts as a whole one.
    #[non_exhaustive]
    RandomAllocation {
        /// How many steps a round has.
        steps: u64,
        /// In how many of them a record takes part.
        selected: u64,
    },
    /// The records are shuffled and taken in batches, one after the other; each takes part at most once a
    /// pass. The count is in steps (batches). No amplification is claimed.
    #[non_exhaustive]
    Shuffled {
        /// How many records there are.
        population: u64,
        /// How many a batch has.
        batch: u64,
    },
}

impl Sampling {
    /// Each record by itself with probability `rate`.
    ///
    /// # Errors
    /// `Parameter` unless `1e-15 ≤ rate ≤ 1`.
    pub fn poisson(rate: f64) -> Result<Self> {
        Ok(Sampling::Poisson(Probability::new("a sampling rate", rate)?))
    }

    /// Exactly `batch` of `population` records, without replacement.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ batch ≤ population ≤ 10^15`.
    pub fn fixed_size(population: u64, batch: u64) -> Result<Self> {
        check_batch(population, batch)?;
        Ok(Sampling::FixedSize { population, batch })
    }

    /// Each record in exactly `selected` of every `steps` steps.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ selected ≤ steps ≤ 10^15`.
    pub fn random_allocation(steps: u64, selected: u64) -> Result<Self> {
        if !(1..=LARGEST).contains(&steps) {
            return Err(Error::event_whole("the steps of a round", LARGEST, steps));
        }
        if !(1..=steps).contains(&selected) {
            return Err(Error::event_whole("the selected steps of a round", steps, selected));
        }
        Ok(Sampling::RandomAllocation { steps, selected })
    }

    /// The records shuffled, then taken in batches: what most data loaders do.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ batch ≤ population ≤ 10^15`.
    pub fn shuffled(population: u64, batch: u64) -> Result<Self> {
        check_batch(population, batch)?;
        Ok(Sampling::Shuffled { population, batch })
    }

    /// Whether all rows are seen.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Sampling::None
    }

    /// The word for it in files and ledgers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Sampling::None => "none",
            Sampling::Poisson(_) => "poisson",
            Sampling::FixedSize { .. } => "fixed_size",
            Sampling::RandomAllocation { .. } => "random_allocation",
            Sampling::Shuffled { .. } => "shuffled",
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sampling::None => f.write_str("none"),
            Sampling::Poisson(rate) => write!(f, "poisson:{rate}"),
            Sampling::FixedSize { population, batch } => write!(f, "fixed_size:{population}:{batch}"),
            Sampling::RandomAllocation { steps, selected } => {
                write!(f, "random_allocation:{steps}:{selected}")
            }
            Sampling::Shuffled { population, batch } => write!(f, "shuffled:{population}:{batch}"),
        }
    }
}

impl FromStr for Sampling {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let whole = |number: &str| number.parse().map_err(|_| Error::malformed_event());
        match text.split(':').collect::<Vec<_>>().as_slice() {
            ["none"] => Ok(Sampling::None),
            ["poisson", rate] => Sampling::poisson(rate.parse().map_err(|_| Error::malformed_event())?),
            ["fixed_size", population, batch] => Sampling::fixed_size(whole(population)?, whole(batch)?),
            ["random_allocation", steps, selected] => {
                Sampling::random_allocation(whole(steps)?, whole(selected)?)
            }
            ["shuffled", population, batch] => Sampling::shuffled(whole(population)?, whole(batch)?),
            _ => Err(Error::malformed_event()),
        }
    }
}

/// As it stands in a file, before anything is checked.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Unchecked {
    None,
    Poisson(f64),
    FixedSize {
        population: u64,
        batch: u64,
    },
    RandomAllocation {
        steps: u64,
        #[serde(default = "once")]
        selected: u64,
    },
    Shuffled {
        population: u64,
        batch: u64,
    },
}

#[cfg(feature = "serde")]
fn once() -> u64 {
    1
}

#[cfg(feature = "serde")]
impl TryFrom<Unchecked> for Sampling {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self> {
        match unchecked {
            Unchecked::None => Ok(Sampling::None),
            Unchecked::Poisson(rate) => Sampling::poisson(rate),
            Unchecked::FixedSize { population, batch } => Sampling::fixed_size(population, batch),
            Unchecked::RandomAllocation { steps, selected } => Sampling::random_allocation(steps, selected),
            Unchecked::Shuffled { population, batch } => Sampling::shuffled(population, batch),
        }
    }
}

#[cfg(feature = "serde")]
impl From<Sampling> for Unchecked {
    fn from(sampling: Sampling) -> Self {
        match sampling {
            Sampling::None => Unchecked::None,
            Sampling::Poisson(rate) => Unchecked::Poisson(rate.value()),
            Sampling::FixedSize { population, batch } => Unchecked::FixedSize { population, batch },
            Sampling::RandomAllocation { steps, selected } => Unchecked::RandomAllocation { steps, selected },
            Sampling::Shuffled { population, batch } => Unchecked::Shuffled { population, batch },
        }
    }
}

fn check_batch(population: u64, batch: u64) -> Result<()> {
    if !(1..=LARGEST).contains(&population) {
        return Err(Error::event_whole("a population", LARGEST, population));
    }
    if !(1..=population).contains(&batch) {
        return Err(Error::event_batch(population, batch));
    }
    Ok(())
}

/// 10^15: exact as a binary number.
const LARGEST: u64 = 1_000_000_000_000_000;
