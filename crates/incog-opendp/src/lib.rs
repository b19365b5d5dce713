//! OpenDP's samplers as a second noise backend for `incog`, and the oracle of its differential tests.
//!
//! OpenDP (<https://opendp.org>, MIT) is the reference library of the field: samplers and privacy maps come with
//! proofs. It stands in a crate of its own because it brings dependencies of an older generation (`rand` 0.7,
//! `nalgebra` 0.19). Built without its feature `use-openssl` it draws from `rand`'s `thread_rng`: ChaCha20, seeded by
//! the operating system and again after a fork; its source cannot be chosen or seeded. Draws are a hundred times
//! slower than those of `incog`.
//!
//! The tests of this crate hold both implementations against each other: distributions by chi-square, privacy maps by
//! their values.
//!
//! # Examples
//! ```
//! use incog::dp::{Epsilon, mechanism::LatticeNoise};
//! use incog_opendp::OpenDp;
//! let noise = LatticeNoise::laplace(1, 0.5, Epsilon::parse("1")?)?;
//! let mut values = [1.25];
//! noise.release(&mut values, &mut OpenDp::new())?;
//! assert!((values[0] - 1.25).abs() < 20.0); // fails once in 10^16 runs
//! # Ok::<(), incog::Error>(())
//! ```

use dashu::{
    integer::{IBig, UBig},
    rational::RBig,
};
use incog::{
    Error, ErrorKind, Result,
    dp::noise::{NoiseBackend, Scale},
};
use opendp::{
    domains::{AtomDomain, VectorDomain},
    measurements::{make_gaussian, make_laplace},
    measures::{MaxDivergence, ZeroConcentratedDivergence},
    metrics::{L1Distance, L2Distance},
    traits::samplers::{sample_discrete_gaussian, sample_discrete_laplace},
};

/// OpenDP's samplers of discrete Laplace and discrete Gaussian noise, for exact fractions.
///
/// # Examples
/// Counts with noise of the other library. Its map of the price is that of the discrete Laplace distribution:
/// ```
/// use incog::dp::noise::{NoiseBackend, Scale};
/// use incog_opendp::OpenDp;
/// let mut counts = [100, 200];
/// OpenDp::new().add_laplace(Scale::new(2, 1)?, &mut counts)?;
/// // fails once in 10^43 runs
/// assert!(counts.iter().zip([100, 200]).all(|(noisy, exact): (&i128, i128)| (noisy - exact).abs() < 200));
/// let epsilon = OpenDp::laplace_epsilon(2.0, 1)?;
/// assert!((epsilon - 0.5).abs() < 1e-9);
/// assert!(!OpenDp::new().is_insecure());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenDp;

impl OpenDp {
    /// The backend.
    #[must_use]
    pub fn new() -> Self {
        OpenDp
    }

    /// The ε that OpenDP's privacy map gives for discrete Laplace noise of this scale on a vector of integers that
    /// moves by `l1`.
    ///
    /// # Errors
    /// `Parameter` if OpenDP refuses the scale.
    pub fn laplace_epsilon(scale: f64, l1: i64) -> Result<f64> {
        let domain = VectorDomain::new(AtomDomain::<i64>::default());
        let noise = make_laplace::<_, _, MaxDivergence>(domain, L1Distance::<i64>::default(), scale, None);
        noise.and_then(|noise| noise.map(&l1)).map_err(|_| refused("a scale or a sensitivity"))
    }

    /// The ρ that OpenDP's privacy map gives for discrete Gaussian noise of this σ on a vector of integers that moves
    /// by `l2`.
    ///
    /// # Errors
    /// `Parameter` if OpenDP refuses the scale.
    pub fn gaussian_rho(sigma: f64, l2: f64) -> Result<f64> {
        let domain = VectorDomain::new(AtomDomain::<i64>::default());
        let noise = make_gaussian::<_, _, ZeroConcentratedDivergence>(
            domain,
            L2Distance::<f64>::default(),
            sigma,
            None,
        );
        noise.and_then(|noise| noise.map(&l2)).map_err(|_| refused("a scale or a sensitivity"))
    }
}

impl NoiseBackend for OpenDp {
    fn add_laplace(&mut self, scale: Scale, values: &mut [i128]) -> Result<()> {
        add(values, || sample_discrete_laplace(rational(scale)))
    }

    fn add_gaussian(&mut self, sigma: Scale, values: &mut [i128]) -> Result<()> {
        add(values, || sample_discrete_gaussian(rational(sigma)))
    }

    fn is_insecure(&self) -> bool {
        false
    }
}

fn add(values: &mut [i128], draw: impl Fn() -> opendp::error::Fallible<IBig>) -> Result<()> {
    for value in values {
        let noise =
            draw().map_err(|_| Error::new(ErrorKind::Io, "OpenDP got no entropy; nothing was drawn"))?;
        let sum = IBig::from(*value) + noise;
        let end = if sum < IBig::ZERO { i128::MIN } else { i128::MAX };
        *value = i128::try_from(sum).unwrap_or(end);
    }
    Ok(())
}

fn rational(scale: Scale) -> RBig {
    RBig::from_parts(IBig::from(scale.numerator()), UBig::from(scale.denominator()))
}

fn refused(what: &str) -> Error {
    Error::new(ErrorKind::Parameter, format!("OpenDP refused {what}; see its documentation for the limits"))
}
