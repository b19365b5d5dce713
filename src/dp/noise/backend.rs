//! Where noise comes from.

use crate::{
    dp::noise::{DiscreteGaussian, DiscreteLaplace, Scale},
    error::Result,
    rng::SecureRng,
};

/// A source of exact discrete noise.
///
/// [`SecureRng`] is one: this crate's samplers over its stream. The crate `incog-opendp` has OpenDP's. Two independent
/// implementations of one distribution are each other's oracle (see its tests); and who must use a certain one can.
///
/// The totals of a [`Session`](crate::dp::Session)'s queries, [`LatticeNoise`](crate::dp::mechanism::LatticeNoise) and
/// [counters](crate::dp::counter) take their noise from a backend. Choices, the sparse vector, rules that select keys
/// and local reports take none: they draw by this crate's samplers from a [`SecureRng`].
///
/// # Guarantee
/// For all scales and values, an implementation adds to each value an independent draw whose probabilities are exactly those of the
/// formula; a sum that does not fit is the end of the range.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::noise::{NoiseBackend, Scale}};
/// let mut backend: Box<dyn NoiseBackend> = Box::new(SecureRng::from_os()?);
/// let mut counts = [100, 200];
/// backend.add_laplace(Scale::new(2, 1)?, &mut counts)?;
/// assert!((counts[0] - 100).abs() < 150 && !backend.is_insecure()); // fails once in 10^32 runs
/// # Ok::<(), incog::Error>(())
/// ```
pub trait NoiseBackend {
    /// Adds discrete Laplace noise to each value: `P(x)` proportional to `exp(-|x| / scale)`.
    ///
    /// # Errors
    /// `Io` if there is no entropy; `values` then hold no meaning and must not be released.
    fn add_laplace(&mut self, scale: Scale, values: &mut [i128]) -> Result<()>;

    /// Adds discrete Gaussian noise to each value: `P(x)` proportional to `exp(-x^2 / (2 sigma^2))`.
    ///
    /// # Errors
    /// As [`add_laplace`](Self::add_laplace).
    fn add_gaussian(&mut self, sigma: Scale, values: &mut [i128]) -> Result<()>;

    /// Whether the noise can be repeated by someone who knows a seed. A release must say so then.
    fn is_insecure(&self) -> bool;
}

impl NoiseBackend for SecureRng {
    fn add_laplace(&mut self, scale: Scale, values: &mut [i128]) -> Result<()> {
        DiscreteLaplace::new(scale).add_to_wide(self, values)
    }

    fn add_gaussian(&mut self, sigma: Scale, values: &mut [i128]) -> Result<()> {
        DiscreteGaussian::new(sigma).add_to_wide(self, values)
    }

    fn is_insecure(&self) -> bool {
        SecureRng::is_insecure(self)
    }
}
