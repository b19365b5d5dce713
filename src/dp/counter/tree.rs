//! Counting by a binary tree of partial sums.

use std::fmt;

use crate::{
    dp::{
        Epsilon, Event, Rho,
        aggregate::to_f64,
        counter::{RunningTotal, check_sensitivity, check_steps},
        noise::{NoiseBackend, Scale},
        price::{Noise, gaussian_scale},
    },
    error::Result,
    num::{self, Enclosure},
};

/// A counter that adds noise to the sums of whole blocks of 1, 2, 4, ... steps, and totals these up.
///
/// Any number of steps is a sum of at most `L = ceil(log2(steps + 1))` such blocks, and each step is in at most one
/// block of each size.
///
/// # Guarantee
/// For all streams, chosen adaptively, and neighbors that differ by at most `sensitivity` in one step, all totals
/// together are ε-differentially private (discrete Laplace noise of scale `L Δ/ε` on each block) or ρ-zCDP (discrete
/// Gaussian noise, `σ² ≥ L Δ² / 2ρ`), also after any number of restarts. \[DNPR10\] Dwork, Naor, Pitassi, Rothblum,
/// *Differential Privacy under Continual Observation*, STOC 2010; \[CSS11\] Chan, Shi, Song, *Private and Continual
/// Release of Statistics*, TISSEC 14(3), 2011; adaptive streams: \[DMRST22\] Denisov, McMahan, Rush, Smith, Thakurta,
/// *Improved Differential Privacy for SGD via Optimal Private Linear Operators on Adaptive Streams*, NeurIPS 2022.
/// Exact, as the samplers.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, counter::TreeCounter}};
/// let counter = TreeCounter::laplace(365, 1, Epsilon::parse("1")?)?;
/// assert_eq!(counter.event()?.to_string(), "discrete_laplace scale=9/1 sensitivity=1 count=9"); // charge this first
/// let mut rng = SecureRng::from_os()?;
/// let mut open = counter.open();
/// let mut last = open.add(0, &mut rng)?;
/// for day in 1..365 {
///     last = open.add(10, &mut rng)?;
/// }
/// assert!((last.value - 3640.0).abs() < 12.0 * last.deviation); // fails once in 10^6 runs, or seldomer
/// assert!(TreeCounter::laplace(0, 1, Epsilon::parse("1")?).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeCounter {
    steps: u64,
    sensitivity: u64,
    noise: Noise,
}

/// An opened [`TreeCounter`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, counter::TreeCounter}};
/// let counter = TreeCounter::laplace(16, 1, Epsilon::parse("1")?)?;
/// let (mut open, mut rng) = (counter.open(), SecureRng::from_os()?);
/// let seven = (0..7).try_fold(0.0, |_, _| open.add(100, &mut rng).map(|total| total.deviation))?;
/// let eight = open.add(100, &mut rng)?.deviation;
/// // Seven steps are blocks of four, two and one; eight are one block, with noise that was drawn once.
/// assert!((seven - 3f64.sqrt() * eight).abs() < 1e-9);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct OpenTree {
    counter: TreeCounter,
    /// Of each size the block that is filled last: its exact sum, and with noise.
    blocks: Vec<(i128, i128)>,
    step: u64,
    /// What the blocks of steps before this one came to, with noise, and how many noisy numbers are in it.
    before: i128,
    noises_before: u64,
}

impl TreeCounter {
    /// A counter for a block of `steps`, in one of which a person moves the number by at most `sensitivity`, for
    /// `epsilon`.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ steps ≤ 2^24` and `1 ≤ sensitivity ≤ 2^39`, and if the scale of the noise is out of range.
    pub fn laplace(steps: u64, sensitivity: u64, epsilon: Epsilon) -> Result<Self> {
        check_steps(steps)?;
        check_sensitivity(sensitivity)?;
        let scale = Scale::for_sensitivity(sensitivity * levels(steps), epsilon)?;
        Ok(TreeCounter { steps, sensitivity, noise: Noise::Laplace(scale) })
    }

    /// The same for `rho`.
    ///
    /// # Errors
    /// As [`laplace`](Self::laplace).
    pub fn gaussian(steps: u64, sensitivity: u64, rho: Rho) -> Result<Self> {
        check_steps(steps)?;
        check_sensitivity(sensitivity)?;
        let squared = u128::from(sensitivity) * u128::from(sensitivity) * u128::from(levels(steps));
        Ok(TreeCounter { steps, sensitivity, noise: Noise::Gaussian(gaussian_scale(squared, rho)?) })
    }

    /// What opening it, with all its steps and restarts, is to an accountant.
    ///
    /// # Errors
    /// `Parameter` if σ is above 10^12.
    pub fn event(&self) -> Result<Event> {
        let event = match self.noise {
            Noise::Laplace(scale) => Event::discrete_laplace(scale, self.sensitivity),
            Noise::Gaussian(sigma) => Event::discrete_gaussian(ratio(sigma).lower(), self.sensitivity)?,
        };
        event.times(levels(self.steps))
    }

    /// The standard deviation of the noise on the total after `step` steps.
    #[must_use]
    pub fn deviation(&self, step: u64) -> f64 {
        let (blocks, rest) = (step / self.steps, step % self.steps);
        self.deviation_of(blocks * u64::from(self.steps.count_ones()) + u64::from(rest.count_ones()))
    }

    /// An empty counter. Call it once for each charge.
    #[must_use]
    pub fn open(&self) -> OpenTree {
        let blocks = (0..levels(self.steps)).map(|_| (0, 0)).collect();
        OpenTree { counter: *self, blocks, step: 0, before: 0, noises_before: 0 }
    }

    fn deviation_of(&self, noises: u64) -> f64 {
        let one = match self.noise {
            Noise::Laplace(scale) => {
                let p = (-1.0 / ratio(scale).middle()).exp();
                2.0 * p / ((1.0 - p) * (1.0 - p))
            }
            Noise::Gaussian(sigma) => ratio(sigma).middle() * ratio(sigma).middle(),
        };
        (one * num::to_f64(noises)).sqrt()
    }
}

impl OpenTree {
    /// Adds a number, and gives the total so far.
    ///
    /// # Errors
    /// `Io` if the backend has no entropy: then the number was not added, and the step may be tried again.
    pub fn add(&mut self, value: i64, backend: &mut (impl NoiseBackend + ?Sized)) -> Result<RunningTotal> {
        if self.step == self.counter.steps {
            self.before = self.noisy();
            self.noises_before += u64::from(self.step.count_ones());
            self.blocks.fill((0, 0));
            self.step = 0;
        }
        // The smallest blocks are full, and become part of the next larger one. At most 2^24 numbers of 63 bits.
        let level = num::index((self.step + 1).trailing_zeros());
        let sum = i128::from(value) + self.blocks[..level].iter().map(|(exact, _)| exact).sum::<i128>();
        let mut noisy = [sum];
        self.counter.noise.add_to(backend, &mut noisy)?;
        self.step += 1;
        self.blocks[..level].fill((0, 0));
        self.blocks[level] = (sum, noisy[0]);
        let noises = self.noises_before + u64::from(self.step.count_ones());
        Ok(RunningTotal { value: to_f64(self.noisy()), deviation: self.counter.deviation_of(noises) })
    }

    fn noisy(&self) -> i128 {
        self.blocks.iter().fold(self.before, |total, (_, noisy)| total.saturating_add(*noisy))
    }
}

/// Shows no sum, with noise or without.
impl fmt::Debug for OpenTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTree")
            .field("counter", &self.counter)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

/// `ceil(log2(steps + 1))`.
fn levels(steps: u64) -> u64 {
    u64::from(u64::BITS - steps.leading_zeros())
}

fn ratio(scale: Scale) -> Enclosure {
    Enclosure::count(scale.numerator()) / Enclosure::count(scale.denominator())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::event::Mechanism;

    /// `sqrt(sensitivity^2 levels / (2 rho))` by a program of its own (Python, mpmath). The scale is rounded up, by less than
    /// 3e-12 of it, and what the event states of it down: it may state no more noise than there is.
    #[test]
    fn gaussian_noise_is_that_of_a_person_in_all_levels() {
        for (steps, sensitivity, rho, levels, least) in [
            (255, 3, "0.5", 8, 8.485_281_374_238_57),
            (1000, 1, "0.5", 10, 3.162_277_660_168_379),
            (1, 7, "2", 1, 3.5),
            (1 << 24, 1 << 39, "64", 25, 242_960_039_998.084),
        ] {
            let counter = TreeCounter::gaussian(steps, sensitivity, Rho::parse(rho).unwrap()).unwrap();
            let event = counter.event().unwrap();
            assert_eq!(event.count(), levels);
            let Mechanism::DiscreteGaussian { sigma, sensitivity: stated } = event.mechanism() else {
                unreachable!("the noise is Gaussian")
            };
            let sigma = sigma.value();
            assert_eq!(*stated, sensitivity);
            assert!(sigma >= least && sigma <= least * (1.0 + 3e-12), "{steps}: {sigma} {least}");
            // The denominator is a power of two, and the numerator has more than 53 digits.
            let Noise::Gaussian(scale) = counter.noise else { unreachable!("the noise is Gaussian") };
            let units = num::whole(sigma * num::to_f64(scale.denominator())).unwrap();
            assert!(units < scale.numerator() && scale.numerator() - units < 4096, "{units} {scale}");
        }
    }

    /// `sqrt(2 p / (1 - p)^2)` with `p = exp(-epsilon / (sensitivity levels))`, times the root of the number of noises.
    #[test]
    fn deviations_of_laplace_noise_are_those_of_the_formula() {
        // (steps, sensitivity, ε, step, deviation), by a program of its own (Python, mpmath).
        for (steps, sensitivity, epsilon, step, deviation) in [
            (1, 1, "1", 1, 1.356_962_486_001_579),
            (1000, 2, "0.5", 3, 79.997_916_704_643_47),
            (7, 1, "3", 7, 2.350_327_969_719_706),
            (7, 1, "3", 15, 3.590_185_276_404_143),
        ] {
            let counter = TreeCounter::laplace(steps, sensitivity, Epsilon::parse(epsilon).unwrap()).unwrap();
            let found = counter.deviation(step);
            assert!((found / deviation - 1.0).abs() < 1e-12, "{steps} {step}: {found}");
        }
    }
}
