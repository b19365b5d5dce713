//! Discrete noise with too many points to list: sums over ranges in closed form.

use crate::{
    dp::accountant::pld::pair::{Errors, Lattice, Masses},
    num::{
        exponential::{exp, exp_m1},
        normal::{MASS_ERROR, density, mass, upper_tail},
        round::UNIT,
        to_f64,
    },
};

/// Discrete noise, and the same shifted by `shift` steps. With `x` steps towards second, the loss is
/// `slope (shift / 2 - x)`, between its least and its largest value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Integers {
    noise: Noise,
    shift: f64,
    /// By how much one step changes the loss.
    slope: f64,
}

#[derive(Clone, Debug, PartialEq)]
enum Noise {
    /// pmf proportional to `e^(-decay |x|)`
    Laplace { decay: f64 },
    /// pmf proportional to `e^(-x² / 2 sigma²)`
    Gaussian { sigma: f64 },
}

impl Integers {
    pub(super) fn laplace(decay: f64, shift: u64) -> Self {
        Integers { noise: Noise::Laplace { decay }, shift: to_f64(shift), slope: 2.0 * decay }
    }

    pub(super) fn gaussian(sigma: f64, shift: u64) -> Self {
        let shift = to_f64(shift);
        Integers { noise: Noise::Gaussian { sigma }, shift, slope: shift / sigma / sigma }
    }

    pub(super) fn range(&self) -> (f64, f64) {
        match self.noise {
            Noise::Laplace { decay } => (-decay * self.shift, decay * self.shift),
            Noise::Gaussian { .. } => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// The least and the largest loss of discrete Laplace noise have mass that does not shrink with the step.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        match self.noise {
            Noise::Laplace { decay } => {
                Some(Lattice { origin: decay * self.shift, spacing: 2.0 * decay * self.shift })
            }
            Noise::Gaussian { .. } => None,
        }
    }

    /// A loss of at least `low` and below `high` means `x` in `(from, to]`.
    pub(super) fn smooth(&self, low: f64, high: f64) -> Masses {
        let place = |loss: f64| (0.5 * self.shift - loss / self.slope).floor();
        let (from, to) = (place(high), place(low));
        if from >= to {
            return Masses::default();
        }
        match self.noise {
            Noise::Laplace { decay } => {
                let ends = exp(-decay);
                // From 1 to shift - 1; all points beyond have the least or the largest loss.
                let (from, to) = (from.clamp(0.0, self.shift - 1.0), to.clamp(0.0, self.shift - 1.0));
                let count = -exp_m1(-decay * (to - from)) / (1.0 + ends);
                Masses {
                    first: exp(-decay * (from + 1.0)) * count,
                    second: exp(-decay * (self.shift - to)) * count,
                }
            }
            Noise::Gaussian { sigma } => Masses {
                first: gaussian_sum(from + 0.5, to + 0.5, sigma),
                second: gaussian_sum(from + 0.5 - self.shift, to + 0.5 - self.shift, sigma),
            },
        }
    }

    pub(super) fn points(&self) -> Vec<(f64, Masses)> {
        let Noise::Laplace { decay } = self.noise else { return Vec::new() };
        let (large, small) = (1.0 / (1.0 + exp(-decay)), exp(-decay * self.shift) / (1.0 + exp(-decay)));
        let (least, largest) = self.range();
        vec![
            (least, Masses { first: small, second: large }),
            (largest, Masses { first: large, second: small }),
        ]
    }

    pub(super) fn errors(&self) -> Errors {
        match self.noise {
            Noise::Laplace { decay } => {
                Errors::of((32.0 + 4.0 * decay * self.shift) * UNIT, decay * self.shift)
            }
            Noise::Gaussian { sigma } => {
                // Beyond 20 σ there is less than 1e-88.
                let place = 20.0 + self.shift / sigma;
                let ratio = (place + 4.0) / sigma;
                let rest = 7e-5 * ratio * ratio * ratio * ratio * ratio * ratio;
                let largest = self.slope * sigma * place;
                Errors::of(MASS_ERROR + 16.0 * place * place * UNIT + rest, largest)
            }
        }
    }
}

/// The sum of the discrete Gaussian's pmf over whole numbers between `from` and `to`, which are halves of odd
/// numbers: by the Euler–Maclaurin formula at midpoints,
/// `∫ f - [f'] / 24 + 7 [f'''] / 5760`, with a rest of at most `31/967680 ∫ |f⁽⁶⁾|` (Abramowitz, Stegun 25.4.3 and
/// 23.1.30). The normalizing sum is `σ sqrt(2π) (1 + 2 e^(-2π²σ²) + ..)`: no more than an integral, for σ > 400.
fn gaussian_sum(from: f64, to: f64, sigma: f64) -> f64 {
    let integral = if from.is_infinite() {
        upper_tail(-to / sigma)
    } else if to.is_infinite() {
        upper_tail(from / sigma)
    } else {
        mass(from / sigma, to / sigma, (to - from) / sigma)
    };
    let correction = |x: f64| {
        let z = x / sigma;
        if z.abs() > 40.0 {
            return 0.0;
        }
        // f' = -z φ / σ², f''' = -(z³ - 3z) φ / σ⁴
        let s = 1.0 / (sigma * sigma);
        z * density(z) * s * (1.0 / 24.0 - 7.0 / 5760.0 * s * (z * z - 3.0))
    };
    (integral + correction(to) - correction(from)).max(0.0)
}
