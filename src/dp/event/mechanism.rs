//! What was done with the rows.

use crate::dp::{
    Delta, Epsilon,
    event::{Event, Positive, Probability, StatedScale},
};

/// What was done with the rows of a sample.
///
/// Made by the constructors of [`Event`], which check every number; here it can be read.
///
/// # Examples
/// ```
/// use incog::dp::{Event, event::Mechanism};
/// let event: Event = "discrete_laplace scale=10/1 sensitivity=2 count=3".parse()?;
/// match event.mechanism() {
///     Mechanism::DiscreteLaplace { scale, sensitivity, .. } => {
///         assert_eq!((scale.upper(), *sensitivity), (10.0, 2)); // an ε of 2/10, three times
///     }
///     other => panic!("a program that does not know '{}' refuses it", other.word()),
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// Gaussian noise on a vector, relative to its L2 bound.
    #[non_exhaustive]
    Gaussian {
        /// Standard deviation / bound.
        noise_multiplier: Positive,
        /// What the bound bounds.
        unit: Option<NoiseUnit>,
    },
    /// Laplace noise on a vector, relative to its L1 bound.
    #[non_exhaustive]
    Laplace {
        /// Scale b / bound.
        noise_multiplier: Positive,
        /// What the bound bounds.
        unit: Option<NoiseUnit>,
    },
    /// Discrete Laplace noise, pmf proportional to `exp(-|x| / scale)`, on every entry of an integer vector.
    #[non_exhaustive]
    DiscreteLaplace {
        /// The scale, in lattice steps.
        scale: StatedScale,
        /// By how much the vector can move in L1 between neighbors, in lattice steps.
        sensitivity: u64,
    },
    /// Discrete Gaussian noise, pmf proportional to `exp(-x² / 2σ²)`, on one integer.
    #[non_exhaustive]
    DiscreteGaussian {
        /// σ, in lattice steps. Not the standard deviation, which is a little smaller.
        sigma: Positive,
        /// By how much the integer can move between neighbors, in lattice steps.
        sensitivity: u64,
    },
    /// The true category, or with probability `p_random` a uniform draw over all categories.
    #[non_exhaustive]
    RandomizedResponse {
        /// The chance of a uniform draw.
        p_random: Probability,
        /// How many categories there are.
        categories: u64,
    },
    /// A mechanism that is ε-bounded-range, as the ε-DP exponential mechanism and noisy max with Gumbel noise
    /// are (Durfee, Rogers, NeurIPS 2019). Permute-and-flip is not: it is [`Pure`](Self::Pure).
    #[non_exhaustive]
    Exponential {
        /// Its ε.
        epsilon: Epsilon,
    },
    /// Anything that is ε-differentially private.
    #[non_exhaustive]
    Pure {
        /// Its ε.
        epsilon: Epsilon,
    },
    /// Anything that is (ε, δ)-differentially private.
    #[non_exhaustive]
    Approximate {
        /// Its ε.
        epsilon: Epsilon,
        /// Its δ.
        delta: Delta,
    },
    /// Anything that is ρ-zCDP: its Rényi divergence of every order α > 1 is at most ρα.
    #[non_exhaustive]
    Zcdp {
        /// Its ρ.
        rho: Positive,
    },
    /// A binary tree of partial sums of a stream, Gaussian noise on every node, in which a record takes
    /// part at one step: it enters at most `ceil(log2(steps + 1))` nodes.
    #[non_exhaustive]
    Tree {
        /// Standard deviation of one node's noise / L2 bound.
        noise_multiplier: Positive,
        /// How many steps the stream has.
        steps: u64,
        /// What the bound bounds.
        unit: Option<NoiseUnit>,
    },
    /// A candidate mechanism run a random number of times on the same data; the best output is released,
    /// the others are not. (Liu, Talwar, STOC 2019; Papernot, Steinke, arXiv 2110.03620.)
    #[non_exhaustive]
    SelectAndRelease {
        /// One run.
        candidate: Box<Event>,
        /// The expected number of runs.
        mean: Positive,
        /// Above 0: the runs follow the truncated negative binomial distribution of this shape (1 is
        /// geometric). `None`: Poisson.
        shape: Option<Positive>,
    },
    /// Events on one and the same sample.
    #[non_exhaustive]
    Composition(
        /// The events.
        Vec<Event>,
    ),
    /// Events on disjoint parts of the rows, the part of a record a function of that record alone.
    #[non_exhaustive]
    Parallel(
        /// One event a part.
        Vec<Event>,
    ),
}

/// What the bound under a noise multiplier bounds.
///
/// Adding, removing or zeroing a record moves a sum by at most one record's norm, so the two agree. Replacing
/// a record can move it by twice that; so an event under [`ReplaceOne`](crate::dp::Neighbors::ReplaceOne) must
/// say which is meant, or ε would be wrong by a factor of two.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, accountant::{Accountant, Rdp}, event::NoiseUnit};
/// let epsilon = |unit| {
///     let list = EventList::new(Neighbors::ReplaceOne, [Event::gaussian(4.0)?.relative_to(unit)?])?;
///     Ok::<_, incog::Error>(Rdp.compose(&list)?.epsilon(Delta::parse("1e-6")?)?.upper())
/// };
/// // Who is replaced moves a sum by up to twice the norm of a record: relative to that, it is half of the noise.
/// assert!(epsilon(NoiseUnit::RecordNorm)? > 2.0 * epsilon(NoiseUnit::Sensitivity)?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum NoiseUnit {
    /// The norm of one record's contribution (the clipping norm). Replacing moves the sum by twice that.
    RecordNorm,
    /// The distance between the sums of neighbors.
    Sensitivity,
}

impl Mechanism {
    /// The word for it in files and ledgers.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Mechanism::Gaussian { .. } => "gaussian",
            Mechanism::Laplace { .. } => "laplace",
            Mechanism::DiscreteLaplace { .. } => "discrete_laplace",
            Mechanism::DiscreteGaussian { .. } => "discrete_gaussian",
            Mechanism::RandomizedResponse { .. } => "randomized_response",
            Mechanism::Exponential { .. } => "exponential",
            Mechanism::Pure { .. } => "pure",
            Mechanism::Approximate { .. } => "approximate",
            Mechanism::Zcdp { .. } => "zcdp",
            Mechanism::Tree { .. } => "tree",
            Mechanism::SelectAndRelease { .. } => "select_and_release",
            Mechanism::Composition(_) => "composition",
            Mechanism::Parallel(_) => "parallel",
        }
    }

    /// The events inside, for those mechanisms that are made of events.
    #[must_use]
    pub fn parts(&self) -> &[Event] {
        match self {
            Mechanism::Composition(events) | Mechanism::Parallel(events) => events,
            Mechanism::SelectAndRelease { candidate, .. } => std::slice::from_ref(candidate),
            _ => &[],
        }
    }
}

impl NoiseUnit {
    /// The word for it in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            NoiseUnit::RecordNorm => "record_norm",
            NoiseUnit::Sensitivity => "sensitivity",
        }
    }
}
