//! Noise on real numbers.

use crate::{
    dp::{
        Epsilon, Event, Rho,
        mechanism::Lattice,
        noise::{NoiseBackend, Scale},
        price::{Noise, Price, gaussian_scale},
    },
    error::{Error, Result},
    num,
};

/// Adds exact discrete noise to real numbers on a lattice.
///
/// ```text
///   f64 ─► nearest lattice point ─► + discrete noise, exactly ─► f64, a lattice point
///          (in the sensitivity)                                  nearest if there are more than 53 digits
/// ```
///
/// # Guarantee
/// For all vectors of the declared dimension at L1 distance up to the sensitivity, the releases are ε-differentially
/// private ([`laplace`](Self::laplace)); for all at L2 distance up to it, ρ-zCDP ([`gaussian`](Self::gaussian)). The
/// lattice follows from the sensitivity and the price alone, rounding to it is part of the sensitivity, every output
/// is a lattice point, and which points can come out does not depend on the input. A NaN counts as zero and
/// infinities as the ends of the lattice, so no input leads to an error: but what one person can move must be bounded
/// before. Exact, as the samplers.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::LatticeNoise}};
/// let noise = LatticeNoise::laplace(2, 0.5, Epsilon::parse("1")?)?;
/// let event = noise.event()?; // charge this first
/// let mut values = [1.25, f64::NAN];
/// noise.release(&mut values, &mut SecureRng::from_os()?)?;
/// assert!(values.iter().all(|x| x % noise.lattice().step() == 0.0 && x.abs() < 20.0)); // fails once in 10^16 runs
/// assert_eq!(
///     LatticeNoise::laplace(2, 0.0, Epsilon::parse("1")?).unwrap_err().to_string(),
///     "the distance of neighbors must be a number in 1e-100 to 1e100, got 0e0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatticeNoise {
    dimension: usize,
    lattice: Lattice,
    noise: Noise,
    price: Price,
    /// How far neighbors are apart, rounding included: in L1, or in L2 for Gaussian noise.
    steps: u64,
}

impl LatticeNoise {
    /// For vectors of `dimension` numbers that can move by `sensitivity` in L1.
    ///
    /// # Errors
    /// `Parameter` unless `1e-100 ≤ sensitivity ≤ 1e100` and `1 ≤ dimension ≤ 2^32`, and if the scale of the noise
    /// would be out of range.
    pub fn laplace(dimension: usize, sensitivity: f64, epsilon: Epsilon) -> Result<Self> {
        // 2^40 steps to the sensitivity, and at small ε so few that the scale stays below 2^60 steps.
        let digits = 40.min(57 - num::floor_log2(1.0 / epsilon.to_f64()));
        let lattice = lattice(dimension, sensitivity, digits)?;
        let steps = lattice.sensitivity(sensitivity, dimension)?;
        let noise = Noise::Laplace(Scale::for_sensitivity(steps, epsilon)?);
        Ok(LatticeNoise { dimension, lattice, noise, price: Price::Epsilon(epsilon), steps })
    }

    /// For vectors of `dimension` numbers that can move by `sensitivity` in L2.
    ///
    /// # Errors
    /// As [`laplace`](Self::laplace).
    pub fn gaussian(dimension: usize, sensitivity: f64, rho: Rho) -> Result<Self> {
        let digits = 40.min(57 - num::floor_log2((0.5 / rho.to_f64()).sqrt()));
        let lattice = lattice(dimension, sensitivity, digits)?;
        // Rounding moves each number by at most one step more: sqrt(dimension) in L2.
        let steps = lattice.sensitivity(sensitivity, 1)? + num::count(dimension.isqrt()) + 1;
        let noise = Noise::Gaussian(gaussian_scale(u128::from(steps).pow(2), rho)?);
        Ok(LatticeNoise { dimension, lattice, noise, price: Price::Rho(rho), steps })
    }

    /// What one release is to an accountant.
    ///
    /// # Errors
    /// `Parameter` if ρ is below 1e-9.
    pub fn event(&self) -> Result<Event> {
        self.noise.event(self.steps, self.price)
    }

    /// The lattice.
    #[must_use]
    pub fn lattice(&self) -> Lattice {
        self.lattice
    }

    /// How far the noise moves one number, at most, with probability `confidence`.
    ///
    /// # Errors
    /// `Parameter` unless `0.5 ≤ confidence ≤ 0.999999`.
    pub fn half_width(&self, confidence: f64) -> Result<f64> {
        if !(0.5..=0.999_999).contains(&confidence) {
            return Err(Error::confidence_range(confidence));
        }
        Ok((self.noise.half_width(confidence) + 0.5) * self.lattice.step())
    }

    /// Rounds the values to the lattice and adds independent noise to each. Once for each charge.
    ///
    /// # Errors
    /// `Parameter` if there is another number of values than was declared; `Io` if the backend has no entropy: then the
    /// values must not be released.
    pub fn release(&self, values: &mut [f64], backend: &mut (impl NoiseBackend + ?Sized)) -> Result<()> {
        if values.len() != self.dimension {
            return Err(Error::value_count(self.dimension, values.len()));
        }
        let mut points = [0i128; BLOCK];
        for block in values.chunks_mut(BLOCK) {
            let points = &mut points[..block.len()];
            for (point, value) in points.iter_mut().zip(&*block) {
                *point = self.lattice.point(*value);
            }
            self.noise.add_to(backend, points)?;
            for (value, point) in block.iter_mut().zip(&*points) {
                *value = self.lattice.number(*point);
            }
        }
        Ok(())
    }
}

/// The lattice with `2^digits` to `2^(digits + 1)` steps to the sensitivity.
fn lattice(dimension: usize, sensitivity: f64, digits: i32) -> Result<Lattice> {
    if !(1e-100..=1e100).contains(&sensitivity) {
        return Err(Error::distance_range(sensitivity));
    }
    if !(1..=DIMENSION_MAX).contains(&num::count(dimension)) {
        return Err(Error::dimension_range(DIMENSION_MAX, num::count(dimension)));
    }
    Lattice::new(num::floor_log2(sensitivity) - digits)
}

const DIMENSION_MAX: u64 = 1 << 32;
const BLOCK: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    /// (dimension, sensitivity, price, exponent of the step, sensitivity in steps), by hand: 2^40 steps to the power of
    /// two below the sensitivity, or 2^(57 - k) where the scale is 2^k sensitivities; one step more for each number in
    /// L1, `floor(sqrt(dimension)) + 1` in L2, both above what the distance itself has.
    #[test]
    fn the_step_follows_from_the_price_and_rounding_is_part_of_the_sensitivity() {
        let laplace = |dimension, sensitivity, epsilon| {
            LatticeNoise::laplace(dimension, sensitivity, Epsilon::parse(epsilon).unwrap()).unwrap()
        };
        let gaussian = |dimension, sensitivity, rho| {
            LatticeNoise::gaussian(dimension, sensitivity, Rho::parse(rho).unwrap()).unwrap()
        };
        let cases = [
            (laplace(1, 1.0, "1"), -40, (1 << 40) + 1),
            (laplace(9, 3.0, "64"), -39, (3 << 39) + 9),
            (laplace(5, 1.0, "0.000001"), -38, (1 << 38) + 5),
            (laplace(1, 1.0, "0.000000000001"), -18, (1 << 18) + 1),
            (gaussian(1, 1.0, "0.5"), -40, (1 << 40) + 3),
            (gaussian(9, 3.0, "64"), -39, (3 << 39) + 5),
            (gaussian(1_000_000, 1.0, "0.5"), -40, (1 << 40) + 1002),
            (gaussian(8, 1.0, "0.000000000001"), -38, (1 << 38) + 4),
        ];
        for (noise, exponent, steps) in cases {
            assert_eq!(noise.lattice.step().to_bits(), 2f64.powi(exponent).to_bits(), "{noise:?}");
            assert_eq!(noise.steps, steps, "{noise:?}");
        }
    }

    #[test]
    fn half_a_step_of_rounding_comes_on_top_of_the_noise() {
        let (one, half) = (Epsilon::parse("1").unwrap(), Rho::parse("0.5").unwrap());
        for noise in
            [LatticeNoise::laplace(1, 1.0, one).unwrap(), LatticeNoise::gaussian(1, 1.0, half).unwrap()]
        {
            for confidence in [0.5, 0.95, 0.999_999] {
                let steps = noise.half_width(confidence).unwrap() / noise.lattice.step();
                assert!((steps - noise.noise.half_width(confidence) - 0.5).abs() < 0.01, "{noise:?}");
            }
            for confidence in [0.0, 0.5f64.next_down(), 0.999_999f64.next_up(), 1.0, f64::NAN] {
                assert!(noise.half_width(confidence).is_err(), "{confidence}");
            }
        }
    }
}
